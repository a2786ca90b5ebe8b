import type { Call } from '../chain/transactions.ts'
import type { CommandState } from '../domain/devices/command-life.ts'
import type { DeviceLimits } from '../domain/devices/device-limits.ts'
import type { KnownDevice } from '../domain/devices/device.ts'
import { DomainError } from '../domain/errors.ts'
import { requireFlexProduct } from '../domain/flexibility/trading/product.ts'
import {
  deliveryPeriod,
  firstPeriodOf,
  money,
  powerW,
  rate,
  signedW,
  signedWh,
  tradingDay,
  type SignedWh,
} from '../domain/units.ts'
import type { NominatedBaseline } from '../domain/flexibility/baseline/nomination-tree.ts'
import type { HeldConsent } from '../runtime/flex-consents.ts'
import type { OfferedDevice } from '../runtime/home-flexibility.ts'
import type { FlexDispatch } from '../store/flexibility/dispatches.ts'
import type { SealedOffer } from '../store/flexibility/sealed-offers.ts'
import type { ActivationWish } from './command-desk.ts'
import type { AnsweredRequest, OfferOnLedger, OwnOrder } from './market.ts'
import type { Operation } from './operation.ts'
import { readAggregatorSettings } from './settings.ts'

export const DAY = tradingDay(20_000)
export const period = (offset: number) => deliveryPeriod(firstPeriodOf(DAY) + offset)
export const addressOf = (number: number) => `0x${number.toString(16).padStart(40, '0')}`
export const PRODUCT = requireFlexProduct({
  ...{ id: '1', purpose: 'power', level: 'cell', direction: 'consume-less' },
  ...{ activationLeadSeconds: 900, longestActivationSeconds: 21_600, recoverySeconds: 0, resolutionSeconds: 900 },
  ...{ minimumSize: powerW(100n), availabilityPrice: money(0n), utilisationPrice: rate(0n), penalty: [] },
  baseline: { name: 'nomination', gateClosureLeadSeconds: 43_200 },
})

/** A full battery of 2 kWh and 4 kW that plans nothing. */
export const battery = (memberId: number): OfferedDevice => ({
  ...{ device: addressOf(memberId), memberId, firstPeriod: period(0), ask: rate(50_000n) },
  planW: Array.from({ length: 96 }, () => 0),
  leastW: Array.from({ length: 96 }, () => -4_000),
  mostW: Array.from({ length: 96 }, () => 4_000),
  ...{ storedWh: 2_000, efficiencyPermille: 1_000 },
  leastStoredWh: Array.from({ length: 96 }, () => 0),
  mostStoredWh: Array.from({ length: 96 }, () => 2_000),
})

/** 4 kW less in two quarter-hours, to be offered within an hour, and room everywhere. */
export const request = (overrides: Partial<AnsweredRequest> = {}): AnsweredRequest => ({
  ...{ requestId: 1, pointId: 1, productId: 1, product: PRODUCT, isOpen: true },
  ...{ expiresAt: period(44) * 900, revealUntil: period(45) * 900, priceCap: rate(2_000_000n) },
  periods: [72, 73].map((offset) => ({
    ...{ period: period(offset), disposition: 'requested' as const },
    ...{ minPower: signedW(-4_000n), maxPower: signedW(0n) },
  })),
  ...overrides,
})

/** Of 4 kW in the two quarter-hours. */
export const order = (overrides: Partial<OwnOrder> = {}): OwnOrder => ({
  ...{ orderId: 5, portfolioId: 1, productId: 1, pointId: 1, product: PRODUCT, isBinding: true },
  orderedAt: period(46) * 900,
  periods: [72, 73].map((offset) => ({
    ...{ period: period(offset), power: signedW(-4_000n), served: powerW(4_000n) },
  })),
  lastPeriod: period(73),
  ...overrides,
})

