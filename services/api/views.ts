import type { Store } from '../store/connect.ts'
import { readArea } from '../store/views/area.ts'
import { listHouseholdPeriods, listHouseholds, readHousehold, readHouseholdSummary } from '../store/views/households.ts'
import { listBlocks, listEvents, readBlock, readTransaction } from '../store/views/ledger.ts'
import { readNeighbourhood } from '../store/views/neighbourhood.ts'
import { listHouseholdOrders, readOrder } from '../store/views/orders.ts'
import { listRefusals } from '../store/views/refusals.ts'
import { listSessions, readSession } from '../store/views/sessions.ts'
import { readTrace } from '../store/views/trace.ts'
import type { ApiDeps } from './server.ts'

type Views = Omit<
  ApiDeps,
  | 'ledgerIdentity'
  | 'placeOrders'
  | 'requireWelcome'
  | 'checkHealth'
  | 'stream'
  | 'log'
  | 'isDatabaseUnreachable'
  | 'webFolder'
  | 'hosts'
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
    readOrder: async (digest) => readOrder(store, await readArea(store), now(), digest),
    listBlocks: (page) => listBlocks(store, page),
    readBlock: (number) => readBlock(store, number),
    readTransaction: (hash) => readTransaction(store, hash),
    listEvents: (filter) => listEvents(store, filter),
    readTrace: async (period, memberId) => readTrace(store, await readArea(store), now(), period, memberId),
    listRefusals: (page) => listRefusals(store, page),
  }
}
