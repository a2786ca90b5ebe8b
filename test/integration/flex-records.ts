import { parseLocalDay } from '../../services/domain/flexibility/baseline/local-calendar.ts'
import { GUARD_THRESHOLDS, type Finding } from '../../services/domain/flexibility/gaming/finding.ts'
import {
  entryTreeOf,
  sourceHashOf,
  type FlexDayStatement,
  type FlexEntry,
} from '../../services/domain/flexibility/settlement/flex-leaves.ts'
import { activationFactor } from '../../services/domain/flexibility/trading/activation-factor.ts'
import { flexPrice } from '../../services/domain/flexibility/trading/flex-price.ts'
import {
  energyWh,
  firstPeriodOf,
  money,
  rate,
  signedW,
  signedWh,
  tradingDayOf,
  type DeliveryPeriod,
} from '../../services/domain/units.ts'
import type { Store } from '../../services/store/connect.ts'
import { keepDispatches } from '../../services/store/flexibility/dispatches.ts'
import { replaceFlexLeaves, type DrawnAsset } from '../../services/store/flexibility/flex-leaves.ts'
import { keepAccuracy, keepFinding } from '../../services/store/flexibility/guard-records.ts'
import { replaceNominatedBaselines } from '../../services/store/flexibility/nominated-baselines.ts'
import { writeFlexibility, type FlexChange } from '../../services/store/flexibility/projections.ts'
import { keepSealedOffers } from '../../services/store/flexibility/sealed-offers.ts'

type Delivered = {
  readonly area: number
  /** In which the order calls. */
  readonly period: DeliveryPeriod
  /** Ascending. */
  readonly members: readonly number[]
  /** Who defined the product. */
  readonly buyer?: string
}

const [PRODUCT, PORTFOLIO, ORDER, POINT, REQUEST] = [1, 1, 1, 1, 1]
export const AGGREGATOR = 90
/** Of each member, what its device is called. */
export const deviceOf = (memberId: number) => `0x${memberId.toString(16).padStart(40, 'd')}`
const saltOf = (kind: string, memberId: number, index = 0) =>
  `0x${kind.padStart(24, '0')}${memberId.toString(16).padStart(8, 'e')}${index.toString(16).padStart(32, '7')}`

/** What everybody keeps of an order of 1,000 Wh of which each member delivered 400 Wh, up to the statements of its day. */
export async function keepFlexRecords(store: Store, delivered: Delivered): Promise<void> {
  const { area, period, members } = delivered
  await store.client.$transaction((client) => writeFlexibility(client, orderedBy(delivered)))
  const day = tradingDayOf(period)
  await replaceFlexLeaves(
    store,
    { area, day },
    [{ orderId: ORDER, period, assets: members.map(assetOf) }],
    members.map((memberId) => statementOf(memberId, period)),
  )
  await replaceNominatedBaselines(
    store,
    { portfolioId: PORTFOLIO, productId: PRODUCT, day },
    members.map((memberId) => ({ memberId, period, baseline: signedWh(900n), salt: saltOf('ab', memberId) })),
  )
  await keepDispatches(
    store,
    members.map((memberId) => ({
      ...{ id: `dispatch-of-${memberId}`, orderId: ORDER, memberId, device: deviceOf(memberId) },
      ...{ mode: 'commandable', state: 'done', detail: '', commandId: null, replaces: null, createdAt: 31 },
      ...{ changedAt: 32, schedule: [{ period, powerW: -2_000, movedW: 2_000 }] },
    })),
  )
  await keepSealedOffers(store, [
    {
      ...{ commitment: saltOf('c0', 0), requestId: 1, portfolioId: PORTFOLIO, drawnAt: 8, offerId: 1 },
      offer: { expiresAt: 2 ** 31, options: [], salt: saltOf('0f', 0) },
      backing: members.map(deviceOf),
    },
  ])
  for (const memberId of members) {
    const key = { productId: PRODUCT, memberId }
    await keepFinding(store, key, FINDING, 50)
    const accuracy = { days: 5, refusedDays: 1, periods: 20, error: 100n, squaredError: 12_000n, flow: 9_000n }
    await keepAccuracy(store, { ...key, version: 'high-5-of-10/1' }, accuracy, parseLocalDay('2026-01-09'))
  }
}

const FINDING: Finding = {
  ...{ kind: 'baseline-inflated', rule: 'repeated', conspicuousPairs: 9, pairs: 10, leastPairs: 8 },
  ...{ use: 5_000n, expected: 3_000n, thresholds: GUARD_THRESHOLDS },
  observations: [{ day: parseLocalDay('2026-01-09'), use: 5_000n, control: null, periods: [], comparedWith: [] }],
}

