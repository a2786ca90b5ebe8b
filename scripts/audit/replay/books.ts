import type { ContractName } from '../../../services/chain/ledger.ts'
import { differ, DifferenceFound, type Place } from '../difference.ts'
import type { VerifiedBlock } from '../ledger/verified-block.ts'
import { domainSeparatorOf } from '../market/order-signer.ts'
import type { SessionFacts } from '../market/session-clearing.ts'
import { createAccounts } from './accounts.ts'
import { requireChallenger, requireFlexChallenger } from './acting.ts'
import { createAreas } from './areas.ts'
import { requireTraces } from './call-traces.ts'
import { createCallers } from './callers.ts'
import { createChallenges } from './challenges.ts'
import { createCouncil } from './council.ts'
import { createCredentials } from './credentials.ts'
import { createCurrency } from './currency.ts'
import { createDelegations } from './delegations.ts'
import { createDids } from './dids.ts'
import { createFlexPledges } from './flex-pledges.ts'
import { createFlexRuns } from './flex-runs.ts'
import { createEventReader, placeOf, type LedgerEvent } from './ledger-event.ts'
import { recomputeLeftOut } from './left-out.ts'
import { createMarketRoles } from './market-roles.ts'
import { createMembers } from './members.ts'
import { createPauses } from './pauses.ts'
import { createReadings } from './readings.ts'
import { createRecovery } from './recovery.ts'
import { createReleases } from './releases.ts'
import { CONSORTIUM } from './role-rules.ts'
import { createRoles } from './roles.ts'
import { createRuns } from './runs.ts'
import { createSessions, type ClearedSession } from './sessions.ts'
import { judgeStatement } from './statement-challenge.ts'
import { createTradingDays, type PublishedPage, type TradingDays } from './trading-days.ts'

/** All that is replayed from the events of a deployment, block after block. */
export function createBooks(options: {
  readonly addresses: Readonly<Record<ContractName, string>>
  readonly abis: Readonly<Record<string, unknown>>
  readonly chainId: number
}) {
  const { addresses, abis, chainId } = options
  const reader = createEventReader(addresses, abis)
  const orderDomain = domainSeparatorOf(chainId, addresses.callAuction)
  const roles = createRoles(addresses, reader.selectorOf)
  const council = createCouncil()
  const pauses = createPauses()
  const callers = createCallers(addresses, roles.hide)
  const credentials = createCredentials(callers, (account, time) => roles.holds(CONSORTIUM, account, time))
  const dids = createDids(callers, domainSeparatorOf(chainId, addresses.didRegistry))
  const recovery = createRecovery(dids, credentials, callers, domainSeparatorOf(chainId, addresses.recovery))
  const { meterReadings } = addresses
  const delegations = createDelegations({ credentials, dids, callers, meterReadings })
  const members = createMembers({ credentials, dids, callers })
  const marketRoles = createMarketRoles(credentials, callers, (memberId) => members.all.get(memberId)?.area)
  const areas = createAreas()
  // Accounts ask what open days have locked, and days ask accounts what members have.
  const tradingDays: TradingDays = createTradingDays(members, areas, (memberId) => accounts.fundsOf(memberId))
  const accounts = createAccounts(members, callers, tradingDays.lockedOf)
  const { requireBond, fine } = accounts
  const sessions = createSessions({
    members,
    areas,
    credentials,
    callers,
    tradingDays,
    pauses,
    domainSeparator: orderDomain,
    requireBond,
    fine,
  })
  const readings = createReadings(areas)
  const runs = createRuns({ areas, sessions, readings, accounts })
  const flexRuns = createFlexRuns({ areas, runs, accounts })
  const flexPledges = createFlexPledges(accounts)
  const currency = createCurrency(addresses.accounts)
  const challenges = createChallenges(accounts, runs)
  const releases = createReleases({ areas, runs })
  const receiptDomain = domainSeparatorOf(chainId, addresses.orderReceipts)
  const books = {
    members,
    areas,
    roles,
    callers,
    credentials,
    dids,
    recovery,
    delegations,
    marketRoles,
    tradingDays,
    accounts,
    sessions,
    readings,
    runs,
    flexRuns,
    currency,
    challenges,
    releases,
    pauses,
  }
  let eventCount = 0

  const see = (
    event: LedgerEvent,
    next: LedgerEvent | undefined,
    pages: ReadonlyMap<string, Uint8Array>,
  ): { cleared: ClearedSession; facts: SessionFacts } | null => {
    eventCount += 1
    roles.see(event)
    council.see(event)
    pauses.see(event)
    marketRoles.see(event)
    delegations.see(event)
    members.see(event)
    currency.see(event)
    if (event.contract === 'credentialRegistry') seeCredential(event)
    if (event.contract === 'didRegistry') dids.see(event)
    if (event.contract === 'recovery') recovery.see(event)
    if (event.contract === 'areaRegistry') areas.see(event)
    if (event.contract === 'accounts') accounts.see(event)
    if (event.contract === 'meterReadings') readings.see(event)
    if (event.contract === 'settlement') runs.see(event)
    flexRuns.see(event)
    flexPledges.see(event)
    if (event.name === 'KeysPublished') tradingDays.publish(event, pageOf(event, next, pages))
    if (event.name === 'KeysSealed') tradingDays.seal(event)
    if (event.name === 'TraderRevealed') tradingDays.reveal(event)
    if (event.name === 'DayReleased') tradingDays.release(event)
    releases.see(event)
    judge(event)
    return event.contract === 'callAuction' ? sessions.see(event) : null
  }

  const seeCredential = (event: LedgerEvent): void => {
    credentials.see(event)
    const issued = event.fields.value('credentialId')
    const credential = typeof issued === 'string' ? credentials.all.get(issued) : undefined
    if (credential !== undefined) members.expectNoted(credential.subject, credential.area, event)
  }

  const judge = (event: LedgerEvent): void => {
    const outcome = challenges.see(event)
    if (event.contract === 'flexChallenges') requireFlexChallenger(event, books)
    if (outcome === null) return
    const { upheld, area, member, period, day } = outcome
    const place = { ...placeOf(event), area, member, period: period ?? undefined, day: day ?? undefined }
    requireChallenger(event, { area, member, place }, books)
    if (outcome.kind === 'order-left-out') {
      outcome.recomputed = recomputeLeftOut(event, upheld, place, { ...books, orderDomain, receiptDomain })
      return
    }
    const judgement = judgeStatement(event, place, books)
    if (judgement?.isRight === upheld) {
      differ('challenges', `the ledger decided that it was ${upheld ? 'wrong' : 'right'}, and it was not`, place)
    }
    outcome.recomputed = judgement !== null
    challenges.settle(event, judgement)
  }

  return {
    ...books,
    orderDomain,
    /** In which meters sign their readings. */
    readingDomain: domainSeparatorOf(chainId, addresses.meterReadings),
    eventCount: () => eventCount,
    /** Addresses of key pages that the block speaks of: their code is asked for before it is replayed. */
    pagesIn: (block: VerifiedBlock): string[] =>
      reader
        .eventsOf(block)
        .flatMap(({ name, fields }) =>
          name === 'KeysPublished' ? [fields.text('code')] : name === 'PageSealed' ? [fields.text('lockCode')] : [],
        ),
    /** Replays a block; answers with the sessions that it cleared. Throws the first difference. */
    replay: (block: VerifiedBlock, pages: ReadonlyMap<string, Uint8Array>) => {
      const cleared: { cleared: ClearedSession; facts: SessionFacts }[] = []
      for (const transaction of reader.transactionsOf(block)) {
        for (const [index, event] of transaction.events.entries()) {
          const next = transaction.events[index + 1]
          const session = withPlace(event, () => see(event, next, pages))
          if (session !== null) cleared.push(session)
        }
        const place: Place = { block: block.number, transaction: transaction.transaction.hash }
        accounts.endTransaction(place)
        challenges.endTransaction(place)
        flexRuns.endTransaction(place)
        flexPledges.endTransaction(place)
        currency.endTransaction()
        dids.endTransaction()
        recovery.endTransaction()
        delegations.endTransaction()
        members.endTransaction(transaction, block.timestamp)
        releases.endTransaction()
        requireTraces(transaction)
      }
      return cleared
    },
    /** The area, period, day and member that the block's events and calls speak of, as far as they can be read. */
    subjectOf: (block: VerifiedBlock): Place => subjectOf(reader, block),
  }
}

