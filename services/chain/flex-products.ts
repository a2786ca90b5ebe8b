import { FLEX_DIRECTIONS } from '../domain/flexibility/flex-direction.ts'
import { requirePenaltyRule, type PenaltyRule } from '../domain/flexibility/settlement/penalty-rule.ts'
import { LEVELS, PURPOSES, requireFlexProduct, type FlexProduct } from '../domain/flexibility/trading/product.ts'
import { money, powerW, rate } from '../domain/units.ts'
import { packBaseline, unpackBaseline } from './flex-baseline.ts'
import { readContract, type Ledger } from './ledger.ts'
import { packRecords, unpackRecords, type RecordLayout } from './packed-records.ts'
import type { Call } from './transactions.ts'

/** A product by its parameters, which has no id before it is defined. */
export type FlexProductTerms = Omit<FlexProduct, 'id'>

/** Who buys by a product, and under which role. */
export type FlexBuyer = { readonly address: string; readonly role: 'DSO' | 'TSO' }

/** A product as the contract writes it, in calls and in events. */
export type LedgerProductTerms = {
  readonly purpose: bigint
  readonly level: bigint
  readonly direction: bigint
  readonly activationLead: bigint
  readonly longestActivation: bigint
  readonly recovery: bigint
  readonly minimumSize: bigint
  readonly availabilityPrice: bigint
  readonly utilisationPrice: bigint
  readonly resolution: bigint
  readonly penalty: string
  readonly baseline: string
}

const PENALTY: RecordLayout<'abovePermille' | 'price'> = [
  ['abovePermille', 2, 'unsigned'],
  ['price', 4, 'unsigned'],
]

/** The bands of a penalty, 6 bytes each, 0x-hex: abovePermille 2, price 4. */
export function packPenalty(rule: PenaltyRule): string {
  return packRecords(
    PENALTY,
    rule.map(({ abovePermille, price }) => ({ abovePermille: BigInt(abovePermille), price })),
  )
}

/** Throws `packed-malformed` or `penalty-rule-invalid`. */
export function unpackPenalty(packed: string): PenaltyRule {
  return requirePenaltyRule(
    unpackRecords(PENALTY, packed).map(({ abovePermille, price }) => ({
      abovePermille: Number(abovePermille),
      price: rate(price),
    })),
  )
}

/** A product's parameters by the names of the contract's struct. */
export function encodeProductTerms(terms: FlexProductTerms): LedgerProductTerms {
  return {
    purpose: BigInt(PURPOSES.indexOf(terms.purpose)),
    level: BigInt(LEVELS.indexOf(terms.level)),
    direction: BigInt(FLEX_DIRECTIONS.indexOf(terms.direction)),
    activationLead: BigInt(terms.activationLeadSeconds),
    longestActivation: BigInt(terms.longestActivationSeconds),
    recovery: BigInt(terms.recoverySeconds),
    minimumSize: terms.minimumSize,
    availabilityPrice: terms.availabilityPrice,
    utilisationPrice: terms.utilisationPrice,
    resolution: BigInt(terms.resolutionSeconds),
    penalty: packPenalty(terms.penalty),
    baseline: packBaseline(terms.baseline),
  }
}

/** The product with this number, of what its event or the contract says. Throws what `requireFlexProduct` does. */
export function decodeProduct(productId: number, terms: LedgerProductTerms): FlexProduct {
  return requireFlexProduct({
    id: String(productId),
    purpose: PURPOSES[Number(terms.purpose)] ?? PURPOSES[0],
    level: LEVELS[Number(terms.level)] ?? LEVELS[0],
    direction: FLEX_DIRECTIONS[Number(terms.direction)] ?? FLEX_DIRECTIONS[0],
    activationLeadSeconds: Number(terms.activationLead),
    longestActivationSeconds: Number(terms.longestActivation),
    recoverySeconds: Number(terms.recovery),
    minimumSize: powerW(terms.minimumSize),
    availabilityPrice: money(terms.availabilityPrice),
    utilisationPrice: rate(terms.utilisationPrice),
    resolutionSeconds: Number(terms.resolution),
    penalty: unpackPenalty(terms.penalty),
    baseline: unpackBaseline(terms.baseline),
  })
}

/** By a DSO of the area, or a TSO for level system. The name is 1 to 64 bytes. */
export function defineProductCall(area: number, name: string, terms: FlexProductTerms): Call {
  return { contract: 'flexProducts', function: 'defineProduct', arguments: [area, name, encodeProductTerms(terms)] }
}

/** By whoever defined it: nothing new is requested or reserved by it. */
export function retireProductCall(productId: number): Call {
  return { contract: 'flexProducts', function: 'retireProduct', arguments: [productId] }
}

/** Throws `flex-products-unknown`. */
export async function readFlexProduct(ledger: Ledger, productId: number): Promise<FlexProduct> {
  const [terms] = (await readContract(ledger, 'flexProducts', 'productOf', productId)) as unknown as [
    LedgerProductTerms,
  ]
  return decodeProduct(productId, terms)
}

/** Throws `flex-products-unknown`. */
export async function readProductArea(ledger: Ledger, productId: number): Promise<number> {
  const [area] = await readContract(ledger, 'flexProducts', 'areaOf', productId)
  return Number(area)
}

/** Throws `flex-products-unknown`. */
export async function readFlexBuyer(ledger: Ledger, productId: number): Promise<FlexBuyer> {
  const answer = await readContract(ledger, 'flexProducts', 'buyerOf', productId)
  const [buyer, isTso] = answer as unknown as [string, boolean]
  return { address: buyer.toLowerCase(), role: isTso ? 'TSO' : 'DSO' }
}

/** Throws `flex-products-unknown`. */
export async function isProductRetired(ledger: Ledger, productId: number): Promise<boolean> {
  const [isRetired] = await readContract(ledger, 'flexProducts', 'isRetired', productId)
  return isRetired as boolean
}

/** Products are numbered from 1 to this. */
export async function readProductCount(ledger: Ledger): Promise<number> {
  const [count] = await readContract(ledger, 'flexProducts', 'productCount')
  return Number(count)
}
