import type { Membership, Wishes } from '../domain/joining/wishes.ts'
import { energyWh, price } from '../domain/units.ts'
import type { Store } from './connect.ts'
import type { Prisma } from './generated/client.ts'
import { membershipOf } from './invitations.ts'

/** What a person said of the home that it joins with. Addresses are lower-case. */
export type Joining = {
  readonly account: string
  readonly area: number
  readonly name: string
  readonly membership: Membership
  readonly creditLineMicroEuro: bigint
  /** Identifier; null before. */
  readonly connectionPoint: string | null
  /** Address; null before. */
  readonly meter: string | null
  readonly tradingKey: string | null
  readonly wishes: Wishes | null
  /** Unix seconds, wall clock; null before. */
  readonly credentialsTakenAt: number | null
}

/** `in-use` is somebody else's; `another-before` means that the account has chosen another; it may join no more. */
export type Choosing = 'chosen' | 'in-use' | 'another-before' | 'not-joining'

type Row = Omit<Joining, 'wishes' | 'membership'> & {
  membership: string
  buyUpToMicroEuroPerKwh: number | null
  sellFromMicroEuroPerKwh: number | null
  quantityWh: number | null
  tradesUntil: bigint | null
}

/** Null where the account does not join, or gave it up. */
export async function readJoining(store: Store, account: string): Promise<Joining | null> {
  const row = await store.client.joining.findUnique({ where: { account, givenUpAt: null } })
  return row === null ? null : joiningOf(row)
}

/** Whether the ledger has the account as a household of the area, in which it then cannot be another one, ever. */
export async function wasHousehold(store: Store, account: string, area: number): Promise<boolean> {
  return (await store.client.member.count({ where: { account, area, kind: 'household' } })) > 0
}

/** Those that joined first come first. */
export async function listJoinings(store: Store): Promise<Joining[]> {
  const rows = await store.client.joining.findMany({ orderBy: [{ startedAt: 'asc' }, { account: 'asc' }] })
  return rows.map(joiningOf)
}

/** Those that are no members yet; those that joined first come first. */
export async function listOpenJoinings(store: Store): Promise<Joining[]> {
  const open = await store.client.$queryRaw<{ account: string }[]>`
    SELECT account FROM joinings AS joining
    WHERE given_up_at IS NULL AND NOT EXISTS (SELECT FROM households WHERE account = joining.account)`
  const rows = await store.client.joining.findMany({
    where: { account: { in: open.map(({ account }) => account) } },
    orderBy: [{ startedAt: 'asc' }, { account: 'asc' }],
  })
  return rows.map(joiningOf)
}

/**
 * Notes that the person gives the joining up, unless its home is being registered, or is: resolves to whether it was given
 * up, now or before. One whose registration failed is not being registered until it is tried again.
 */
export function giveUpJoining(store: Store, account: string, givenUpAt: number): Promise<boolean> {
  return store.client.$transaction(async (transaction) => {
    await transaction.$executeRaw`SELECT pg_advisory_xact_lock(hashtext(${`joining:${account}`}))`
    const registration = await transaction.registration.findUnique({ where: { account } })
    if (registration !== null && ['registering', 'registered'].includes(registration.state)) return false
    await transaction.joining.updateMany({ where: { account, givenUpAt: null }, data: { givenUpAt } })
    return true
  })
}

/**
 * Takes back that a joining was given up where the ledger has its home as a member all the same, so that it goes on;
 * resolves to how many there were.
 */
export function takeBackGivenUp(store: Store): Promise<number> {
  return store.client.$executeRaw`
    UPDATE joinings AS joining SET given_up_at = NULL
    WHERE given_up_at IS NOT NULL AND EXISTS (
      SELECT FROM members WHERE account = joining.account AND area = joining.area AND kind = 'household')`
}

/** Accounts that gave their joinings up, of which something is left. */
export async function listGivenUp(store: Store): Promise<string[]> {
  const rows = await store.client.joining.findMany({ where: { givenUpAt: { not: null } }, select: { account: true } })
  return rows.map(({ account }) => account)
}

/** Gives the account the connection point, once and for all; again without effect. */
export function chooseConnectionPoint(store: Store, account: string, connectionPoint: string): Promise<Choosing> {
  return store.client.$transaction(async (transaction) => {
    await transaction.$executeRaw`SELECT pg_advisory_xact_lock(hashtext(${`connection-point:${connectionPoint}`}))`
    const [owner, household] = [
      await transaction.joining.findUnique({ where: { connectionPoint }, select: { account: true } }),
      await transaction.household.findFirst({ where: { connectionPoint }, select: { account: true } }),
    ]
    if ([owner, household].some((other) => other !== null && other.account !== account)) return 'in-use'
    const where = { account, givenUpAt: null, OR: [{ connectionPoint: null }, { connectionPoint }] }
    const { count } = await transaction.joining.updateMany({ where, data: { connectionPoint } })
    return count === 1 ? 'chosen' : refusedChoiceOf(transaction, account)
  })
}

