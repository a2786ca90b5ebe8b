import { DomainError } from '../domain/errors.ts'
import { gateClosureOf, type Calendar } from '../domain/grid/calendar.ts'
import type { ExposureRates } from '../domain/market/exposure.ts'
import { requireValidOrder, type Order } from '../domain/market/order.ts'
import type { TradingKeyEntry } from '../domain/market/trading-key.ts'
import { validityOf, voidOrderError, type ValidityContext } from '../domain/market/validity.ts'
import {
  deliveryPeriod,
  energyWh,
  money,
  price,
  tradingDayOf,
  type DeliveryPeriod,
  type TradingDay,
} from '../domain/units.ts'
import { parsePart } from './request-part.ts'
import { placeOrderRequest, type PlacedOrder, type PlaceOrderRequest } from './schemas/orders.ts'
import type { Receipt } from './schemas/receipt.ts'
import type { SigningEntryDeps } from './signing-entry.ts'
import { signingEntryOf } from './signing-entry.ts'
import type { TradingKeys } from './trading-keys.ts'

/** What is kept of an order, and what decides whether its session takes it. */
export type OrderToKeep = {
  readonly order: Order
  readonly digest: string
  readonly signature: string
  readonly signingKey: string
  /** Whether only the key's contract can say that it signed. */
  readonly isForLedger: boolean
  readonly receivedAt: number
  readonly gateClosure: number
  readonly allowance: bigint
  readonly rates: ExposureRates
}

/** See the store's `placeOrders`. */
export type Placing =
  | { readonly outcome: 'placed' | 'already-placed'; readonly position: number; readonly receipt: string | null }
  | { readonly outcome: 'superseded'; readonly salt: bigint }
  | { readonly outcome: 'over-allowance'; readonly exposure: bigint; readonly otherSide: bigint }
  | { readonly outcome: 'gate-closed' }

export type OrderPlacementDeps = Omit<SigningEntryDeps, 'tradingKeys'> & {
  readonly readArea: () => Promise<{ readonly id: number; readonly calendar: Calendar }>
  /** The day's keys, not older than that block. */
  readonly readTradingKeys: (day: TradingDay, blockNumber: number) => Promise<TradingKeys>
  /** Whether trading is paused at a time, in unix seconds, as is known now. */
  readonly isPausedAt: (area: number, time: number) => Promise<boolean>
  readonly readRates: (periods: readonly number[]) => Promise<ReadonlyMap<number, ExposureRates>>
  /** Keeps those that their sessions take, durably; says for each what became of it. */
  readonly keepOrders: (orders: readonly OrderToKeep[]) => Promise<readonly Placing[]>
  /** Those that were placed before, by digest. */
  readonly findPlaced: (digests: readonly string[]) => Promise<ReadonlyMap<string, KeptOrder>>
  readonly digestOf: (order: Order) => string
  /** The ledger's latest block, asked for anew: a gate closes for everybody at once. */
  readonly readLatestBlock: () => Promise<LatestBlock>
}

/** Its place in the session, and the signature of its receipt where it has one. */
type Kept = { readonly position: number; readonly receipt: string | null }
type KeptOrder = Kept & { readonly period: number; readonly signature: string; readonly signingKey: string }
type LatestBlock = { readonly number: number; readonly timestamp: number }
type Area = { readonly id: number; readonly calendar: Calendar }
type Signed = { readonly order: Order; readonly signature: string; readonly digest: string }
type Checked = OrderToKeep & { readonly entry: TradingKeyEntry }
type Outcome = PlacedOrder | DomainError

/** Checks and keeps signed orders, each by itself; the answers are in the order of the inputs. */
export function createOrderPlacement(deps: OrderPlacementDeps): (inputs: readonly unknown[]) => Promise<Outcome[]> {
  return async (inputs) => {
    const [block, area] = await Promise.all([deps.readLatestBlock(), deps.readArea()])
    const signed = inputs.map((input) => attempt(() => signedOrderOf(deps, input)))
    const checked = await checkAll(deps, area, signed, block)

    const valid = checked.filter((it): it is Checked => !(it instanceof DomainError))
    const placings = await deps.keepOrders(valid)
    const outcomes = new Map(valid.map((it, index) => [it, outcomeOf(it, placings[index]!)]))
    return withEarlierReceipts(
      deps,
      { calendar: area.calendar, now: block.timestamp },
      signed,
      checked.map((it) => (it instanceof DomainError ? it : outcomes.get(it)!)),
    )
  }
}