function orderedBy({ area, period, members, buyer = `0x${'d5'.repeat(20)}` }: Delivered): FlexChange[] {
  return [
    {
      ...{ kind: 'productDefined', id: PRODUCT, area, buyer, name: 'Relief' },
      ...{ purpose: 'power', level: 'cell', direction: 'consume-less', activationLeadSeconds: 900n },
      ...{ longestActivationSeconds: 7_200n, recoverySeconds: 0n, minimumSizeW: 500n, resolutionSeconds: 900 },
      ...{ availabilityPriceMicroEuroPerKwAndPeriod: 0n, utilisationPriceMicroEuroPerKwh: 0n },
      baseline: { name: 'meter-before-meter-after', periodsBefore: 4, periodsAfter: 4 },
      penalty: [{ abovePermille: 100, price: rate(100_000n) }],
    },
    {
      ...{ kind: 'portfolioOpened', id: PORTFOLIO, area, aggregator: AGGREGATOR, name: 'Pool' },
      ...{ feePermille: 100, split: 'by-delivery' },
    },
    ...members.map((memberId, logIndex): FlexChange => ({
      ...{ kind: 'memberJoined', blockNumber: 1, logIndex, portfolioId: PORTFOLIO, productId: PRODUCT, memberId },
      ...{ from: 1n, until: 2n ** 31n, consent: saltOf('cc', memberId) },
    })),
    {
      ...{ kind: 'requested', id: REQUEST, pointId: POINT, productId: PRODUCT, reservationId: null, supersedes: null },
      ...{ expiresAt: 15n, revealUntil: 25n, priceCapMicroEuroPerKwh: 1_000_000n, state: 'open', requestedAt: 9 },
      ...{ requestedTransaction: saltOf('f9', 0), firstPeriod: BigInt(period), lastPeriod: BigInt(period) },
      periods: [{ period, disposition: 'requested', minPower: signedW(-4_000n), maxPower: signedW(0n) }],
    },
    { kind: 'offerSealed', id: 1, commitment: saltOf('c0', 0), ...SEALED },
    {
      kind: 'offerOpened',
      id: 1,
      expiresAt: 2n ** 31n,
      salt: saltOf('0f', 0),
      openedAt: 20,
      options: [optionOf(period)],
    },
    {
      ...{ kind: 'ordered', id: ORDER, state: 'binding', isTest: false, portfolioId: PORTFOLIO, productId: PRODUCT },
      ...{ pointId: POINT, offerId: 1, reservationId: null, option: 0, factor: 100, priceMicroEuro: 300_000n },
      ...{ pledgeMicroEuro: 45_000n, reference: saltOf('fe', 0), orderedAt: 30, orderedTransaction: saltOf('fa', 0) },
      periods: [{ period, power: -4_000n }],
    },
  ]
}

const SEALED = { requestId: REQUEST, portfolioId: PORTFOLIO, state: 'sealed', sealedAt: 10 } as const

function optionOf(period: DeliveryPeriod) {
  return {
    ...{ price: flexPrice(300_000n), minActivationFactor: activationFactor(10) },
    periods: [{ period, power: signedW(-4_000n) }],
  }
}

function assetOf(memberId: number, place: number): DrawnAsset {
  return {
    ...{ memberId, baseline: signedWh(900n), realised: signedWh(500n), quality: 'metered', readingVersion: 0 },
    ...{ asked: energyWh(500n), attributed: 0n, before: energyWh(400n * BigInt(place)) },
    ...{ missingBefore: energyWh(100n * BigInt(place)), delivered: energyWh(400n) },
    ...{ revenue: money(108_000n), penalty: money(5_000n), source: sourceHashOf('0x00'), baselineSource: '0x00' },
    salt: saltOf('a5', memberId),
  }
}

function statementOf(memberId: number, period: DeliveryPeriod) {
  const day = tradingDayOf(period)
  const entries = Array.from({ length: 96 }, (_, position): FlexEntry => {
    const isCalled = firstPeriodOf(day) + position === period
    return {
      delivered: energyWh(isCalled ? 400n : 0n),
      revenue: money(isCalled ? 108_000n : 0n),
      penalty: money(isCalled ? 5_000n : 0n),
      correction: money(isCalled ? -40_000n : 0n),
      salt: saltOf('e7', memberId, position),
    }
  })
  const { root } = entryTreeOf(entries)
  const sums = { entriesRoot: root.hash, charges: money(root.a), credits: money(root.b) }
  const statement: FlexDayStatement = { memberId, day, ...sums, salt: saltOf('57', memberId) }
  return { statement, entries }
}
