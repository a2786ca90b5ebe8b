import { DomainError } from '../domain/errors.ts'
import {
  accuracyOfBoth,
  biasOf,
  NO_TRIALS,
  rankedMethods,
  rrmseOf,
  type MethodAccuracy,
} from '../domain/flexibility/baseline/accuracy.ts'
import type { BaselineVersion } from '../domain/flexibility/baseline/baseline-method.ts'
import type { Store } from '../store/connect.ts'
import { readAssetTree } from '../store/flexibility/erased-leaves.ts'
import { listAccuracies, listFindings, type KeptAccuracy } from '../store/flexibility/guard-records.ts'
import { findFlexOrder, type PlacedOrder } from '../store/flexibility/orders.ts'
import { findPortfolio } from '../store/flexibility/portfolios.ts'
import { findFlexProduct, listFlexProducts, type DefinedProduct } from '../store/flexibility/products.ts'
import { readArea } from '../store/views/area.ts'
import type { Access } from './access/access.ts'
import { shownLeaf } from './flexibility-shown.ts'
import type { ApiDeps } from './server.ts'

/** A method that was tried on fewer days has no rank: as many as the baselines of similar days look at. */
const FEWEST_DAYS_RANKED = 10

type Oversight = Pick<ApiDeps, 'listFlexFindings' | 'listBaselineAccuracies' | 'readOrderLeaves'>

/** What the DSO sees of gaming and of how right baselines are, and what the parties to an order see of what was delivered. */
export function flexOversightOf(store: Store, access: Pick<Access, 'requirePerson'>): Oversight {
  const products = async () => {
    const defined = await listFlexProducts(store, (await readArea(store)).id)
    return defined.map(({ productId }) => productId)
  }
  return {
    listFlexFindings: async (limit) => ({ items: await listFindings(store, await products(), limit) }),
    async listBaselineAccuracies() {
      const kept = await listAccuracies(store, await products())
      const byProduct = Map.groupBy(kept, ({ productId }) => productId)
      return { items: Array.from(byProduct, ([productId, own]) => ({ productId, ...comparisonOf(own) })) }
    },
    async readOrderLeaves(request, orderId) {
      const { account } = await access.requirePerson(request)
      const order = await findFlexOrder(store, orderId)
      const defined = order === null ? null : await findFlexProduct(store, order.productId)
      if (order === null || defined === null) return null
      await requireParty(store, account, order, defined)
      const trees = await Promise.all(
        order.calls.map(({ period }) => readAssetTree(store, defined.product.direction, orderId, period)),
      )
      return { orderId, leaves: trees.flatMap(({ leaves, tree }) => leaves.map((leaf) => shownLeaf(leaf, tree))) }
    },
  }
}

/** Throws `flex-order-not-yours` for whoever neither ordered nor delivers. */
async function requireParty(
  store: Store,
  account: string,
  { orderId, portfolioId }: PlacedOrder,
  { buyer }: DefinedProduct,
): Promise<void> {
  if (buyer === account) return
  const portfolio = await findPortfolio(store, portfolioId)
  const id = portfolio?.aggregator
  const aggregator = id === undefined ? null : await store.client.member.findUnique({ where: { id } })
  if (aggregator?.account === account) return
  throw new DomainError('flex-order-not-yours', `leaves of order ${orderId} are shown to its buyer and its aggregator`)
}

function comparisonOf(kept: readonly KeptAccuracy[]) {
  const byVersion = Map.groupBy(kept, ({ version }) => version)
  const methods = Array.from(byVersion, ([version, own]): MethodAccuracy => ({
    version: version as BaselineVersion,
    accuracy: own.map(({ accuracy }) => accuracy).reduce(accuracyOfBoth, NO_TRIALS),
  }))
  return {
    methods: rankedMethods(methods, FEWEST_DAYS_RANKED),
    assets: kept.map(({ memberId, version, accuracy, lastDay }) => ({
      ...{ memberId, version, days: accuracy.days, refusedDays: accuracy.refusedDays },
      ...{ bias: biasOf(accuracy), rrmse: rrmseOf(accuracy), lastDay },
    })),
  }
}