/** An aggregator with a portfolio of three homes, each with a battery, and nothing but memory. */
export function operationForTest() {
  const members = [1, 2, 3]
  const state = {
    now: period(40) * 900,
    nowMs: 0,
    requests: [] as AnsweredRequest[],
    offers: [] as OfferOnLedger[],
    orders: [] as OwnOrder[],
    sealed: [] as SealedOffer[],
    dispatches: [] as FlexDispatch[],
    nominated: [] as NominatedBaseline[],
    hasNominated: false,
    sent: [] as { readonly purpose: string; readonly call: Call }[],
    refusesCall: null as DomainError | null,
    told: [] as ActivationWish[],
    refusals: new Map<string, string>(),
    outcomes: new Map<string, { state: CommandState; detail: string }>(),
    devices: new Map(members.map((member) => [addressOf(member), knownOf(member)])),
    limits: new Map(members.map((member) => [addressOf(member), LIMITS])),
    ownerCommandedAt: new Map<string, number>(),
    homes: new Map(members.map((member) => [member, [battery(member)] as OfferedDevice[]])),
    consents: members.map(consentOf),
    expected: new Map(members.map((member) => [member, signedWh(250n) as SignedWh | null | undefined])),
    prequalifiedW: 12_000n,
    said: [] as unknown[],
    signals: [] as { readonly memberId: number; readonly message: object | null }[],
  }
  let salts = 0
  const operation: Operation = {
    clock: { now: () => state.now },
    nowMs: () => state.nowMs,
    sender: {
      async send(purpose, call) {
        if (state.refusesCall !== null) throw state.refusesCall
        state.sent.push({ purpose, call })
        return { hash: '0x', blockNumber: 1, gasUsed: 0n }
      },
    },
    market: {
      listPortfolios: async () => [{ portfolioId: 1, area: 1, feePermille: 500, split: 'by-delivery' }],
      listRequests: async () => state.requests,
      listOffers: async () => state.offers,
      listOrders: async () => state.orders,
      findPrequalification: async () => ({
        ...{ state: 'prequalified', power: powerW(state.prequalifiedW), effectPpm: 1_000_000, from: 0, until: 2 ** 40 },
      }),
      listMembers: async () => members,
      listProducts: async () => [{ productId: 1, product: PRODUCT }],
      listPastDeliveries: async () => new Map(),
      hasNominated: async () => state.hasNominated,
    },
    records: {
      keepSealed: async (offers) => void state.sealed.push(...offers),
      listSealed: async () => state.sealed,
      async noteOfferId(commitment, offerId) {
        state.sealed = state.sealed.map((one) => (one.commitment === commitment ? { ...one, offerId } : one))
      },
      keepDispatches: async (dispatches) => void state.dispatches.push(...dispatches),
      listDispatches: async () => state.dispatches,
      async changeDispatch(id, { state: to, detail, commandId, changedAt }) {
        state.dispatches = state.dispatches.map((one) =>
          one.id === id ? { ...one, state: to, detail, commandId, changedAt } : one,
        )
      },
      countCalls: async () => new Map(),
      keepNominated: async (_, baselines) => void (state.nominated = [...baselines]),
      listNominated: async () => state.nominated,
    },
    desk: {
      async readDevice(address) {
        const device = state.devices.get(address)
        return device === undefined ? null : { device, limits: state.limits.get(address)! }
      },
      hasOwnerCommanded: async (device, _, since) => (state.ownerCommandedAt.get(device) ?? -1) >= since,
      async send(wish) {
        const code = state.refusals.get(wish.device)
        if (code !== undefined) throw new DomainError(code, 'refused')
        if (!state.told.some(({ id }) => id === wish.id)) state.told.push(wish)
      },
      stateOf: async (commandId) => state.outcomes.get(commandId) ?? { state: 'sent', detail: '' },
    },
    homes: { devicesOf: (memberId) => state.homes.get(memberId) ?? [] },
    expectedOf: (memberId) => state.expected.get(memberId),
    consents: state.consents,
    readCompensation: async () => rate(100_000n),
    settings: readAggregatorSettings(900, {}),
    drawSalt: () => `0x${String((salts += 1)).padStart(64, '0')}`,
    saltOf: (purpose) => `0x${Buffer.from(purpose).toString('hex').padStart(64, '0').slice(-64)}`,
    announce: {
      sealed: (requestId) => void state.said.push({ sealed: requestId }),
      opened: (requestId) => void state.said.push({ opened: requestId }),
      dispatched: (orderIds, deliveryPeriod) => void state.said.push({ dispatched: orderIds, deliveryPeriod }),
      nominated: (day) => void state.said.push({ nominated: day }),
    },
    signal: (memberId, message) => void state.signals.push({ memberId, message }),
    log: { info: () => undefined, warn: () => undefined, error: () => undefined, debug: () => undefined },
  }
  return { operation, state }
}

const LIMITS: DeviceLimits = {
  ...{ mostChargeW: 4_000, mostDischargeW: 4_000, leastStateOfCharge: 0, mostStateOfCharge: 1_000 },
  ...{ sources: ['owner', 'aggregator'], isPaused: false },
}

function knownOf(memberId: number): KnownDevice {
  return {
    ...{ address: addressOf(memberId), kind: 'battery', area: 1, memberId, protocol: 'mqtt', endpoint: null },
    ...{ isSigning: false, ratedPowerW: 4_000, capabilities: ['set-point', 'switch', 'schedule'] },
  }
}

function consentOf(memberId: number): HeldConsent {
  return {
    ...{ memberId, portfolioId: 1, productId: 1, until: 2 ** 40, mode: 'commandable', devices: null },
    ...{ ask: rate(50_000n), salt: `0x${'00'.repeat(32)}` },
  }
}
