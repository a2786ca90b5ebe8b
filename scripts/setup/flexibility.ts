import type { FlexProduct } from '../../services/domain/flexibility/trading/product.ts'
import type { Capacity } from '../../services/domain/flexibility/trading/congestion-point.ts'
import type { EntityAddress } from '../../services/domain/flexibility/trading/entity-address.ts'
import type { PowerW } from '../../services/domain/units.ts'

/** How revenue and penalty are split among the members of a portfolio. */
export type SplitRule = 'by-delivery' | 'shapley'

/** A feeder whose transformer can be overloaded, a product to relieve it, and homes that an aggregator has pooled. */
export type FlexibilityPlan = {
  /** All homes of the area lie behind it, each with its whole effect. */
  readonly point: Capacity & { readonly address: EntityAddress }
  readonly product: Omit<FlexProduct, 'id'> & { readonly name: string }
  readonly portfolio: {
    readonly name: string
    readonly feePermille: number
    readonly split: SplitRule
    /** Names of the homes whose people consent. */
    readonly members: readonly string[]
    /** What the DSO has found that they can do together. */
    readonly power: PowerW
  }
}
