import { DomainError } from '../domain/errors.ts'
import { openMattersOf, type OpenMatter } from '../domain/settlement/leaving.ts'
import { money } from '../domain/units.ts'
import type { Log } from '../runtime/log.ts'
import type { Store } from '../store/connect.ts'
import {
  eraseGivenUpJoinings,
  eraseOwnHouseholds,
  insertErasure,
  readErasure,
  readLeavingMember,
} from '../store/erasures.ts'
import { eraseUnusedInvitations } from '../store/invitations.ts'
import { takeBackGivenUp } from '../store/joinings.ts'
import { readArea } from '../store/views/area.ts'
import { isStoreUnreachable } from '../store/unreachable.ts'
import type { ApiDeps } from './server.ts'

const LOOK_MS = 1_000
/** For so long a manager sees what became of an invitation that nobody used. */
const UNUSED_SECONDS = 14 * 86_400

/** Takes members' wishes to have their data erased, once nothing is open any more; `now` is the ledger's clock. */
export function erasuresOf(
  store: Store,
  { now, retentionDays }: { readonly now: () => number; readonly retentionDays: number },
): Pick<ApiDeps, 'requestErasure' | 'readErasure'> {
  return {
    readErasure: (memberId) => readErasure(store, memberId),
    async requestErasure(memberId) {
      const { id: area, calendar } = await readArea(store)
      const member = await readLeavingMember(store, area, memberId)
      if (member === null) return null
      const { activeUntil, balanceMicroEuro, debtMicroEuro, finished, unpaidFlexibility } = member
      const matters = openMattersOf(
        { activeUntil, balance: money(balanceMicroEuro), debt: money(debtMicroEuro) },
        { calendar, finished, unpaidFlexibility, retentionDays, now: now() },
      )
      if (matters.length > 0) {
        throw new DomainError('erasure-too-early', `household ${memberId}: ${matters.map(formatMatter).join('; ')}`)
      }
      await insertErasure(store, memberId, now())
      return readErasure(store, memberId)
    },
  }
}

/**
 * Erases the api's own rows, as soon as the others have erased theirs, and invitations that nobody used; `now` is of the wall
 * clock. Returns how to stop.
 */
export function startErasing(store: Store, log: Log, now: () => number): () => Promise<void> {
  let isStopped = false
  let timer: NodeJS.Timeout | undefined
  let looking: Promise<void> = Promise.resolve()
  const look = async () => {
    try {
      for (const memberId of await eraseOwnHouseholds(store)) log.info({ memberId }, 'household erased')
      const takenBack = await takeBackGivenUp(store)
      if (takenBack > 0)
        log.warn({ takenBack }, 'joinings that were given up go on: the ledger has their homes as members')
      const givenUp = await eraseGivenUpJoinings(store)
      if (givenUp > 0) log.info({ givenUp }, 'joinings that were given up are erased')
      const unused = await eraseUnusedInvitations(store, now() - UNUSED_SECONDS)
      if (unused > 0) log.info({ unused }, 'invitations that nobody used are erased')
    } catch (error) {
      if (!isStoreUnreachable(error)) throw error
    }
    if (!isStopped) timer = setTimeout(start, LOOK_MS)
  }
  const start = () => {
    looking = look()
  }
  start()
  return async () => {
    isStopped = true
    clearTimeout(timer)
    await looking
  }
}

function formatMatter({ what, until }: OpenMatter): string {
  return until === null ? what : `${what}, at the earliest at ${new Date(until * 1_000).toISOString()}`
}
