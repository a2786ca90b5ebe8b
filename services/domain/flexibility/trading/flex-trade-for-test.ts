import { deliveryPeriod, money, powerW, rate, signedW, startOf } from '../../units.ts'
import { activationFactor } from './activation-factor.ts'
import { parseEntityAddress } from './entity-address.ts'
import type { FlexOffer, FlexOption } from './flex-offer.ts'
import { orderedOf, type FlexOrder } from './flex-order.ts'
import type { FlexRequest, RequestedPeriod } from './flex-request.ts'
import type { FlexProduct } from './product.ts'

export const FIRST = 1_979_472
export const CONGESTION_POINT = parseEntityAddress('ean.871234567890123456')
export const messageId = (number: number) => `00000000-0000-4000-8000-${number.toString().padStart(12, '0')}`
export const NOW = startOf(deliveryPeriod(FIRST)) - 7_200

/** Orders an hour ahead, for at most an hour, with a rest of half an hour. */
export const PRODUCT: FlexProduct = {
  id: 'congestion-local',
  purpose: 'transfer-capacity',
  level: 'cell',
  direction: 'consume-less',
  activationLeadSeconds: 3_600,
  longestActivationSeconds: 3_600,
  recoverySeconds: 1_800,
  minimumSize: powerW(1_000n),
  availabilityPrice: money(2_000n),
  utilisationPrice: rate(300_000n),
  baseline: {
    name: 'high-5-of-10',
    lookBackDays: 45,
    adjustment: { kind: 'additive', capPercent: 20, windowPeriods: 8, gapPeriods: 4 },
    fallback: { name: 'meter-before-meter-after', periodsBefore: 1, periodsAfter: 0 },
  },
  resolutionSeconds: 900,
  penalty: [{ abovePermille: 50, price: rate(400_000n) }],
}

export const requested = (offset: number, minPower: bigint, maxPower = 0n): RequestedPeriod => ({
  period: deliveryPeriod(FIRST + offset),
  disposition: 'requested',
  minPower: signedW(minPower),
  maxPower: signedW(maxPower),
})

export const available = (offset: number, minPower: bigint, maxPower: bigint): RequestedPeriod => ({
  ...requested(offset, minPower, maxPower),
  disposition: 'available',
})

/** 40 kW less in the first two quarter-hours, and room for 20 kW either way in the two after them. */
export const requestOf = (overrides: Partial<FlexRequest> = {}): FlexRequest => ({
  id: messageId(1),
  congestionPoint: CONGESTION_POINT,
  product: PRODUCT.id,
  contract: null,
  revision: 1,
  expiresAt: NOW + 1_800,
  priceCap: rate(500_000n),
  periods: [
    requested(0, -40_000n),
    requested(1, -40_000n),
    available(2, -20_000n, 20_000n),
    available(3, -20_000n, 20_000n),
  ],
  ...overrides,
})

export const optionOfPowers = (
  powers: Readonly<Record<number, bigint>>,
  overrides: Partial<FlexOption> = {},
): FlexOption => ({
  reference: 'A',
  price: money(1_000_000n),
  minActivationFactor: activationFactor(50),
  periods: Object.entries(powers).map(([offset, power]) => ({
    period: deliveryPeriod(FIRST + Number(offset)),
    power: signedW(power),
  })),
  ...overrides,
})

/** 10 kW less, 6 kW of which return an hour later. */
export const offerOf = (overrides: Partial<FlexOffer> = {}): FlexOffer => ({
  id: messageId(2),
  request: messageId(1),
  congestionPoint: CONGESTION_POINT,
  contract: null,
  portfolio: 'pool-7',
  expiresAt: NOW + 3_600,
  options: [optionOfPowers({ 0: -10_000n, 1: -10_000n, 2: 6_000n })],
  ...overrides,
})

export const orderOf = (offer: FlexOffer, hundredths: number, overrides: Partial<FlexOrder> = {}): FlexOrder => ({
  id: messageId(3),
  offer: offer.id,
  contract: offer.contract,
  option: null,
  reference: 'order-1',
  ...orderedOf(offer.options[0]!, activationFactor(hundredths)),
  ...overrides,
})