function signedOrderOf({ digestOf }: OrderPlacementDeps, input: unknown): Signed {
  const request = parsePart(placeOrderRequest, input, 'order-malformed')
  const order = orderOf(request)
  return { order, signature: request.signature.toLowerCase(), digest: digestOf(order) }
}

async function checkAll(
  deps: OrderPlacementDeps,
  area: Area,
  signed: readonly (Signed | DomainError)[],
  { number, timestamp: now }: LatestBlock,
): Promise<(Checked | DomainError)[]> {
  const inTime = signed.map((it) => (it instanceof DomainError ? it : attempt(() => inTimeOf(area, it, now))))
  const open = inTime.filter((it): it is InTime => !(it instanceof DomainError))
  const periods = [...new Set(open.map(({ order }) => order.deliveryPeriod))]
  const days = [...new Set(periods.map(tradingDayOf))]
  const [rates, paused, keys] = await Promise.all([
    deps.readRates(periods),
    pausedAmong(deps, area, periods),
    Promise.all(days.map(async (day) => [day, await deps.readTradingKeys(day, number)] as const)),
  ])
  const keysOf = new Map(keys)
  return Promise.all(
    inTime.map(async (it) => {
      if (it instanceof DomainError) return it
      const { deliveryPeriod: period } = it.order
      if (paused.has(period)) return tradingPaused(period)
      return attemptAsync(() => check(deps, it, keysOf.get(tradingDayOf(period))!, rates.get(period)!, now))
    }),
  )
}

/** Those whose gates close while trading is paused. */
async function pausedAmong(
  deps: OrderPlacementDeps,
  { id, calendar }: Area,
  periods: readonly DeliveryPeriod[],
): Promise<ReadonlySet<number>> {
  const found = await Promise.all(periods.map((period) => deps.isPausedAt(id, gateClosureOf(calendar, period))))
  return new Set(periods.filter((_, index) => found[index]))
}

type InTime = Signed & { readonly gateClosure: number }

function inTimeOf(area: Area, signed: Signed, now: number): InTime {
  const { order } = signed
  if (order.area !== area.id) {
    throw new DomainError('area-unknown', `area ${order.area} is not traded here: this is area ${area.id}`)
  }
  const gateClosure = gateClosureOf(area.calendar, order.deliveryPeriod)
  if (now >= gateClosure) throw gateClosed(order.deliveryPeriod, gateClosure)
  return { ...signed, gateClosure }
}

async function check(
  deps: OrderPlacementDeps,
  { order, signature, digest, gateClosure }: InTime,
  tradingKeys: TradingKeys,
  rates: ExposureRates,
  now: number,
): Promise<Checked> {
  const entry = await signingEntryOf({ ...deps, tradingKeys }, order, digest, signature)
  const revokedAt = tradingKeys.revokedAtOf(entry)
  const context: ValidityContext = { gateClosure, rates, signer: entry.key, revokedAt, otherExposure: money(0n) }
  const reason = validityOf(order, entry, context)
  if (reason !== null) throw voidOrderError(reason, order, entry, context)
  return {
    order,
    digest,
    signature,
    entry,
    signingKey: entry.key,
    isForLedger: deps.signerOf(digest, signature) !== entry.key,
    receivedAt: now,
    gateClosure,
    allowance: entry.allowance,
    rates,
  }
}

function orderOf(request: PlaceOrderRequest): Order {
  return requireValidOrder({
    area: request.area,
    trader: request.trader,
    deliveryPeriod: deliveryPeriod(request.deliveryPeriod),
    side: request.side,
    quantity: energyWh(BigInt(request.quantityWh)),
    limitPrice: price(BigInt(request.limitPriceMicroEuroPerKwh)),
    expiry: request.expiry,
    salt: BigInt(request.salt),
  })
}

