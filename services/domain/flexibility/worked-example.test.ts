import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { session } from '../settlement/session-for-test.ts'
import { statementsOf } from '../settlement/statement.ts'
import {
  deliveryPeriod,
  energyOver,
  energyWh,
  money,
  powerW,
  rate,
  signedW,
  signedWh,
  startOf,
  type Money,
} from '../units.ts'
import { candidateOfOffer, FULL_EFFECT_PPM } from './merit-order/candidate.ts'
import { meritOrderOf } from './merit-order/merit-order.ts'
import { splitByDelivery } from './pool/pool-split.ts'
import { proposeRequests } from './forecast/request-proposal.ts'
import { assetResponseOf, deliveredByAsset } from './settlement/delivery.ts'
import { flexStatementsOf } from './settlement/flex-statement.ts'
import { settleOrder } from './settlement/order-settlement.ts'
import { activationFactor } from './trading/activation-factor.ts'
import { parseEntityAddress } from './trading/entity-address.ts'
import type { FlexOffer } from './trading/flex-offer.ts'
import { orderedOf } from './trading/flex-order.ts'
import { requireFlexRequest, type FlexRequest } from './trading/flex-request.ts'
import { requireAnswer } from './trading/offer-rules.ts'
import { requireFlexProduct, type FlexProduct } from './trading/product.ts'

const document = readFileSync(new URL('../../../docs/flexibility.md', import.meta.url), 'utf8')

/** Each cell of a row, as the document has them; a row is found by what it starts with. */
const rows = document
  .split('\n')
  .filter((line) => line.startsWith('|'))
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
const euro = (amount: Money): string => (Number(amount) / 1_000_000).toFixed(6)

const POINT = parseEntityAddress('ea1.2026-01.example.dso:mill-lane')
const FIRST = deliveryPeriod(1_979_592)
const SECOND = deliveryPeriod(FIRST + 1)
const [SUPPLIER, DSO, AGGREGATOR] = [1, 2, 5]
const tariff = { ...session({}).tariff, retail: rate(300_000n), feedIn: rate(80_000n) }
const product: FlexProduct = requireFlexProduct({
  id: '1',
  purpose: 'power',
  level: 'cell',
  direction: 'consume-less',
  activationLeadSeconds: 900,
  longestActivationSeconds: 3_600,
  recoverySeconds: 0,
  minimumSize: powerW(500n),
  availabilityPrice: money(0n),
  utilisationPrice: rate(0n),
  baseline: { name: 'nomination', gateClosureLeadSeconds: 43_200 },
  resolutionSeconds: 900,
  penalty: [
    { abovePermille: 100, price: rate(400_000n) },
    { abovePermille: 500, price: rate(800_000n) },
  ],
})

const [proposal] = proposeRequests(
  { address: POINT, consumption: powerW(100_000n), feedIn: powerW(100_000n), limits: [] },
  [
    { period: FIRST, low: signedW(98_000n), high: signedW(105_950n) },
    { period: SECOND, low: signedW(96_500n), high: signedW(103_700n) },
  ],
  500n,
)
const expiresAt = startOf(FIRST) - 7_200
const request: FlexRequest = requireFlexRequest({
  id: '1',
  congestionPoint: POINT,
  product: product.id,
  contract: null,
  revision: 1,
  expiresAt,
  priceCap: rate(900_000n),
  periods: proposal!.periods,
})
const offerOf = (id: string, price: bigint, powers: readonly [bigint, bigint | null], least: number): FlexOffer => ({
  id,
  request: '1',
  congestionPoint: POINT,
  contract: null,
  portfolio: id,
  expiresAt: startOf(FIRST) - 1_800,
  options: [
    {
      reference: '0',
      price: money(price),
      minActivationFactor: activationFactor(least),
      periods: [FIRST, SECOND].flatMap((period, index) => {
        const power = powers[index] ?? null
        return power === null ? [] : [{ period, power: signedW(-power) }]
      }),
    },
  ],
})
const offers = [
  offerOf('1', 1_100_000n, [4_000n, 4_000n], 100),
  offerOf('2', 435_000n, [3_000n, null], 20),
  offerOf('3', 950_000n, [4_000n, null], 50),
]
const merit = meritOrderOf({
  request,
  product,
  candidates: offers.map((offer) => candidateOfOffer(offer, FULL_EFFECT_PPM)),
  seed: `0x${'7a'.repeat(32)}`,
})
const ordered = orderedOf(offers[0]!.options[0]!, activationFactor(100))

/** Of the portfolio's homes in the first of the two quarter-hours and in the second, in Wh. */
const homes = [
  { memberId: 11, asked: [500n, 500n], baseline: [600n, 550n], realised: [100n, 20n] },
  { memberId: 12, asked: [400n, 400n], baseline: [500n, 500n], realised: [120n, -80n] },
  { memberId: 13, asked: [100n, 100n], baseline: [300n, 320n], realised: [330n, 340n] },
]
const responsesIn = (index: number) =>
  homes.map(({ baseline, realised }) =>
    assetResponseOf('consume-less', {
      baseline: signedWh(baseline[index]!),
      reading: { flow: signedWh(realised[index]!), quality: 'metered' },
    }),
  )
