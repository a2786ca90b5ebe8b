import { tradingDay, type TradingDay } from '../domain/units.ts'
import type { Store } from './connect.ts'
import { forgetOwner } from './devices.ts'
import { BACKS_OFFERS_SQL } from './flexibility/erased-pool.ts'
import { Prisma } from './generated/client.ts'
import { TRADERS_SQL } from './traders.ts'

/** A member's wish to have its data erased, and what is left to be done by whom. */
export type Erasure = {
  readonly memberId: number
  /** Unix seconds by the ledger's clock. */
  readonly requestedAt: number
  readonly isGatewayDone: boolean
  readonly isMarketOperatorDone: boolean
  readonly isAggregatorDone: boolean
  readonly isGridOperatorDone: boolean
}

const IS_GATEWAY_DONE_SQL = noneLeftIn(['reading_leaves', 'meter_readings'])
const IS_MARKET_OPERATOR_DONE_SQL = noneLeftIn([
  ...['statements', 'day_statements', 'flex_assets', 'flex_entries', 'flex_statements'],
])
const IS_AGGREGATOR_DONE_SQL = Prisma.sql`(${noneLeftIn(['nominated_baselines', 'flex_dispatches'])}
  AND NOT ${BACKS_OFFERS_SQL})`
const IS_GRID_OPERATOR_DONE_SQL = noneLeftIn(['flex_findings', 'baseline_accuracies'])

/** Of a wish, as `wish`, that the tables have no row of its member. */
function noneLeftIn(tables: readonly string[]): Prisma.Sql {
  const conditions = tables.map(
    (table) => Prisma.sql`NOT EXISTS (SELECT FROM ${Prisma.raw(table)} AS row WHERE row.member_id = wish.member_id)`,
  )
  return Prisma.sql`(${Prisma.join(conditions, ' AND ')})`
}

/** Keeps the wish; again without effect. The api is the only writer. */
export async function insertErasure(store: Store, memberId: number, requestedAt: number): Promise<void> {
  await store.client.erasure.createMany({ data: { memberId, requestedAt }, skipDuplicates: true })
}

/** Members whose data are to be erased, or were. */
export async function listErasedMembers(store: Store): Promise<number[]> {
  const rows = await store.client.erasure.findMany({ select: { memberId: true }, orderBy: { memberId: 'asc' } })
  return rows.map(({ memberId }) => memberId)
}

/** Null where the member has no such wish. */
export async function readErasure(store: Store, memberId: number): Promise<Erasure | null> {
  const { client } = store
  const row = await client.erasure.findUnique({ where: { memberId } })
  if (row === null) return null
  const [left] = await client.$queryRaw<Omit<Erasure, 'memberId' | 'requestedAt'>[]>`
    SELECT ${IS_GATEWAY_DONE_SQL} AS "isGatewayDone", ${IS_MARKET_OPERATOR_DONE_SQL} AS "isMarketOperatorDone",
      ${IS_AGGREGATOR_DONE_SQL} AS "isAggregatorDone", ${IS_GRID_OPERATOR_DONE_SQL} AS "isGridOperatorDone"
    FROM erasures AS wish WHERE wish.member_id = ${memberId}`
  return left === undefined ? null : { ...row, ...left }
}

/** What decides whether a member may have its data erased; null where the area has no such member. */
export async function readLeavingMember(
  store: Store,
  area: number,
  memberId: number,
): Promise<{
  activeUntil: number | null
  balanceMicroEuro: bigint
  debtMicroEuro: bigint
  finished: Set<TradingDay>
  unpaidFlexibility: TradingDay | null
} | null> {
  const [member, days, unpaid] = await Promise.all([
    store.client.member.findUnique({ where: { id: memberId, area } }),
    store.client.finishedDay.findMany({ where: { area }, select: { day: true } }),
    store.client.$queryRaw<{ day: number }[]>`
      SELECT run.day FROM flex_statements AS drawn
      JOIN flex_runs AS run ON run.area = drawn.area AND run.day = drawn.day AND run.state = 'committed'
      WHERE drawn.area = ${area} AND drawn.member_id = ${memberId} ORDER BY run.day LIMIT 1`,
  ])
  if (member === null) return null
  const { activeUntil, balanceMicroEuro, debtMicroEuro } = member
  const finished = new Set(days.map(({ day }) => tradingDay(day)))
  const unpaidFlexibility = unpaid[0] === undefined ? null : tradingDay(unpaid[0].day)
  return { activeUntil, balanceMicroEuro, debtMicroEuro, finished, unpaidFlexibility }
}

/**
 * Erases what the api keeps of members who wished it, once all others are done; again without
 * effect. Resolves to whom it forgot.
 */
export async function eraseOwnHouseholds(store: Store): Promise<number[]> {
  const members = await store.client.$queryRaw<{ memberId: number }[]>`
    SELECT member_id AS "memberId" FROM erasures AS wish JOIN households USING (member_id)
    WHERE ${IS_GATEWAY_DONE_SQL} AND ${IS_MARKET_OPERATOR_DONE_SQL}
      AND ${IS_AGGREGATOR_DONE_SQL} AND ${IS_GRID_OPERATOR_DONE_SQL}
      AND NOT EXISTS (SELECT FROM meter_claims AS claim WHERE claim.account = households.account)
      AND NOT EXISTS (SELECT FROM registrations AS registration WHERE registration.member_id = wish.member_id)
    ORDER BY member_id`
  for (const { memberId } of members) await eraseHousehold(store, memberId)
  return members.map(({ memberId }) => memberId)
}

