import { deliveryPeriod, energyWh, price, rate } from '../../../services/domain/units.ts'
import {
  emptyStatementOf,
  statementsOf,
  type FilledOrder,
  type MeteredEnergy,
  type Statement,
} from '../../../services/domain/settlement/statement.ts'
import type { Tariff } from './areas.ts'
import type { Members } from './members.ts'
import { fillsIn, type ClearedSession } from './sessions.ts'

/** Which member a trader of the period's day is: a number that is no member's where nobody knows. */
export type MemberOf = (area: number, period: number, trader: number) => number

/** Behind every number of a member. */
const FIRST_ANONYMOUS = 2 ** 24

/** What stands in the place of a trader's member where nobody knows who that is. */
export function anonymousOf(trader: number): number {
  return FIRST_ANONYMOUS + trader
}

export function isAnonymous(memberId: number): boolean {
  return memberId >= FIRST_ANONYMOUS
}

/** Everything that decides the statements of a period, in the form in which the rules of settlement take it. */
export function periodFactsOf(
  session: ClearedSession,
  tariff: Tariff,
  members: Members,
  readingVersion: number,
  readings: readonly MeteredEnergy[],
  memberOf: MemberOf,
) {
  const { area, period } = session
  return {
    period: deliveryPeriod(period),
    fills: fillsOf(session, memberOf),
    price: session.volume === 0 ? null : price(BigInt(session.price)),
    readingVersion,
    readings,
    tariff: {
      retail: rate(BigInt(tariff.retail)),
      feedIn: rate(BigInt(tariff.feedIn)),
      grid: rate(BigInt(tariff.grid)),
      gridLocal: rate(BigInt(tariff.gridLocal)),
      levy: rate(BigInt(tariff.levy)),
      platformFee: rate(BigInt(tariff.platformFee)),
    },
    supplier: members.counterpartyOf(area, 'supplier'),
    dso: members.counterpartyOf(area, 'dso'),
    taxAuthority: members.counterpartyOf(area, 'tax-authority'),
    platformOperator: members.counterpartyOf(area, 'platform-operator'),
  }
}

/** A household's statement of a period: its lines depend on all fills, and on no reading but its own. */
export function memberStatementOf(
  {
    memberId,
    version,
    metered,
    session,
  }: {
    readonly area: number
    readonly period: number
    readonly memberId: number
    readonly version: number
    readonly metered: MeteredEnergy | null
    readonly session: ClearedSession
  },
  tariff: Tariff,
  members: Members,
  memberOf: MemberOf,
): Statement {
  const facts = periodFactsOf(session, tariff, members, version, metered === null ? [] : [metered], memberOf)
  return statementsOf(facts).find((each) => each.memberId === memberId) ?? emptyStatementOf(memberId, version)
}

function fillsOf({ area, period, chunks }: ClearedSession, memberOf: MemberOf): FilledOrder[] {
  return chunks.flatMap(({ fills }) =>
    [...fillsIn(fills)].map(({ trader, side, quantity }) => ({
      memberId: memberOf(area, period, trader),
      side: side === 0 ? ('bid' as const) : ('offer' as const),
      filled: energyWh(BigInt(quantity)),
    })),
  )
}