const settled = settleOrder(
  {
    price: ordered.price,
    penalty: product.penalty,
    periods: ordered.periods.map(({ period, power }) => ({ period, ordered: energyOver(powerW(-power)) })),
  },
  [0, 1].map((index) => responsesIn(index).reduce((sum, response) => sum + response, 0n)),
)
const splits = settled.map((settlement, index) =>
  splitByDelivery(
    settlement,
    homes.map(({ memberId, asked }, place) => ({
      memberId,
      asked: energyWh(asked[index]!),
      response: responsesIn(index)[place]!,
    })),
    500,
  ),
)
const flex = settled.map((settlement, index) =>
  flexStatementsOf({
    ...{ period: settlement.period, dso: DSO, supplier: SUPPLIER, tariff, availability: [] },
    orders: [{ aggregator: AGGREGATOR, settlement }],
    deliveries: deliveredByAsset(settlement.delivered, responsesIn(index)).map((delivered, place) => ({
      memberId: homes[place]!.memberId,
      ...{ aggregator: AGGREGATOR, direction: 'consume-less' as const, delivered },
    })),
    statements: statementsOf(
      session({
        ...{ period: settlement.period, tariff },
        readings: homes.map(({ memberId, realised }) => ({
          memberId,
          quality: 'metered',
          import: energyWh(realised[index]! > 0n ? realised[index]! : 0n),
          export: energyWh(realised[index]! < 0n ? -realised[index]! : 0n),
        })),
      }),
    ),
  }),
)

/** What everybody pays of the two quarter-hours, by line; what it receives is negative. */
function paymentsOf(): { memberId: number; lines: readonly Money[] }[] {
  const members = [SUPPLIER, DSO, AGGREGATOR, ...homes.map(({ memberId }) => memberId)]
  return members.map((memberId) => {
    const own = flex.flatMap((statements) => statements.filter((statement) => statement.memberId === memberId))
    const sum = (of: (statement: (typeof own)[number]) => Money) =>
      money(own.reduce((total, statement) => total + of(statement), 0n))
    const shares = splits.flatMap(({ members: shared }) =>
      memberId === AGGREGATOR ? shared : shared.filter((share) => share.memberId === memberId),
    )
    const share = money(shares.reduce((total, { revenue, penalty }) => total + penalty - revenue, 0n))
    const lines = [
      sum(({ delivery }) => delivery),
      money(memberId === AGGREGATOR ? -share : share),
      sum(({ imbalanceCorrection }) => imbalanceCorrection),
      sum(({ compensation }) => compensation),
    ]
    return { memberId, lines: [...lines, money(lines.reduce((total, line) => total + line, 0n))] }
  })
}

describe('the example of docs/flexibility.md', () => {
  test('requests what the forecast exceeds the capacity by', () => {
    const needs = request.periods.map(({ period, minPower }) => [String(period), String(-minPower)])
    expect(rows).toContainEqual(['18:00', needs[0]![0], '105,950', '6,000'])
    expect(rows).toContainEqual(['18:15', needs[1]![0], '103,700', '4,000'])
    expect(needs.map(([, need]) => need)).toEqual(['6000', '4000'])
  })

  test('has offers that keep to the rules, and orders the cheapest of them that meet the need', () => {
    for (const offer of offers) {
      expect(() => requireAnswer(offer, { request, product, now: expiresAt - 60 })).not.toThrow()
    }
    expect(merit.unmet).toEqual([])
    expect(merit.chosen.map(({ id, activationFactor: factor, price }) => [id, factor, euro(price)])).toEqual([
      ['1', 100, '1.100000'],
      ['2', 67, '0.291400'],
    ])
    expect(rows).toContainEqual(['2', '0.67', '2,010', '0.291450', '0.2914'])
    expect(document).toContain(`${euro(merit.cost).slice(0, -2)} EUR`)
  })

  test.each([0, 1])('settles quarter-hour %i of the first order', (index) => {
    const { ordered: energy, delivered, deficiency, price, payment, penalty, netSettlement } = settled[index]!
    const response = responsesIn(index).reduce((sum, one) => sum + one, 0n)
    expect(rows).toContainEqual(
      [index === 0 ? '18:00' : '18:15', energy, response, delivered, deficiency]
        .map(String)
        .concat([price, payment, penalty, netSettlement].map(euro)),
    )
  })

  test.each([0, 1])('splits it among the homes in quarter-hour %i', (index) => {
    homes.forEach(({ memberId, asked, baseline, realised }, place) => {
      const { delivered, revenue, penalty } = splits[index]!.members[place]!
      expect(rows).toContainEqual(
        [index === 0 ? '18:00' : '18:15', memberId, asked[index], baseline[index], realised[index]]
          .concat([responsesIn(index)[place], delivered])
          .map(String)
          .concat([revenue, penalty].map(euro)),
      )
    })
  })

  test('has payments that are those of the document and sum to zero', () => {
    const payments = paymentsOf()
    for (const { memberId, lines } of payments) {
      const row = rows.find((cells) => cells.length === 6 && Number.parseInt(cells[0]!) === memberId)
      expect(row?.slice(1), `payments of member ${memberId}`).toEqual(lines.map(euro))
    }
    for (const line of payments[0]!.lines.keys()) {
      expect(payments.reduce((sum, { lines }) => sum + lines[line]!, 0n)).toBe(0n)
    }
  })
})