export type Books = ReturnType<typeof createBooks>

/** Whatever an event runs into happened where the event did. */
function withPlace<Result>(event: LedgerEvent, work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof DifferenceFound)) throw error
    const { difference } = error
    throw new DifferenceFound({
      ...placeOf(event),
      ...subjectOfEvent(event),
      ...defined(difference),
      check: difference.check,
      message: difference.message,
    })
  }
}

/** The page that an event publishes; the event behind it says whether it is sealed. */
function pageOf(
  event: LedgerEvent,
  next: LedgerEvent | undefined,
  pages: ReadonlyMap<string, Uint8Array>,
): PublishedPage {
  const code = codeAt(event.fields.text('code'), event, pages)
  if (next?.name !== 'PageSealed') return { code, sealed: null }
  return { code, sealed: { event: next, lockCode: codeAt(next.fields.text('lockCode'), event, pages) } }
}

function codeAt(address: string, event: LedgerEvent, pages: ReadonlyMap<string, Uint8Array>): Uint8Array {
  return (
    pages.get(address) ??
    differ('malformed', `the node answers with no code for the key page at ${address}`, placeOf(event))
  )
}

function subjectOf(reader: ReturnType<typeof createEventReader>, block: VerifiedBlock): Place {
  try {
    const events = reader.eventsOf(block)
    const calls = block.transactions.flatMap((transaction) =>
      reader.callsOf(transaction).map(({ fields }) => ({ fields })),
    )
    return Object.assign({}, ...[...calls, ...events].reverse().map(subjectOfEvent)) as Place
  } catch (error) {
    // What was tampered with may not be readable any more.
    if (error instanceof SyntaxError || error instanceof TypeError || error instanceof DifferenceFound) return {}
    throw error
  }
}

function subjectOfEvent({ fields }: Pick<LedgerEvent, 'fields'>): Place {
  const numberOf = (name: string) => {
    const value = fields.value(name)
    return typeof value === 'number' ? value : undefined
  }
  return defined({
    area: numberOf('area'),
    period: numberOf('period'),
    day: numberOf('day'),
    member: numberOf('memberId') ?? numberOf('challenger'),
  })
}

function defined<Fields extends object>(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Fields
}