function outcomeOf(checked: Checked, placing: Placing): Outcome {
  const { order, digest, gateClosure, receivedAt, entry, rates } = checked
  switch (placing.outcome) {
    case 'placed':
      return {
        digest,
        deliveryPeriod: order.deliveryPeriod,
        receivedAt,
        gateClosesAt: gateClosure,
        way: placing.receipt === null ? 'ledger' : 'operator',
        receipt: receiptOf(digest, placing, gateClosure),
      }
    case 'already-placed':
      return alreadyPlaced(digest, placing, gateClosure)
    case 'gate-closed':
      return gateClosed(order.deliveryPeriod, null)
    case 'over-allowance': {
      const context = { gateClosure, rates, otherExposure: money(placing.otherSide) }
      return voidOrderError('order-over-allowance', order, entry, context)
    }
    case 'superseded':
      return new DomainError(
        'order-superseded',
        `trader ${order.trader} has a ${order.side} for period ${order.deliveryPeriod} with salt ${placing.salt}: ` +
          `only a greater salt than that replaces it, and this one is ${order.salt}`,
      )
  }
}

/**
 * Whoever sends an order again as it was signed, because the answer was lost, gets its receipt, whatever speaks against the
 * order by now: it may have been replaced, or its key revoked. Once its gate closed the ledger shows the signature to
 * everybody: from then on only whoever may read the household's orders is given the receipt.
 */
async function withEarlierReceipts(
  deps: OrderPlacementDeps,
  { calendar, now }: { readonly calendar: Calendar; readonly now: number },
  signed: readonly (Signed | DomainError)[],
  outcomes: readonly Outcome[],
): Promise<Outcome[]> {
  const refusedAt = (index: number): Signed | null => {
    const it = signed[index]
    const outcome = outcomes[index]
    const isOpen = outcome instanceof DomainError && outcome.code !== 'order-already-placed'
    return isOpen && it !== undefined && !(it instanceof DomainError) ? it : null
  }
  const refused = outcomes.map((_, index) => refusedAt(index)).filter((it) => it !== null)
  const placed = await deps.findPlaced(refused.map(({ digest }) => digest))
  return outcomes.map((outcome, index) => {
    const it = refusedAt(index)
    const known = it === null ? undefined : placed.get(it.digest)
    if (it === null || known === undefined || !isSignedAsKept(deps, it, known)) return outcome
    const gateClosure = gateClosureOf(calendar, deliveryPeriod(known.period))
    return now < gateClosure ? alreadyPlaced(it.digest, known, gateClosure) : alreadyPlacedAndClosed(it.digest)
  })
}

/** A contract may accept many signatures of an order: only that which it was placed with is its own. */
function isSignedAsKept(
  { signerOf }: OrderPlacementDeps,
  { digest, signature }: Signed,
  { signature: kept, signingKey }: KeptOrder,
): boolean {
  return signature === kept || signerOf(digest, signature) === signingKey
}

function receiptOf(orderDigest: string, { position, receipt }: Kept, deadline: number): Receipt | null {
  return receipt === null ? null : { orderDigest, position, deadline, signature: receipt }
}

function alreadyPlaced(digest: string, kept: Kept, deadline: number): DomainError {
  const receipt = receiptOf(digest, kept, deadline)
  return new DomainError(
    'order-already-placed',
    'this very order is already placed',
    receipt === null ? {} : { receipt },
  )
}

function alreadyPlacedAndClosed(digest: string): DomainError {
  return new DomainError(
    'order-already-placed',
    `this very order is already placed, and its gate closed: whoever may read its household's orders finds its receipt at ` +
      `/api/orders/${digest}`,
  )
}

function tradingPaused(period: number): DomainError {
  return new DomainError(
    'trading-paused',
    `trading is paused when the gate of period ${period} closes: it has no orders`,
  )
}

function gateClosed(period: number, gateClosedAt: number | null): DomainError {
  const when = gateClosedAt === null ? '' : ` at ${gateClosedAt} (unix seconds, ledger time)`
  return new DomainError('gate-closed', `the gate of period ${period} closed${when}: no order is taken any more`)
}

/** The result, or the refusal that was thrown instead of it; anything else thrown is a defect and goes on. */
function attempt<Result>(run: () => Result): Result | DomainError {
  try {
    return run()
  } catch (error) {
    if (error instanceof DomainError) return error
    throw error
  }
}

async function attemptAsync<Result>(run: () => Promise<Result>): Promise<Result | DomainError> {
  try {
    return await run()
  } catch (error) {
    if (error instanceof DomainError && error.code !== 'ledger-unreachable') return error
    throw error
  }
}
