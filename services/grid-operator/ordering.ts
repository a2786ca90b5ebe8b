import { orderOfferCall, orderReserveCall, readFlexOrder } from '../chain/flex-orders.ts'
import { readFlexRequest } from '../chain/flex-requests.ts'
import { readEventValue } from '../chain/mined-events.ts'
import type { Call } from '../chain/transactions.ts'
import { DomainError } from '../domain/errors.ts'
import { meritOrderOf } from '../domain/flexibility/merit-order/merit-order.ts'
import { requestAfter } from '../domain/flexibility/merit-order/remaining-request.ts'
import { optionOf } from '../domain/flexibility/trading/flex-offer.ts'
import { orderedOf } from '../domain/flexibility/trading/flex-order.ts'
import type { FlexProduct } from '../domain/flexibility/trading/product.ts'
import type { FlexSelection, PlannedOrder } from '../store/flex-selections.ts'
import { answersTo, isRefusal } from './candidates.ts'
import type { MadeRequest } from './market.ts'
import type { Operation } from './operation.ts'

/** Before any offer is opened there is no seed; then nothing but reserves can be chosen, whose sequence nobody gains by. */
const NO_SEED = `0x${'00'.repeat(32)}`

/** Orders what answers each of the DSO's requests whose offers are open; resolves to whether anything was decided. */
export async function orderAnswers(operation: Operation): Promise<boolean> {
  const { market, records } = operation
  let isProgress = false
  for (const made of await market.listRequests()) {
    const selection = await records.readSelection(made.requestId)
    if (selection?.isDone === true || made.state !== 'open') continue
    if (selection === null && !(await isReady(operation, made))) continue
    await orderFor(operation, made, selection)
    isProgress = true
  }
  return isProgress
}

/** All offers are opened, or it is too late to open more; and the projections have it all. */
async function isReady(
  { market, clock }: Operation,
  { requestId, request, revealUntil }: MadeRequest,
): Promise<boolean> {
  const now = clock.now()
  if (now < request.expiresAt) return false
  const readUntil = await market.readUntil()
  if (readUntil > revealUntil) return true
  const offers = await market.listOffers(requestId)
  return readUntil >= request.expiresAt && offers.length > 0 && offers.every(({ state }) => state !== 'sealed')
}

/** Round after round, until all that was chosen in one of them was ordered: what is refused is left out of the next. */
async function orderFor(operation: Operation, made: MadeRequest, before: FlexSelection | null): Promise<void> {
  const { announce, log, market } = operation
  const product = await market.findProduct(made.productId)
  let selection = before ?? (await choose(operation, made, product, null))
  for (;;) {
    const ordered = await orderRound(operation, selection)
    if (ordered.isDone) {
      selection = ordered
      break
    }
    selection = await choose(operation, made, product, ordered)
  }
  announce.ordered(made.requestId)
  const { orders, refused } = selection
  const unmet = selection.unmet.reduce((most, { power }) => (power > most ? power : most), 0n)
  log.info(
    { requestId: made.requestId, orders: orders.length, refused: refused.length, unmetW: Number(unmet) },
    `flex request ${made.requestId}: ${orders.length} orders, ${refused.length} refused` +
      (unmet === 0n ? ', all needs are met' : `, up to ${unmet} W of the need are unmet`),
  )
}

