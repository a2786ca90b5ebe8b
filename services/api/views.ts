import type { Store } from '../store/connect.ts'
import { readArea } from '../store/views/area.ts'
import { listHouseholdPeriods } from '../store/views/household-periods.ts'
import { readHouseholdSummary } from '../store/views/household-summary.ts'
import { listHouseholdsAmong } from '../store/views/accounts.ts'
import { listHouseholds, readHousehold } from '../store/views/households.ts'
import { listBlocks, listEvents, readBlock, readTransaction } from '../store/views/ledger.ts'
import { readNeighbourhood } from '../store/views/neighbourhood.ts'
import { listHouseholdOrders } from '../store/views/orders.ts'
import { listRefusals } from '../store/views/refusals.ts'
import { listSessions, readSession } from '../store/views/sessions.ts'
import { listChallenges, listSettlementRuns } from '../store/views/settlement-runs.ts'
import { readTrace } from '../store/views/trace.ts'
import type { ApiDeps } from './server.ts'
import { membersIn, shownChallenges, shownName, shownNeighbourhood, shownSession, shownTrace } from './shown.ts'

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
    async readNeighbourhood(viewer) {
      const neighbourhood = await readNeighbourhood(store, now())
      const households = await listHouseholdsAmong(store, membersIn(neighbourhood))
      return shownNeighbourhood(viewer, households, neighbourhood)
    },
    listSessions: async (page) => listSessions(store, await readArea(store), now(), page),
    async readSession(viewer, period) {
      const session = await readSession(store, await readArea(store), now(), period)
      if (session === null) return null
      const fillers = session.fills.flatMap(({ memberId }) => (memberId === null ? [] : [{ memberId }]))
      const named = [...fillers, ...(session.settlement?.statements ?? [])]
      const households = await listHouseholdsAmong(store, membersIn({ ...session, named }))
      return shownSession(viewer, households, session)
    },
    async listHouseholds(viewer, page) {
      const { items, nextAfter } = await listHouseholds(store, await readArea(store), {
        ...page,
        among: viewer.membership,
      })
      return { items: items.map((household) => shownName(viewer, household)), nextAfter }
    },
    async readHousehold(viewer, memberId) {
      const household = await readHousehold(store, await readArea(store), memberId)
      return household && shownName(viewer, household)
    },
    listHouseholdPeriods: async (memberId, page) => {
      const area = await readArea(store)
      if ((await readHousehold(store, area, memberId)) === null) return null
      return listHouseholdPeriods(store, area, now(), memberId, page)
    },
    async readHouseholdSummary(viewer, memberId, days) {
      const summary = await readHouseholdSummary(store, await readArea(store), memberId, days)
      return summary && shownName(viewer, summary)
    },
    listHouseholdOrders: async (memberId, page) => {
      const area = await readArea(store)
      if ((await readHousehold(store, area, memberId)) === null) return null
      return listHouseholdOrders(store, area, now(), memberId, page)
    },
    listBlocks: (page) => listBlocks(store, page),
    readBlock: (number) => readBlock(store, number),
    readTransaction: (hash) => readTransaction(store, hash),
    listEvents: (filter) => listEvents(store, filter),
    async readTrace(viewer, period, memberId) {
      const trace = await readTrace(store, await readArea(store), now(), period, memberId)
      if (trace === null) return null
      const { gateClosure, challenges } = trace
      const households = await listHouseholdsAmong(store, membersIn({ closedBy: gateClosure?.closedBy, challenges }))
      return shownTrace(viewer, households, trace)
    },
    listRefusals: (page) => listRefusals(store, page),
    listSettlementRuns: async (page) => listSettlementRuns(store, await readArea(store), page),
    async listChallenges(viewer, filter) {
      const { items, nextBefore } = await listChallenges(store, await readArea(store), filter)
      const households = await listHouseholdsAmong(store, membersIn({ challenges: items }))
      return { items: shownChallenges(viewer, households, items), nextBefore }
    },
  }
}
