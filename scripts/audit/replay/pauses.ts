import { differ } from '../difference.ts'
import { placeOf, type LedgerEvent } from './ledger-event.ts'

/** From a time on, up to when trading is paused; unix seconds. */
type Change = { readonly from: number; readonly until: number }

const EVERY_AREA = 0
const LONGEST_PAUSE_SECONDS = 72 * 3_600

/** Replays when trading was paused where. */
export function createPauses() {
  const changes = new Map<number, Change[]>()

  const lastOf = (area: number): Change | undefined => changes.get(area)?.at(-1)
  const isAreaPausedAt = (area: number, time: number): boolean => {
    const change = changes.get(area)?.findLast(({ from }) => from <= time)
    return change !== undefined && time < change.until
  }
  const push = (area: number, change: Change): void => {
    const all = changes.get(area) ?? []
    changes.set(area, all)
    if (all.at(-1)?.from === change.from) all.pop()
    all.push(change)
  }

  return {
    see: (event: LedgerEvent): void => {
      if (event.contract !== 'tradingPause') return
      const { name, fields, time } = event
      if (!['TradingPaused', 'PauseExtended', 'PauseEnded'].includes(name)) return
      const area = fields.number('area')
      const from = time + 1
      const isPaused = (lastOf(area)?.until ?? 0) > from
      if (isPaused !== (name !== 'TradingPaused'))
        differ('pauses', `${name} of area ${area}, which was ${isPaused ? '' : 'not '}paused`, placeOf(event))
      if (name === 'TradingPaused' && fields.number('until') > from + LONGEST_PAUSE_SECONDS)
        differ('pauses', `area ${area} was paused for more than 72 hours`, placeOf(event))
      push(area, { from, until: name === 'PauseEnded' ? 0 : fields.number('until') })
    },
    isPausedAt: (area: number, time: number): boolean => isAreaPausedAt(area, time) || isAreaPausedAt(EVERY_AREA, time),
    /** As the ledger answers at `time`: zero where the area itself is not paused. */
    pausedUntil: (area: number, time: number): number => {
      const until = lastOf(area)?.until ?? 0
      return until > time ? until : 0
    },
  }
}

export type Pauses = ReturnType<typeof createPauses>
