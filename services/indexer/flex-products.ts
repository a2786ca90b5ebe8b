import { decodeProduct, type LedgerProductTerms } from '../chain/flex-products.ts'
import type { ProjectionBatch } from '../store/projections.ts'
import type { LedgerEvent } from './projection-batch.ts'

/** Products of flexibility. */
export function projectFlexProducts(batch: ProjectionBatch, { name, arguments: values }: LedgerEvent): void {
  const id = Number(values.productId)
  switch (name) {
    case 'ProductDefined': {
      const product = decodeProduct(id, values.product as unknown as LedgerProductTerms)
      batch.flexibility.push({
        kind: 'productDefined',
        id,
        area: Number(values.area),
        buyer: values.buyer as string,
        name: values.name as string,
        purpose: product.purpose,
        level: product.level,
        direction: product.direction,
        activationLeadSeconds: BigInt(product.activationLeadSeconds),
        longestActivationSeconds: BigInt(product.longestActivationSeconds),
        recoverySeconds: BigInt(product.recoverySeconds),
        minimumSizeW: product.minimumSize,
        availabilityPriceMicroEuroPerKwAndPeriod: product.availabilityPrice,
        utilisationPriceMicroEuroPerKwh: product.utilisationPrice,
        resolutionSeconds: product.resolutionSeconds,
        baseline: product.baseline,
        penalty: product.penalty,
      })
      break
    }
    case 'ProductRetired':
      batch.flexibility.push({ kind: 'productRetired', id })
      break
  }
}
