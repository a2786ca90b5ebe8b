import type { Store } from '../store/connect.ts'
import { readArea } from '../store/views/area.ts'
import { listHouseholdPeriods } from '../store/views/household-periods.ts'
import { readHouseholdSummary } from '../store/views/household-summary.ts'
import { listHouseholds, readHousehold } from '../store/views/households.ts'
import { listBlocks, listEvents, readBlock, readTransaction } from '../store/views/ledger.ts'
import { readNeighbourhood } from '../store/views/neighbourhood.ts'
import { listHouseholdOrders } from '../store/views/orders.ts'
import { listRefusals } from '../store/views/refusals.ts'
import { listSessions, readSession } from '../store/views/sessions.ts'
import { listChallenges, listSettlementRuns } from '../store/views/settlement-runs.ts'
import { readTrace } from '../store/views/trace.ts'
import type { ApiDeps } from './server.ts'

type Views = Pick<
  ApiDeps,
  | 'readNeighbourhood'
  | 'listSessions'
  | 'readSession'
  | 'listHouseholds'
  | 'readHousehold'
  | 'listHouseholdPeriods'
  | 'readHouseholdSummary'
  | 'listHouseholdOrders'
  | 'listBlocks'
  | 'readBlock'
  | 'readTransaction'
  | 'listEvents'
  | 'readTrace'
  | 'listRefusals'
  | 'listSettlementRuns'
  | 'listChallenges'
>

/** What the routes read, out of the store; `now` is the ledger's clock, in unix seconds. */
export function viewsOf(store: Store, now: () => number): Views {
  return {
    readNeighbourhood: () => readNeighbourhood(store, now()),
    listSessions: async (page) => listSessions(store, await readArea(store), now(), page),
    readSession: async (period) => readSession(store, await readArea(store), now(), period),
    listHouseholds: async (page) => listHouseholds(store, await readArea(store), page),
    readHousehold: async (memberId) => readHousehold(store, await readArea(store), memberId),
    listHouseholdPeriods: async (memberId, page) => {
      const area = await readArea(store)
      if ((await readHousehold(store, area, memberId)) === null) return null
      return listHouseholdPeriods(store, area, now(), memberId, page)
    },
    readHouseholdSummary: async (memberId, days) => readHouseholdSummary(store, await readArea(store), memberId, days),
    listHouseholdOrders: async (memberId, page) => {
      const area = await readArea(store)
      if ((await readHousehold(store, area, memberId)) === null) return null
      return listHouseholdOrders(store, area, now(), memberId, page)
    },
    listBlocks: (page) => listBlocks(store, page),
    readBlock: (number) => readBlock(store, number),
    readTransaction: (hash) => readTransaction(store, hash),
    listEvents: (filter) => listEvents(store, filter),
    readTrace: async (period, memberId) => readTrace(store, await readArea(store), now(), period, memberId),
    listRefusals: (page) => listRefusals(store, page),
    listSettlementRuns: async (page) => listSettlementRuns(store, await readArea(store), page),
    listChallenges: async (filter) => listChallenges(store, await readArea(store), filter),
  }
}
