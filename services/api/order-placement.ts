import { DomainError } from '../domain/errors.ts'
import { gateClosureOf, type Calendar } from '../domain/grid/calendar.ts'
import { requireCovered } from '../domain/market/collateral.ts'
import { requireWithinLimit, type Order } from '../domain/market/order.ts'
import { deliveryPeriod, energyWh, money, price } from '../domain/units.ts'
import { parsePart } from './request-part.ts'
import { placeOrderRequest, type PlacedOrder, type PlaceOrderRequest } from './schemas/orders.ts'

type Member = {
  readonly area: number
  readonly tradingKey: string
  readonly quantityLimitWh: bigint
  readonly isActive: boolean
  readonly balanceMicroEuro: bigint
}

type KeptOrder = {
  readonly digest: string
  readonly area: number
  readonly period: number
  readonly memberId: number
  readonly side: 'bid' | 'offer'
  readonly quantityWh: number
  readonly limitPriceMicroEuroPerKwh: number
  readonly salt: string
  readonly signature: string
  readonly receivedAt: number
}

type Placing = 'placed' | 'gate-closed' | 'already-placed' | 'side-taken'

export type OrderPlacementDeps = {
  readonly readArea: () => Promise<{ readonly id: number; readonly calendar: Calendar }>
  readonly readMembers: (memberIds: readonly number[]) => Promise<ReadonlyMap<number, Member>>
  /** Keeps those whose gate is open, in one transaction; says for each what became of it. */
  readonly keepOrders: (orders: readonly KeptOrder[]) => Promise<readonly Placing[]>
  readonly digestOf: (order: Order) => string
  /** The address that signed, in lower case. Throws `order-signature-invalid`. */
  readonly signerOf: (order: Order, signature: string) => string
  /** Unix seconds of the ledger's latest block, asked for anew: a gate closes for everybody at once. */
  readonly now: () => Promise<number>
}

type Checked = { readonly order: KeptOrder; readonly placed: PlacedOrder }

/** Checks and keeps signed orders, each by itself; the answers are in the order of the inputs. */
export function createOrderPlacement(
  deps: OrderPlacementDeps,
): (inputs: readonly unknown[]) => Promise<(PlacedOrder | DomainError)[]> {
  return async (inputs) => {
    const [now, area] = await Promise.all([deps.now(), deps.readArea()])
    const requests = inputs.map((input) => attempt(() => parsePart(placeOrderRequest, input, 'order-malformed')))
    const members = await deps.readMembers(requests.flatMap((it) => (it instanceof DomainError ? [] : [it.memberId])))

    const seen = new Set<string>()
    const checked = requests.map((request) =>
      request instanceof DomainError
        ? request
        : attempt(() => {
            const result = check(deps, area, members.get(request.memberId), request, now)
            if (seen.has(result.order.digest)) throw alreadyPlaced()
            seen.add(result.order.digest)
            return result
          }),
    )

    const valid = checked.filter((it): it is Checked => !(it instanceof DomainError))
    const placings = await deps.keepOrders(valid.map(({ order }) => order))
    const refusals = new Map(valid.map(({ order }, index) => [order, refusalOf(order, placings[index]!)]))
    return checked.map((it) => (it instanceof DomainError ? it : (refusals.get(it.order) ?? it.placed)))
  }
}

function check(
  { digestOf, signerOf }: OrderPlacementDeps,
  area: { readonly id: number; readonly calendar: Calendar },
  member: Member | undefined,
  request: PlaceOrderRequest,
  now: number,
): Checked {
  const order = orderOf(request)
  if (order.area !== area.id) {
    throw new DomainError('area-unknown', `area ${order.area} is not traded here: this is area ${area.id}`)
  }
  const gateClosesAt = gateClosureOf(area.calendar, order.deliveryPeriod)
  if (now >= gateClosesAt) throw gateClosed(order.deliveryPeriod, gateClosesAt)

  if (member === undefined || member.area !== area.id) {
    throw new DomainError('order-not-a-member', `member ${request.memberId} is not a household of area ${area.id}`)
  }
  if (signerOf(order, request.signature) !== member.tradingKey) {
    throw new DomainError(
      'order-signature-invalid',
      `the order was not signed, as it stands, by the trading key of member ${request.memberId}`,
    )
  }
  if (!member.isActive) {
    throw new DomainError('order-member-inactive', `member ${request.memberId} was deactivated`)
  }
  requireWithinLimit(order, member.quantityLimitWh)
  requireCovered(order, money(member.balanceMicroEuro))

  const digest = digestOf(order)
  return {
    order: {
      digest,
      area: order.area,
      period: order.deliveryPeriod,
      memberId: order.memberId,
      side: order.side,
      quantityWh: Number(order.quantity),
      limitPriceMicroEuroPerKwh: Number(order.limitPrice),
      salt: order.salt.toString(),
      signature: request.signature.toLowerCase(),
      receivedAt: now,
    },
    placed: { digest, deliveryPeriod: order.deliveryPeriod, receivedAt: now, gateClosesAt },
  }
}

function orderOf(request: PlaceOrderRequest): Order {
  return {
    area: request.area,
    memberId: request.memberId,
    deliveryPeriod: deliveryPeriod(request.deliveryPeriod),
    side: request.side,
    quantity: energyWh(BigInt(request.quantityWh)),
    limitPrice: price(BigInt(request.limitPriceMicroEuroPerKwh)),
    salt: BigInt(request.salt),
  }
}

function refusalOf(order: KeptOrder, placing: Placing): DomainError | null {
  switch (placing) {
    case 'placed':
      return null
    case 'gate-closed':
      return gateClosed(order.period, null)
    case 'already-placed':
      return alreadyPlaced()
    case 'side-taken':
      return new DomainError(
        'order-already-placed',
        `member ${order.memberId} already has another ${order.side} for period ${order.period}`,
      )
  }
}

function alreadyPlaced(): DomainError {
  return new DomainError('order-already-placed', 'this very order is already placed')
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
