import { FLEX_DIRECTIONS } from '../../domain/flexibility/flex-direction.ts'
import { LEVELS, PURPOSES, type FlexProduct } from '../../domain/flexibility/trading/product.ts'
import { money, powerW, rate } from '../../domain/units.ts'
import type { Store } from '../connect.ts'
import type { FlexProduct as ProductRow } from '../generated/client.ts'
import { baselineOfJson, penaltyOfJson } from './written.ts'

/** A product as it was defined; its id is the ledger's number as text. */
export type DefinedProduct = {
  readonly productId: number
  readonly area: number
  readonly name: string
  /** Address, lower-case. */
  readonly buyer: string
  readonly isRetired: boolean
  readonly product: FlexProduct
}

/** The area's products, ascending. */
export async function listFlexProducts(store: Store, area: number): Promise<DefinedProduct[]> {
  const rows = await store.client.flexProduct.findMany({ where: { area }, orderBy: { id: 'asc' } })
  return rows.map(definedProductOf)
}

export async function findFlexProduct(store: Store, productId: number): Promise<DefinedProduct | null> {
  const row = await store.client.flexProduct.findUnique({ where: { id: productId } })
  return row === null ? null : definedProductOf(row)
}

function definedProductOf(row: ProductRow): DefinedProduct {
  return {
    productId: row.id,
    area: row.area,
    name: row.name,
    buyer: row.buyer,
    isRetired: row.isRetired,
    product: {
      id: String(row.id),
      purpose: PURPOSES.find((purpose) => purpose === row.purpose) ?? PURPOSES[0],
      level: LEVELS.find((level) => level === row.level) ?? LEVELS[0],
      direction: FLEX_DIRECTIONS.find((direction) => direction === row.direction) ?? FLEX_DIRECTIONS[0],
      activationLeadSeconds: Number(row.activationLeadSeconds),
      longestActivationSeconds: Number(row.longestActivationSeconds),
      recoverySeconds: Number(row.recoverySeconds),
      minimumSize: powerW(row.minimumSizeW),
      availabilityPrice: money(row.availabilityPriceMicroEuroPerKwAndPeriod),
      utilisationPrice: rate(row.utilisationPriceMicroEuroPerKwh),
      baseline: baselineOfJson(row.baseline),
      resolutionSeconds: row.resolutionSeconds,
      penalty: penaltyOfJson(row.penalty),
    },
  }
}
