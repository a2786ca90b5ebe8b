import { OPPOSED } from '../domain/flexibility/settlement/flex-leaves.ts'
import { siblingsOf, type MerkleSumTree } from '../domain/metering/merkle-sum-tree.ts'
import type { FlexSelection } from '../store/flex-selections.ts'
import type { PlacedAsset } from '../store/flexibility/flex-leaves.ts'
import type { RequestedPeriod } from '../domain/flexibility/trading/flex-request.ts'
import type { DeliveryPeriod, EnergyWh, SignedW } from '../domain/units.ts'
import type { PlacedOrder } from '../store/flexibility/orders.ts'
import type { MemberConsent, OpenedPortfolio, QueuedPortfolio } from '../store/flexibility/portfolios.ts'
import type { DefinedProduct } from '../store/flexibility/products.ts'
import type { CommittedFlexRun, SettledCall } from '../store/flexibility/settlements.ts'

/** Whether a day is settled, and how far. */
export type RunState = CommittedFlexRun['state'] | 'open'

type SettledPeriod = {
  readonly deliveryPeriod: DeliveryPeriod
  readonly powerW: SignedW
  readonly orderedWh: EnergyWh
  readonly servedWh: EnergyWh
  readonly settlement: SettledCall | null
}

export function shownProduct({ productId, name, buyer, isRetired, product }: DefinedProduct) {
  const { purpose, level, direction, activationLeadSeconds, longestActivationSeconds, recoverySeconds } = product
  return {
    ...{ productId, name, buyer, isRetired, purpose, level, direction },
    ...{ activationLeadSeconds, longestActivationSeconds, recoverySeconds },
    minimumSizeW: product.minimumSize,
    availabilityPriceMicroEuro: product.availabilityPrice,
    utilisationPriceMicroEuroPerKwh: product.utilisationPrice,
    resolutionSeconds: product.resolutionSeconds,
    baseline: { ...product.baseline },
    penalty: product.penalty.map(({ abovePermille, price }) => ({ abovePermille, priceMicroEuroPerKwh: price })),
  }
}

export function shownPeriods(periods: readonly RequestedPeriod[]) {
  return periods.map(({ period, disposition, minPower, maxPower }) => ({
    ...{ deliveryPeriod: period, disposition, minPowerW: minPower, maxPowerW: maxPower },
  }))
}

export function shownConsent({ portfolioId, productId, from, until, consent }: MemberConsent) {
  return { portfolioId, productId, from, until, consent }
}

export function shownPortfolio({ portfolioId, aggregator, name, feePermille, split }: OpenedPortfolio) {
  return { portfolioId, aggregator, name, feePermille, split }
}

export function shownQueued(queued: QueuedPortfolio) {
  const { portfolioId, productId, pointId, state, asked, askedAt, evidence, prequalification, reason } = queued
  return {
    ...{ portfolioId, productId, pointId, state, askedW: asked, askedAt, evidence, reason },
    powerW: prequalification?.power ?? 0n,
    until: prequalification?.until ?? null,
  }
}

/** With both nets of a period: what is settled, and what USEF's message has. */
export function shownOrder(placed: PlacedOrder, run: RunState, periods: readonly SettledPeriod[]) {
  const { orderId, state, isTest, portfolioId, productId, pointId, offerId, reservationId } = placed
  const { option, activationFactor, price } = placed.order
  return {
    ...{ orderId, state, isTest, portfolioId, productId, pointId, offerId, reservationId, run },
    option: option === null ? null : Number(option),
    activationFactorHundredths: activationFactor,
    priceMicroEuro: price,
    pledgeMicroEuro: placed.pledge,
    orderedAt: placed.orderedAt,
    orderedTransaction: placed.orderedTransaction,
    periods: periods.map(({ settlement, ...period }) => ({ ...period, settlement: shownSettlement(settlement) })),
  }
}

function shownSettlement(settled: SettledCall | null) {
  if (settled === null) return null
  return {
    deliveredWh: settled.delivered,
    deficiencyWh: settled.deficiency,
    priceMicroEuro: settled.price,
    paymentMicroEuro: settled.payment,
    penaltyMicroEuro: settled.penalty,
    netMicroEuro: settled.payment - settled.penalty,
    fullPriceMicroEuro: settled.price - settled.penalty,
  }
}

/** A leaf with its proof against the root of its tree. */
export function shownLeaf(asset: PlacedAsset, tree: MerkleSumTree) {
  const { orderId, period, position, salt } = asset
  return {
    ...{ orderId, deliveryPeriod: period, position, siblings: siblingsOf(tree, position), salt },
    assetsRoot: tree.root.hash,
    baselineWh: asset.baseline,
    realisedWh: asset.realised,
    quality: asset.quality,
    readingVersion: asset.readingVersion,
    askedWh: asset.asked,
    attributedWh: asset.attributed === OPPOSED ? null : asset.attributed,
    beforeWh: asset.before,
    missingBeforeWh: asset.missingBefore,
    deliveredWh: asset.delivered,
    revenueMicroEuro: asset.revenue,
    penaltyMicroEuro: asset.penalty,
    source: asset.baselineSource,
  }
}

export function shownSelection({ round, chosenAt, cost, gap, isDone, ...selection }: FlexSelection) {
  return {
    ...{ round, chosenAt, isDone, costMicroEuro: cost, leastCostMicroEuro: cost - gap },
    planned: selection.planned.map(({ kind, id, option, activationFactor, price }) => ({
      ...{ kind, id, option, activationFactorHundredths: activationFactor, priceMicroEuro: price },
    })),
    orders: selection.orders.map(({ orderId }) => orderId),
    passedOver: selection.passedOver.map(({ id, option, code }) => ({ id, option, code })),
    refused: selection.refused.map(({ kind, id, code }) => ({ kind, id, code })),
    unmet: selection.unmet.map(({ period, power }) => ({ deliveryPeriod: period, powerW: power })),
  }
}
