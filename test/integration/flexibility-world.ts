import { connectCall, registerPointCall } from '../../services/chain/congestion-points.ts'
import { issueCredentials, issuanceTo, validityFromNow } from '../../services/chain/credentials.ts'
import { fundAccounts, registerMembers } from '../../services/chain/deploy.ts'
import {
  joinPortfolioCall,
  openPortfolioCall,
  prequalifyCall,
  requestPrequalificationCall,
} from '../../services/chain/flex-portfolios.ts'
import { defineProductCall, type FlexProductTerms } from '../../services/chain/flex-products.ts'
import type { FlexOfferDraft, FlexRequestDraft } from '../../services/chain/flex-requests.ts'
import { readLatestBlock } from '../../services/chain/ledger-clock.ts'
import { addressOfKey } from '../../services/chain/typed-data.ts'
import { activationFactor } from '../../services/domain/flexibility/trading/activation-factor.ts'
import { parseEntityAddress } from '../../services/domain/flexibility/trading/entity-address.ts'
import { flexPrice } from '../../services/domain/flexibility/trading/flex-price.ts'
import { money, powerW, rate, signedW, startOf } from '../../services/domain/units.ts'
import { actorOf, periodAfter, type Actor } from './indexer-world.ts'
import { accountKeyOf, AREA, HOUSEHOLDS, KEYS, type Market } from './ledger-fixture.ts'

export const AGGREGATOR = 8
/** The first of each kind on a new ledger. */
export const [POINT, PRODUCT, PORTFOLIO] = [1, 1, 1]
export const POINT_ADDRESS = parseEntityAddress('ea1.2026-01.example.dso:feeder-n')
export const PRODUCT_TERMS: FlexProductTerms = {
  purpose: 'power',
  level: 'cell',
  direction: 'consume-less',
  activationLeadSeconds: 600,
  longestActivationSeconds: 7_200,
  recoverySeconds: 0,
  minimumSize: powerW(400n),
  availabilityPrice: money(10_000n),
  utilisationPrice: rate(500_000n),
  baseline: {
    name: 'high-5-of-10',
    lookBackDays: 45,
    adjustment: { kind: 'additive', capPercent: 20, windowPeriods: 8, gapPeriods: 4 },
    fallback: { name: 'meter-before-meter-after', periodsBefore: 4, periodsAfter: 4 },
  },
  resolutionSeconds: 900,
  penalty: [
    { abovePermille: 100, price: rate(100_000n) },
    { abovePermille: 500, price: rate(300_000n) },
  ],
}

const AGGREGATOR_KEY = KEYS.receipts
const SALT = `0x${'5a'.repeat(32)}`

export type FlexActors = { readonly dso: Actor; readonly aggregator: Actor }

/** An aggregator with 100 euro, a feeder with every household behind it, and a portfolio of the first two, prequalified for 8 kW. */
export async function setUpFlexMarket(market: Market): Promise<FlexActors> {
  const { ledger } = market
  const account = addressOfKey(AGGREGATOR_KEY)
  const validity = await validityFromNow(ledger)
  await issueCredentials(ledger, KEYS.regulator, [issuanceTo(account, 'aggregator', AREA, validity)])
  const aggregator = { kind: 'aggregator' as const, account, tradingKey: null, meterKey: null, quantityLimitWh: 0n }
  await registerMembers(ledger, KEYS, AREA, [{ ...aggregator, connectionPoint: `0x${'00'.repeat(32)}` }])
  const bank = { settlementBankKey: KEYS.settlementBank }
  await fundAccounts(ledger, bank, [{ memberId: AGGREGATOR, amount: money(100_000_000n) }])

  const actors = { dso: actorOf(market, KEYS.dso), aggregator: actorOf(market, AGGREGATOR_KEY) }
  const capacity = { consumption: powerW(20_000n), feedIn: powerW(15_000n) }
  await actors.dso.send(registerPointCall(AREA, POINT_ADDRESS, capacity))
  const connections = HOUSEHOLDS.map((memberId) => ({
    connectionPoint: `0x${memberId.toString(16).padStart(64, '0')}`,
    effectPpm: 900_000,
  }))
  await actors.dso.send(connectCall(POINT, connections))
  await actors.dso.send(defineProductCall(AREA, 'Feeder relief', PRODUCT_TERMS))
  await actors.aggregator.send(openPortfolioCall(AREA, AGGREGATOR, 'Pool', { feePermille: 100, split: 'by-delivery' }))
  await prequalify(market, actors)
  return actors
}

async function prequalify(market: Market, { dso, aggregator }: FlexActors): Promise<void> {
  const until = (await readLatestBlock(market.ledger)).timestamp + 86_400 * 30
  for (const memberId of HOUSEHOLDS.slice(0, 2)) {
    const membership = { portfolioId: PORTFOLIO, productId: PRODUCT, memberId }
    await actorOf(market, accountKeyOf(memberId)).send(joinPortfolioCall(membership, until, SALT))
  }
  const key = { portfolioId: PORTFOLIO, productId: PRODUCT, pointId: POINT }
  await aggregator.send(requestPrequalificationCall(key, powerW(9_000n), SALT))
  await dso.send(prequalifyCall(key, { power: powerW(8_000n), effectPpm: 900_000, until }))
}

/** 4 kW less in the third period of the market and room for 3 kW more in the fourth, for at most 0.40 EUR per kWh. */
export function requestDraft(now: number): FlexRequestDraft {
  return {
    pointId: POINT,
    productId: PRODUCT,
    reservationId: null,
    supersedes: null,
    expiresAt: now + 600,
    revealUntil: now + 1_800,
    priceCap: rate(400_000n),
    periods: [
      { period: periodAfter(2), disposition: 'requested', minPower: signedW(-4_000n), maxPower: signedW(0n) },
      { period: periodAfter(3), disposition: 'available', minPower: signedW(-1_000n), maxPower: signedW(3_000n) },
    ],
  }
}

/** 4 kW less and then 1 kW more for 0.20 EUR, or 2 kW less for 0.12 EUR, in parts from a quarter on. */
export function offerDraft(): FlexOfferDraft {
  return {
    expiresAt: startOf(periodAfter(2)) - 600,
    options: [
      {
        price: flexPrice(200_000n),
        minActivationFactor: activationFactor(25),
        periods: [
          { period: periodAfter(2), power: signedW(-4_000n) },
          { period: periodAfter(3), power: signedW(1_000n) },
        ],
      },
      {
        price: flexPrice(120_000n),
        minActivationFactor: activationFactor(100),
        periods: [{ period: periodAfter(2), power: signedW(-2_000n) }],
      },
    ],
    salt: `0x${'77'.repeat(32)}`,
  }
}
