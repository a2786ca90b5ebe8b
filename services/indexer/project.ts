import type { Block, BlockTransaction } from '../chain/blocks.ts'
import { contractAt, decodeCall, decodeEvent, type LedgerValue } from '../chain/events.ts'
import type { ContractName, Ledger } from '../chain/ledger.ts'
import type { ProjectionBatch } from '../store/projections.ts'
import { projectAccounts } from './accounts.ts'
import { projectAreaRegistry } from './area-registry.ts'
import { projectCallAuction } from './call-auction.ts'
import { projectChallenges } from './challenges.ts'
import { projectCredentialRegistry } from './credential-registry.ts'
import { projectDidRegistry } from './did-registry.ts'
import { projectCongestionPoints } from './congestion-points.ts'
import { projectFlexChallenges } from './flex-challenges.ts'
import { projectFlexNominations } from './flex-nominations.ts'
import { projectFlexOrders } from './flex-orders.ts'
import { projectFlexPortfolios } from './flex-portfolios.ts'
import { projectFlexProducts } from './flex-products.ts'
import { projectFlexRequests } from './flex-requests.ts'
import { projectFlexReservations } from './flex-reservations.ts'
import { projectFlexSettlement } from './flex-settlement.ts'
import { projectMemberRegistry } from './member-registry.ts'
import { projectMeterReadings } from './meter-readings.ts'
import { emptyBatch, type LedgerEvent } from './projection-batch.ts'
import { projectSettlement } from './settlement.ts'
import { projectTradingDays } from './trading-days.ts'
import { projectTradingPause } from './trading-pause.ts'

type Projector = (batch: ProjectionBatch, event: LedgerEvent) => void

const PROJECTORS: Readonly<Partial<Record<ContractName, Projector>>> = {
  areaRegistry: projectAreaRegistry,
  memberRegistry: projectMemberRegistry,
  credentialRegistry: projectCredentialRegistry,
  didRegistry: projectDidRegistry,
  tradingDays: projectTradingDays,
  tradingPause: projectTradingPause,
  callAuction: projectCallAuction,
  orderReceipts: projectChallenges,
  meterReadings: projectMeterReadings,
  settlement: projectSettlement,
  challenges: projectChallenges,
  accounts: projectAccounts,
  flexProducts: projectFlexProducts,
  congestionPoints: projectCongestionPoints,
  flexPortfolios: projectFlexPortfolios,
  flexReservations: projectFlexReservations,
  flexRequests: projectFlexRequests,
  flexOrders: projectFlexOrders,
  flexNominations: projectFlexNominations,
  flexSettlement: projectFlexSettlement,
  flexChallenges: projectFlexChallenges,
}

const LARGEST_INTEGER = 2 ** 31 - 1

/**
 * What the blocks, which are consecutive, change in the projections, but for what the orders of cleared sessions got: see
 * `addFills`. A pure function of what is on the ledger.
 */
export function projectBlocks(ledger: Ledger, blocks: readonly Block[]): ProjectionBatch {
  const batch = emptyBatch()
  for (const block of blocks) {
    const { number, hash, parentHash, timestamp, gasUsed } = block
    batch.blocks.push({ number, hash, parentHash, timestamp, gasUsed })
    for (const transaction of block.transactions) {
      projectTransaction(batch, block, transaction, ledger)
      projectLogs(batch, block, transaction, ledger)
    }
  }
  return batch
}

function projectTransaction(batch: ProjectionBatch, block: Block, transaction: BlockTransaction, ledger: Ledger): void {
  const { hash, position, from, to, succeeded, gasUsed } = transaction
  batch.transactions.push({
    hash,
    blockNumber: block.number,
    position,
    sender: from,
    recipient: to,
    contract: to === null ? null : contractAt(ledger, to),
    function: decodeCall(ledger, transaction)?.name ?? null,
    succeeded,
    gasUsed,
  })
}

function projectLogs(batch: ProjectionBatch, block: Block, transaction: BlockTransaction, ledger: Ledger): void {
  const together = transaction.logs.flatMap((log) => {
    const event = decodeEvent(ledger, log)
    return event === null ? [] : [{ ...event, logIndex: log.logIndex }]
  })
  const callOf = () => decodeCall(ledger, transaction)
  for (const event of together) {
    batch.events.push({
      blockNumber: block.number,
      logIndex: event.logIndex,
      transactionHash: transaction.hash,
      contract: event.contract,
      name: event.name,
      arguments: event.arguments,
      area: integerOf(event.arguments.area),
      period: integerOf(event.arguments.period),
      memberId: integerOf(event.arguments.memberId),
    })
    PROJECTORS[event.contract]?.(batch, { ...event, block, transaction, together, callOf })
  }
}

/** Null for what is not there, or would not fit its column. */
function integerOf(value: LedgerValue | undefined): number | null {
  return typeof value === 'bigint' && value >= 0n && value <= LARGEST_INTEGER ? Number(value) : null
}
