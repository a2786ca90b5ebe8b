import type { Call } from '../chain/transactions.ts'
import type { Ledger } from '../chain/ledger.ts'
import type { Finding } from '../domain/flexibility/gaming/finding.ts'
import type { PastActivation } from '../domain/flexibility/gaming/guarded-asset.ts'
import { localCalendarOf, type LocalDay } from '../domain/flexibility/baseline/local-calendar.ts'
import type { Accuracy } from '../domain/flexibility/baseline/accuracy.ts'
import type { PeriodFlow } from '../domain/flexibility/baseline/period-flow.ts'
import type { CalledPower, PointForecast } from '../domain/flexibility/forecast/point-forecast.ts'
import type { CapacityLimit } from '../domain/flexibility/trading/congestion-point.ts'
import { parseEntityAddress } from '../domain/flexibility/trading/entity-address.ts'
import { requireFlexProduct } from '../domain/flexibility/trading/product.ts'
import {
  deliveryPeriod,
  firstPeriodOf,
  money,
  powerW,
  rate,
  tradingDay,
  type DeliveryPeriod,
  type EnergyWh,
  type SignedWh,
} from '../domain/units.ts'
import type { FlexSelection } from '../store/flex-selections.ts'
import type { AnsweringOffer, MadeRequest, WaitingPortfolio } from './market.ts'
import type { Operation } from './operation.ts'
import type { ByAggregator } from './records.ts'
import type { RequestProposal } from '../store/flexibility/proposals.ts'
import { readGridSettings } from './settings.ts'

export const DAY = tradingDay(20_000)
export const period = (offset: number) => deliveryPeriod(firstPeriodOf(DAY) + offset)
export const ADDRESS = parseEntityAddress('ea1.2026-01.example.dso:feeder-1')
export const PRODUCT = requireFlexProduct({
  ...{ id: '1', purpose: 'power', level: 'cell', direction: 'consume-less' },
  ...{ activationLeadSeconds: 900, longestActivationSeconds: 21_600, recoverySeconds: 0, resolutionSeconds: 900 },
  ...{ minimumSize: powerW(100n), availabilityPrice: money(0n), utilisationPrice: rate(0n), penalty: [] },
  baseline: { name: 'nomination', gateClosureLeadSeconds: 0 },
})

