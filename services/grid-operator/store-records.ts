import { powerW } from '../domain/units.ts'
import type { Expectations } from '../runtime/expectations.ts'
import type { Store } from '../store/connect.ts'
import { readNominatedFlows } from '../store/flexibility/settlement-books.ts'
import { keepForecast, readFirstForecasts } from '../store/flexibility/forecasts.ts'
import {
  addProposal,
  countOpenProposals,
  listApprovedProposals,
  listQueueDecisions,
  noteProposalExpired,
  noteProposalRequested,
} from '../store/flexibility/proposals.ts'
import {
  keepAccuracy,
  keepFinding,
  readAccuracy,
  readActivations,
  readNominatedBy,
  readOfferedBy,
} from '../store/flexibility/guard-records.ts'
import { keepFlexSelection, readFlexSelection } from '../store/flex-selections.ts'
import { listConnections } from '../store/readings.ts'
import { readCommittedFlows } from '../store/reading-flows.ts'
import type { GridRecords } from './records.ts'

/** What the DSO keeps in the database. Of a home that nominated nothing counts what it expects, where it says so. */
export function recordsOfStore(
  store: Store,
  { expectations, now }: { readonly expectations: Pick<Expectations, 'netOf'>; readonly now: () => number },
): GridRecords {
  return {
    readFlows: (area, members, first, last) => readCommittedFlows(store, area, members, { first, last }),
    async readConnectionCapacities(area) {
      const connections = (await listConnections(store)).filter((one) => one.area === area)
      return new Map(
        connections.map(({ memberId, connectionCapacityW }) => [memberId, powerW(BigInt(connectionCapacityW))]),
      )
    },
    async readNamed(members, periods) {
      const nominated = await readNominatedFlows(store, members, { first: periods[0]!, last: periods.at(-1)! })
      return new Map(
        members.map((memberId) => {
          const own = nominated.get(memberId)
          const said = periods.flatMap((period) => {
            const flow = own?.get(period) ?? expectations.netOf(memberId, period)
            return flow === null || flow === undefined ? [] : [[period, flow] as const]
          })
          return [memberId, new Map(said)]
        }),
      )
    },
    keepForecast: (pointId, madeAt, forecasts) => keepForecast(store, pointId, madeAt, forecasts),
    readFirstForecasts: (pointId, first, last) => readFirstForecasts(store, pointId, first, last),
    addProposal: (proposal, isApproved) => addProposal(store, proposal, { isApproved, proposedAt: now() }),
    listApproved: () => listApprovedProposals(store),
    countOpenProposals: (pointId, productId, day) => countOpenProposals(store, { pointId, productId, day }),
    noteRequested: (proposalId, requestId) => noteProposalRequested(store, proposalId, requestId),
    noteExpired: (proposalId) => noteProposalExpired(store, proposalId),
    listQueueDecisions: () => listQueueDecisions(store),
    readActivations: (productId, first, last) => readActivations(store, productId, { first, last }),
    readNominatedBy: (members, first, last) => readNominatedBy(store, members, { first, last }),
    readOfferedBy: (of, first, last) => readOfferedBy(store, of, { first, last }),
    keepFinding: (productId, memberId, finding) => keepFinding(store, { productId, memberId }, finding, now()),
    readAccuracy: (key) => readAccuracy(store, key),
    keepAccuracy: (key, accuracy, lastDay) => keepAccuracy(store, key, accuracy, lastDay),
    readSelection: (requestId) => readFlexSelection(store, requestId),
    keepSelection: (selection) => keepFlexSelection(store, selection),
  }
}
