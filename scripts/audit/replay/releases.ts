import { differ, type Place } from '../difference.ts'
import { SECONDS_PER_DAY, type Areas } from './areas.ts'
import { placeOf, type LedgerEvent } from './ledger-event.ts'
import type { Runs } from './runs.ts'

const INITIAL = 0

/** A day whose locks were freed though nobody had settled it. */
export type UnpaidRelease = { readonly area: number; readonly day: number; readonly place: Place }

/**
 * Checks that what a day locked was freed for a reason: the payment of its initial run in the same transaction, or that
 * this run was still not paid when every deadline had passed.
 */
export function createReleases({ areas, runs }: { readonly areas: Areas; readonly runs: Runs }) {
  const unpaid: UnpaidRelease[] = []
  let released: LedgerEvent[] = []

  const requireReason = (event: LedgerEvent): void => {
    const area = event.fields.number('area')
    const day = event.fields.number('day')
    const place = { ...placeOf(event), area, day }
    const paid = runs.runOf(area, day, INITIAL)?.paid ?? null
    if (paid?.place.transaction === event.transaction.hash) return
    if (paid !== null) differ('releases', 'its locks were freed long after its initial run was paid', place)
    const isCalled = event.calls.length === 0 || event.calls.some(({ name }) => name === 'releaseUnpaidDay')
    const from = releaseTimeOf(areas, area, day)
    if (!isCalled || event.time < from) {
      differ('releases', 'its locks were freed without the payment of its initial run', place)
    }
    unpaid.push({ area, day, place })
  }

  return {
    see: (event: LedgerEvent): void => {
      if (event.name === 'DayReleased') released.push(event)
    },
    /** To be called when all events of a transaction were seen. */
    endTransaction: (): void => {
      for (const event of released) requireReason(event)
      released = []
    },
    unpaid: unpaid as readonly UnpaidRelease[],
  }
}

export type Releases = ReturnType<typeof createReleases>

/** Unix seconds from which anyone may free what an unpaid day has locked. */
export function releaseTimeOf(areas: Pick<Areas, 'calendarOf'>, area: number, day: number): number {
  const { finalDelay, challengeWindow } = areas.calendarOf(area)
  return (day + 1) * SECONDS_PER_DAY + finalDelay + challengeWindow
}