/**
 * Erases the api's rows about the member, the household itself among them, all or none; again without effect. Whoever
 * signs in with the household's account is forgotten too, unless another household has the same.
 */
async function eraseHousehold(store: Store, memberId: number): Promise<void> {
  await store.client.$transaction(async (transaction) => {
    const keys = await eraseTrading(transaction, memberId)
    await transaction.consent.deleteMany({ where: { memberId } })
    await forgetOwner(transaction, memberId)
    await transaction.deviceCommand.deleteMany({ where: { memberId } })
    await transaction.deviceLimits.deleteMany({ where: { memberId } })
    const household = await transaction.household.findUnique({ where: { memberId } })
    if (household === null) return
    await transaction.household.delete({ where: { memberId } })
    await eraseKeyChains(transaction, [household.tradingKey, ...keys])
    const { account, area, name } = household
    await transaction.joining.deleteMany({ where: { account } })
    // Those too that it was sent and did not use.
    await transaction.invitation.deleteMany({ where: { OR: [{ account }, { area, name }] } })
    if ((await transaction.household.count({ where: { account } })) === 0) await forgetAccount(transaction, account)
  })
}

/**
 * Erases joinings that were given up, once the gateway and the registrar have erased what they kept of them; again without
 * effect. Whoever joined with the account is forgotten too, unless it holds a credential of something else. Resolves to how
 * many there were.
 */
export async function eraseGivenUpJoinings(store: Store): Promise<number> {
  const given = await store.client.$queryRaw<
    { account: string; area: number; name: string; membership: string; tradingKey: string | null }[]
  >`
    SELECT account, area, name, membership, trading_key AS "tradingKey" FROM joinings AS joining
    WHERE given_up_at IS NOT NULL
      AND NOT EXISTS (SELECT FROM meter_claims AS claim WHERE claim.account = joining.account)
      AND NOT EXISTS (SELECT FROM registrations AS registration WHERE registration.account = joining.account)`
  for (const { account, area, name, membership, tradingKey } of given) {
    await store.client.$transaction(async (transaction) => {
      await transaction.joining.delete({ where: { account } })
      await transaction.invitation.deleteMany({ where: { OR: [{ account }, { area, name }] } })
      await eraseKeyChains(transaction, tradingKey === null ? [] : [tradingKey])
      // Those of the joining are revoked by now, which the projection may not say yet.
      const role = { notIn: ['connection-point', membership] }
      const held = { subject: account, status: { not: 'revoked' }, role }
      if ((await transaction.credential.count({ where: held })) === 0) await forgetAccount(transaction, account)
    })
  }
  return given.length
}

/** How whoever has the account signs in, and what it made or was let do. */
async function forgetAccount(transaction: Prisma.TransactionClient, account: string): Promise<void> {
  const where = { account }
  await transaction.signInChallenge.deleteMany({ where })
  await transaction.signIn.deleteMany({ where })
  await transaction.passkey.deleteMany({ where })
  await transaction.apiKey.deleteMany({ where })
  await transaction.presentation.deleteMany({ where: { verifier: account } })
  await transaction.consent.deleteMany({ where: { reader: account } })
  await transaction.wrongCode.deleteMany({ where: { subject: { startsWith: `${account}:` } } })
}

/**
 * The member's orders, and under which numbers it traded: leaves stay, without which the proofs of others would break.
 * Resolves to the registered keys, own and delegated, with which it did, as far as they are known.
 */
async function eraseTrading(transaction: Prisma.TransactionClient, memberId: number): Promise<string[]> {
  await transaction.$executeRaw`
    DELETE FROM orders o USING ${TRADERS_SQL} t
    WHERE t.member_id = ${memberId} AND t.area = o.area AND t.day = o.period / 96 AND t.trader = o.trader`
  const links = await transaction.traderLink.findMany({ where: { memberId } })
  const data = links.map(({ area, day, page, position, leaf }) => ({ area, day, page, position, leaf }))
  await transaction.erasedTraderLink.createMany({ data, skipDuplicates: true })
  await transaction.traderLink.deleteMany({ where: { memberId } })
  const [member, delegation, revoked] = [
    await transaction.member.findUnique({ where: { id: memberId }, select: { tradingKey: true } }),
    await transaction.delegation.findUnique({ where: { memberId }, select: { key: true } }),
    await transaction.revokedKey.findMany({ where: { memberId }, select: { key: true } }),
  ]
  const ofLinks = links.flatMap(({ registeredKey, registeredDelegate }) => [registeredKey, registeredDelegate])
  const ofRegistry = [member?.tradingKey, delegation?.key, ...revoked.map(({ key }) => key)]
  return [...new Set([...ofLinks, ...ofRegistry.filter((key) => key !== undefined)])]
}

/** From what the daily keys were derived, unless somebody else trades with the same key. */
async function eraseKeyChains(transaction: Prisma.TransactionClient, keys: readonly string[]): Promise<void> {
  await transaction.$executeRaw`
    DELETE FROM key_chains WHERE address = ANY(${[...keys]})
      AND NOT EXISTS (SELECT FROM households WHERE trading_key = address)
      AND NOT EXISTS (SELECT FROM trader_links WHERE address IN (registered_key, registered_delegate))`
}