/** The next round, kept before anything of it is ordered: what is chosen stays so, whatever is killed. */
async function choose(
  operation: Operation,
  made: MadeRequest,
  product: FlexProduct,
  before: FlexSelection | null,
): Promise<FlexSelection> {
  const { ledger, clock, records } = operation
  const orders = before?.orders ?? []
  const answers = await answersTo(operation, made, product)
  const refused = distinct([...(before?.refused ?? []), ...answers.refused])
  const candidates = answers.candidates.filter((one) => ![...refused, ...orders].some(isSame(one)))
  const { seed } = await readFlexRequest(ledger, made.requestId)
  const powers = orders.flatMap(({ periods, effectPpm }) => periods.map((power) => ({ ...power, effectPpm })))
  const request = requestAfter(made.request, powers)
  const { chosen, ...outcome } = meritOrderOf({ request, product, candidates, seed: seed ?? NO_SEED })
  const planned = chosen.map((one): PlannedOrder => {
    const candidate = candidates.find(isSame(one))!
    const { periods } = orderedOf(optionOf(candidate, one.option), one.activationFactor)
    return { ...one, effectPpm: candidate.effectPpm, periods }
  })
  const { requestId } = made
  const round = (before?.round ?? 0) + 1
  const selection = { requestId, round, chosenAt: clock.now(), ...outcome, planned, orders, refused, isDone: false }
  await records.keepSelection(selection)
  return selection
}

/** Orders what is planned, each kept once it is on the ledger; done where nothing was refused. */
async function orderRound(operation: Operation, selection: FlexSelection): Promise<FlexSelection> {
  const { records } = operation
  let current = selection
  for (const planned of selection.planned) {
    if ([...current.orders, ...current.refused].some(isSame(planned))) continue
    const outcome = await place(operation, current, planned)
    current =
      typeof outcome === 'number'
        ? { ...current, orders: [...current.orders, { ...planned, orderId: outcome }] }
        : { ...current, refused: [...current.refused, { kind: planned.kind, id: planned.id, code: outcome.code }] }
    await records.keepSelection(current)
  }
  const isRefused = selection.planned.some((planned) => current.refused.some(isSame(planned)))
  const ended = { ...current, isDone: !isRefused }
  await records.keepSelection(ended)
  return ended
}

/** The number of the order, or why there is none. */
async function place(
  operation: Operation,
  { requestId, round }: FlexSelection,
  planned: PlannedOrder,
): Promise<number | DomainError> {
  const { ledger, sender, log } = operation
  const { kind, id } = planned
  try {
    const call = await callOf(operation, requestId, planned)
    const { hash } = await sender.send(`order-${kind}:${requestId}:${round}:${id}`, call)
    const orderId = Number(await readEventValue(ledger, hash, 'FlexOrdered', 'orderId'))
    const { state } = await readFlexOrder(ledger, orderId)
    if (state !== 'annulled') return orderId
    return new DomainError('flex-offer-revoked', `order ${orderId} and a revocation crossed: the revocation wins`)
  } catch (error) {
    if (!(error instanceof DomainError) || !isRefusal(error)) throw error
    log.warn({ requestId, kind, id, code: error.code }, `${kind} ${id} cannot be ordered: ${error.message}`)
    return error
  }
}

async function callOf({ market }: Operation, requestId: number, planned: PlannedOrder): Promise<Call> {
  const { kind, id, option, activationFactor, periods } = planned
  const reference = referenceOf(requestId, id)
  if (kind === 'reserve') return orderReserveCall(Number(id), periods, reference)
  const found = (await market.listOffers(requestId)).find(({ offerId }) => String(offerId) === id)
  if (found === undefined || found.offer === null)
    throw new DomainError('flex-offer-unknown', `offer ${id} was not opened`)
  return orderOfferCall(found.offerId, found.offer, { option: Number(option), factor: activationFactor, reference })
}

/** The DSO's own number of an order, 32 bytes: the request, and what answers it. */
function referenceOf(requestId: number, id: string): string {
  return `0x${((BigInt(requestId) << 64n) | BigInt(id)).toString(16).padStart(64, '0')}`
}

type Named = Pick<PlannedOrder, 'kind' | 'id'>

function isSame(one: Named): (other: Named) => boolean {
  return (other) => other.kind === one.kind && other.id === one.id
}

function distinct<Item extends Named>(items: readonly Item[]): Item[] {
  return items.filter((item, index) => items.findIndex(isSame(item)) === index)
}
