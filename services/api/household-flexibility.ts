import { entryTreeOf, type FlexEntry } from '../domain/flexibility/settlement/flex-leaves.ts'
import { siblingsOf } from '../domain/metering/merkle-sum-tree.ts'
import { deliveryPeriod, firstPeriodOf, lastPeriodOf, tradingDay, type TradingDay } from '../domain/units.ts'
import type { Store } from '../store/connect.ts'
import { listDispatchesOfMembers } from '../store/flexibility/dispatches.ts'
import { readAssetTree, readFlexStatementTree, statementIn } from '../store/flexibility/erased-leaves.ts'
import { assetsOfMembers, listFlexDaysOf, readFlexEntries, type PlacedAsset } from '../store/flexibility/flex-leaves.ts'
import { findFlexOrder } from '../store/flexibility/orders.ts'
import { consentsOfMembers } from '../store/flexibility/portfolios.ts'
import { findFlexProduct } from '../store/flexibility/products.ts'
import { findFlexRun } from '../store/flexibility/settlements.ts'
import { readArea } from '../store/views/area.ts'
import { shownConsent, shownLeaf } from './flexibility-shown.ts'
import type { ApiDeps } from './server.ts'

const DISPATCHES_SHOWN = 200
const DAYS_SHOWN = 60

/** What a member has consented to, what was asked of it, and what it earned, with the proofs that a challenge needs. */
export function householdFlexibilityOf(
  store: Store,
): Pick<ApiDeps, 'readHouseholdFlexibility' | 'readHouseholdFlexDay'> {
  return {
    async readHouseholdFlexibility(memberId) {
      const [consents, dispatches, days] = await Promise.all([
        consentsOfMembers(store, [memberId]),
        listDispatchesOfMembers(store, [memberId], DISPATCHES_SHOWN),
        listFlexDaysOf(store, memberId, DAYS_SHOWN),
      ])
      return {
        memberId,
        memberships: consents.map(shownConsent),
        dispatches: dispatches.map(({ orderId, device, mode, state, detail, schedule, createdAt }) => ({
          ...{ orderId, device, mode, state, detail, createdAt },
          periods: schedule.map(({ period, powerW, movedW }) => ({
            ...{ deliveryPeriod: deliveryPeriod(period), setPointW: powerW, movedW },
          })),
        })),
        days: days.map(({ day, run, delivered, charges, credits }) => ({
          ...{ day, run, deliveredWh: delivered, chargesMicroEuro: charges, creditsMicroEuro: credits },
        })),
      }
    },
    async readHouseholdFlexDay(memberId, number) {
      const { id: area } = await readArea(store)
      const day = tradingDay(number)
      const statements = await readFlexStatementTree(store, { area, day })
      const own = statementIn(statements, memberId)
      if (own === null) return null
      const { tree } = statements
      const { position, statement } = own
      const [entries, assets, run] = await Promise.all([
        readFlexEntries(store, { area, day }, memberId),
        assetsOfMembers(store, [memberId], firstPeriodOf(day), lastPeriodOf(day)),
        findFlexRun(store, area, day),
      ])
      return {
        ...{ memberId, day, run: run?.state ?? ('open' as const), root: tree.root.hash },
        statement: {
          ...{ position, siblings: siblingsOf(tree, position), salt: statement.salt },
          entriesRoot: statement.entriesRoot,
          chargesMicroEuro: statement.charges,
          creditsMicroEuro: statement.credits,
        },
        entries: shownEntries(day, entries),
        assets: (await Promise.all(assets.map((asset) => shownAsset(store, asset)))).flat(),
      }
    },
  }
}

function shownEntries(day: TradingDay, entries: readonly FlexEntry[]) {
  const tree = entryTreeOf(entries)
  return entries.flatMap(({ delivered, revenue, penalty, correction, salt }, position) => {
    if (delivered === 0n && revenue === 0n && penalty === 0n && correction === 0n) return []
    return {
      deliveryPeriod: deliveryPeriod(firstPeriodOf(day) + position),
      ...{ position, siblings: siblingsOf(tree, position), salt },
      deliveredWh: delivered,
      revenueMicroEuro: revenue,
      penaltyMicroEuro: penalty,
      correctionMicroEuro: correction,
    }
  })
}

async function shownAsset(store: Store, asset: PlacedAsset) {
  const order = await findFlexOrder(store, asset.orderId)
  const defined = order === null ? null : await findFlexProduct(store, order.productId)
  if (defined === null) return []
  const { tree } = await readAssetTree(store, defined.product.direction, asset.orderId, asset.period)
  return [shownLeaf(asset, tree)]
}
