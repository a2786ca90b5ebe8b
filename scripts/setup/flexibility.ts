import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { connectCall, readPointCount, registerPointCall } from '../../services/chain/congestion-points.ts'
import {
  joinPortfolioCall,
  openPortfolioCall,
  prequalifyCall,
  readPortfolioCount,
  requestPrequalificationCall,
  type PortfolioTerms,
} from '../../services/chain/flex-portfolios.ts'
import { defineProductCall, readProductCount, type FlexProductTerms } from '../../services/chain/flex-products.ts'
import { readLatestBlock } from '../../services/chain/ledger-clock.ts'
import type { Ledger } from '../../services/chain/ledger.ts'
import { sendSetUpCalls } from '../../services/chain/set-up-transactions.ts'
import type { Call } from '../../services/chain/transactions.ts'
import { consentDigestOf, type FlexConsent } from '../../services/domain/flexibility/conflict/flex-consent.ts'
import { FULL_EFFECT_PPM } from '../../services/domain/flexibility/merit-order/candidate.ts'
import type { Capacity } from '../../services/domain/flexibility/trading/congestion-point.ts'
import type { EntityAddress } from '../../services/domain/flexibility/trading/entity-address.ts'
import { SECONDS_PER_DAY, type PowerW } from '../../services/domain/units.ts'
import type { HeldConsent } from '../../services/runtime/flex-consents.ts'
import type { KeySource } from './keys.ts'

/** A feeder whose transformer can be overloaded, a product to relieve it, and homes that an aggregator has pooled. */
export type FlexibilityPlan = {
  /** All homes of the area lie behind it, each with its whole effect. */
  readonly point: Capacity & { readonly address: EntityAddress }
  readonly product: FlexProductTerms & { readonly name: string }
  readonly portfolio: PortfolioTerms & {
    readonly name: string
    /** Of the homes whose people consent, by their names. */
    readonly members: readonly (Pick<FlexConsent, 'mode' | 'ask'> & { readonly name: string })[]
    /** What the DSO has found that they can do together. */
    readonly power: PowerW
  }
}

/** A home behind the feeder, with the key that acts for it. */
export type FeederHome = {
  readonly name: string
  readonly memberId: number
  /** Salted commitment, as its member's registration has it. */
  readonly connectionPoint: string
  readonly tradingKey: string
}

type Keys = Readonly<Record<'grid-operator' | 'aggregator', string>>
type Feeder = {
  readonly area: number
  readonly aggregator: number
  readonly homes: readonly FeederHome[]
  readonly keySource: KeySource
}

/** Consents and prequalifications are for at most a year. */
const VALIDITY_DAYS = 360
const CONNECTIONS_PER_TRANSACTION = 200

/**
 * Registers the feeder's congestion point with all homes behind it, defines the product, opens the portfolio, has the
 * people consent and the DSO prequalify. Resolves to the consents, which are the aggregator's to keep.
 */
export async function setUpFlexibility(
  ledger: Ledger,
  keys: Keys,
  plan: FlexibilityPlan,
  feeder: Feeder,
): Promise<readonly HeldConsent[]> {
  const { area, homes, aggregator } = feeder
  const { point, product, portfolio } = plan
  const send = (key: string, calls: readonly Call[]) => sendCalls(ledger, key, calls)

  await send(keys['grid-operator'], [
    registerPointCall(area, point.address, point),
    defineProductCall(area, product.name, product),
  ])
  await send(keys.aggregator, [openPortfolioCall(area, aggregator, portfolio.name, portfolio)])
  const [pointId, productId, portfolioId] = await Promise.all([
    readPointCount(ledger),
    readProductCount(ledger),
    readPortfolioCount(ledger),
  ])
  const connections = homes.map(({ connectionPoint }) => ({ connectionPoint, effectPpm: FULL_EFFECT_PPM }))
  await send(
    keys['grid-operator'],
    chunksOf(connections, CONNECTIONS_PER_TRANSACTION).map((some) => connectCall(pointId, some)),
  )

  const { timestamp } = await readLatestBlock(ledger)
  const until = timestamp + VALIDITY_DAYS * SECONDS_PER_DAY
  const consents = await consentAll(ledger, plan, feeder, { portfolioId, productId, until })
  const key = { portfolioId, productId, pointId }
  await send(keys.aggregator, [requestPrequalificationCall(key, portfolio.power, evidenceOf(consents))])
  await send(keys['grid-operator'], [
    prequalifyCall(key, { power: portfolio.power, effectPpm: FULL_EFFECT_PPM, until }),
  ])
  return consents
}

async function consentAll(
  ledger: Ledger,
  { portfolio }: FlexibilityPlan,
  { homes, keySource }: Feeder,
  terms: Pick<FlexConsent, 'portfolioId' | 'productId' | 'until'>,
): Promise<HeldConsent[]> {
  const homeOf = new Map(homes.map((home) => [home.name, home]))
  const held: HeldConsent[] = []
  // One after the other, so that the same neighbourhood makes the same ledger every time.
  for (const { name, mode, ask } of portfolio.members) {
    const home = homeOf.get(name)
    if (home === undefined) throw new Error(`there is no home ${name} that could consent`)
    const consent: FlexConsent = { memberId: home.memberId, ...terms, mode, devices: null, ask }
    const salt = keySource(`flexibility consent:${name}`)
    const join = joinPortfolioCall({ ...terms, memberId: home.memberId }, terms.until, consentDigestOf(consent, salt))
    await sendCalls(ledger, home.tradingKey, [join])
    held.push({ ...consent, salt })
  }
  return held
}

/** Of what the aggregator shows the DSO: the consents that it holds. */
function evidenceOf(consents: readonly HeldConsent[]): string {
  const digests = consents.map((consent) => consentDigestOf(consent, consent.salt))
  return `0x${bytesToHex(keccak_256(utf8ToBytes(digests.join(''))))}`
}

async function sendCalls(ledger: Ledger, key: string, calls: readonly Call[]): Promise<void> {
  await sendSetUpCalls(
    ledger.provider,
    key,
    calls.map(({ contract, function: name, arguments: values }) => ({
      to: ledger.addresses[contract],
      data: ledger.contracts[contract].interface.encodeFunctionData(name, values),
    })),
  )
}

function chunksOf<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  )
}
