import type { ProjectionBatch } from '../store/projections.ts'
import type { LedgerEvent } from './projection-batch.ts'

/** What is said takes effect with the next second. */
const NEXT_SECOND = 1

/** What guardian and consortium said of pauses of trading. */
export function projectTradingPause(
  batch: ProjectionBatch,
  { name, arguments: values, block, logIndex }: LedgerEvent,
): void {
  const act = { TradingPaused: 'paused', PauseExtended: 'extended', PauseEnded: 'ended' }[name]
  if (act === undefined) return
  batch.tradingPauses.push({
    blockNumber: block.number,
    logIndex,
    area: Number(values.area),
    act,
    effectiveAt: BigInt(block.timestamp + NEXT_SECOND),
    until: act === 'ended' ? null : (values.until as bigint),
    reasonHash: values.reasonHash as string,
    by: values.by as string,
  })
}