/** A DSO with one congestion point for 10 kW, two homes behind it, and nothing but memory. */
export function operationForTest(environment: NodeJS.ProcessEnv = {}) {
  const state = {
    now: 0,
    readUntil: Infinity,
    named: new Map<number, ReadonlyMap<DeliveryPeriod, SignedWh>>(),
    flows: new Map<number, readonly PeriodFlow[]>(),
    calls: [] as CalledPower[],
    requests: [] as MadeRequest[],
    offers: [] as AnsweringOffer[],
    waiting: [] as WaitingPortfolio[],
    decisions: [] as Awaited<ReturnType<Operation['records']['listQueueDecisions']>>,
    /** Of the point; the homes behind it, with their effect. */
    limits: [] as CapacityLimit[],
    effectOf: new Map([
      [10, 1_000_000],
      [11, 1_000_000],
    ]),
    products: [PRODUCT],
    /** Ids of products for which a portfolio is prequalified at the point. */
    fitFor: ['1'],
    forecasts: [] as PointForecast[],
    proposals: [] as (RequestProposal & { state: 'proposed' | 'approved' | 'requested' | 'expired' })[],
    selections: new Map<number, FlexSelection>(),
    sent: [] as { readonly purpose: string; readonly call: Call }[],
    said: [] as unknown[],
    nominatedBy: new Map() as ByAggregator<SignedWh>,
    offeredBy: new Map() as ByAggregator<EnergyWh>,
    activations: new Map<number, readonly PastActivation[]>(),
    findings: [] as { readonly productId: number; readonly memberId: number; readonly finding: Finding }[],
    accuracies: new Map<string, { readonly accuracy: Accuracy; readonly lastDay: LocalDay }>(),
  }
  const operation: Operation = {
    ledger: {} as Ledger,
    clock: { now: () => state.now },
    sender: {
      async send(purpose, call) {
        state.sent.push({ purpose, call })
        return { hash: '0x', blockNumber: 1, gasUsed: 0n }
      },
    },
    market: {
      listPoints: async () => [
        {
          ...{ pointId: 1, area: 1, effectOf: state.effectOf },
          point: { address: ADDRESS, consumption: powerW(10_000n), feedIn: powerW(10_000n), limits: state.limits },
        },
      ],
      listProducts: async () => state.products,
      listProductsAt: async () => state.products.filter(({ id }) => state.fitFor.includes(id)),
      findProduct: async () => PRODUCT,
      listRequests: async () => state.requests,
      listOffers: async () => state.offers,
      listReserves: async () => [],
      findPrequalification: async () => ({
        ...{ state: 'prequalified', power: powerW(50_000n), effectPpm: 1_000_000, from: 0, until: Infinity },
      }),
      listWaiting: async () => state.waiting,
      listCalls: async (_, first, last) => state.calls.filter((call) => call.period >= first && call.period <= last),
      catchUp: async () => undefined,
      readUntil: async () => state.readUntil,
    },
    records: {
      readFlows: async () => state.flows,
      readConnectionCapacities: async () =>
        new Map([
          [10, powerW(17_000n)],
          [11, powerW(17_000n)],
        ]),
      readNamed: async () => state.named,
      keepForecast: async (_, __, forecasts) => {
        const known = new Set(state.forecasts.map((one) => one.period))
        state.forecasts.push(...forecasts.filter((one) => !known.has(one.period)))
      },
      readFirstForecasts: async (_, first, last) =>
        state.forecasts.filter((one) => one.period >= first && one.period <= last),
      addProposal: async (proposal, isApproved) => {
        state.proposals.push({ ...proposal, state: isApproved ? 'approved' : 'proposed' })
      },
      listApproved: async () => state.proposals.filter((one) => one.state === 'approved'),
      countOpenProposals: async (_, __, day) =>
        state.proposals.filter((one) => one.day === day && (one.state === 'approved' || one.state === 'proposed'))
          .length,
      noteRequested: async (id) => {
        state.proposals.find((one) => one.proposalId === id)!.state = 'requested'
      },
      noteExpired: async (id) => {
        state.proposals.find((one) => one.proposalId === id)!.state = 'expired'
      },
      listQueueDecisions: async () => state.decisions,
      readActivations: async () => state.activations,
      readNominatedBy: async () => state.nominatedBy,
      readOfferedBy: async () => state.offeredBy,
      keepFinding: async (productId, memberId, finding) => void state.findings.push({ productId, memberId, finding }),
      readAccuracy: async ({ memberId, version }) => state.accuracies.get(`${memberId} ${version}`) ?? null,
      keepAccuracy: async ({ memberId, version }, accuracy, lastDay) =>
        void state.accuracies.set(`${memberId} ${version}`, { accuracy, lastDay }),
      readSelection: async (requestId) => state.selections.get(requestId) ?? null,
      keepSelection: async (selection) => {
        state.selections.set(selection.requestId, selection)
      },
    },
    settings: readGridSettings(environment),
    calendar: localCalendarOf({
      ...{ timeZone: 'UTC', publicHolidays: [] },
      firstPeriod: deliveryPeriod(period(0) - 60 * 96),
      lastPeriod: deliveryPeriod(period(0) + 60 * 96),
    }),
    announce: { checked: (look) => state.said.push(look), ordered: (requestId) => state.said.push({ requestId }) },
    log: { info: () => undefined, warn: () => undefined, error: () => undefined } as unknown as Operation['log'],
  }
  return { operation, state }
}