/** Gives the account the meter, once and for all; again without effect. */
export function chooseMeter(store: Store, account: string, meter: string): Promise<Choosing> {
  return store.client.$transaction(async (transaction) => {
    await transaction.$executeRaw`SELECT pg_advisory_xact_lock(hashtext(${`meter:${meter}`}))`
    // The ledger takes a meter's key once and for all, also of a home whose data are erased.
    const [owner, household, member] = [
      await transaction.joining.findUnique({ where: { meter }, select: { account: true } }),
      await transaction.household.findUnique({ where: { meterKey: meter }, select: { account: true } }),
      await transaction.member.findFirst({ where: { meterKey: meter }, select: { account: true } }),
    ]
    if ([owner, household, member].some((other) => other !== null && other.account !== account)) return 'in-use'
    const { count } = await transaction.joining.updateMany({
      where: { account, givenUpAt: null, OR: [{ meter: null }, { meter }] },
      data: { meter },
    })
    return count === 1 ? 'chosen' : refusedChoiceOf(transaction, account)
  })
}

export async function writeWishes(store: Store, account: string, wishes: Wishes): Promise<void> {
  const { buyUpTo, sellFrom, quantity, until } = wishes
  await store.client.joining.updateMany({
    where: { account, givenUpAt: null },
    data: {
      buyUpToMicroEuroPerKwh: Number(buyUpTo),
      sellFromMicroEuroPerKwh: sellFrom === null ? null : Number(sellFrom),
      quantityWh: Number(quantity),
      tradesUntil: BigInt(until),
    },
  })
}

/** Gives the account the trading key unless another has it, or the member is registered with another, or is just now. */
export function chooseTradingKey(store: Store, account: string, tradingKey: string): Promise<Choosing> {
  return store.client.$transaction(async (transaction) => {
    await transaction.$executeRaw`SELECT pg_advisory_xact_lock(hashtext(${`joining:${account}`}))`
    await transaction.$executeRaw`SELECT pg_advisory_xact_lock(hashtext(${`trading-key:${tradingKey}`}))`
    const [owner, household, registration] = [
      await transaction.joining.findUnique({ where: { tradingKey }, select: { account: true } }),
      await transaction.household.findUnique({ where: { tradingKey }, select: { account: true } }),
      await transaction.registration.findUnique({ where: { account }, select: { registeringAt: true, state: true } }),
    ]
    if ([owner, household].some((other) => other !== null && other.account !== account)) return 'in-use'
    if (owner !== null) return 'chosen'
    const isFixed = registration !== null && registration.registeringAt !== null && registration.state !== 'failed'
    if (isFixed) return 'another-before'
    const { count } = await transaction.joining.updateMany({
      where: { account, givenUpAt: null },
      data: { tradingKey },
    })
    return count === 1 ? 'chosen' : 'not-joining'
  })
}

/** The first time counts. */
export async function noteCredentialsTaken(store: Store, account: string, credentialsTakenAt: number): Promise<void> {
  await store.client.joining.updateMany({ where: { account, credentialsTakenAt: null }, data: { credentialsTakenAt } })
}

/**
 * Counts a try of a code before it is looked at, so that several at once are no more than they may be; null where there
 * were `most` since `since` already.
 */
export function takeTry(
  store: Store,
  subject: string,
  { now, since, most }: { readonly now: number; readonly since: number; readonly most: number },
): Promise<bigint | null> {
  return store.client.$transaction(async (transaction) => {
    await transaction.$executeRaw`SELECT pg_advisory_xact_lock(hashtext(${`try:${subject}`}))`
    await transaction.wrongCode.deleteMany({ where: { at: { lte: since } } })
    if ((await transaction.wrongCode.count({ where: { subject } })) >= most) return null
    return (await transaction.wrongCode.create({ data: { subject, at: now } })).id
  })
}

/** The code was right: the try does not count. */
export async function giveBackTry(store: Store, id: bigint): Promise<void> {
  await store.client.wrongCode.deleteMany({ where: { id } })
}

async function refusedChoiceOf(
  transaction: Prisma.TransactionClient,
  account: string,
): Promise<'another-before' | 'not-joining'> {
  const isJoining = (await transaction.joining.count({ where: { account, givenUpAt: null } })) > 0
  return isJoining ? 'another-before' : 'not-joining'
}

function joiningOf(row: Row): Joining {
  const { account, area, name, creditLineMicroEuro, connectionPoint, meter, tradingKey, credentialsTakenAt } = row
  return {
    account,
    area,
    name,
    membership: membershipOf(row.membership),
    creditLineMicroEuro,
    connectionPoint,
    meter,
    tradingKey,
    wishes: wishesOf(row),
    credentialsTakenAt,
  }
}

function wishesOf({ buyUpToMicroEuroPerKwh, sellFromMicroEuroPerKwh, quantityWh, tradesUntil }: Row): Wishes | null {
  if (buyUpToMicroEuroPerKwh === null || quantityWh === null || tradesUntil === null) return null
  return {
    buyUpTo: price(BigInt(buyUpToMicroEuroPerKwh)),
    sellFrom: sellFromMicroEuroPerKwh === null ? null : price(BigInt(sellFromMicroEuroPerKwh)),
    quantity: energyWh(BigInt(quantityWh)),
    until: Number(tradesUntil),
  }
}
