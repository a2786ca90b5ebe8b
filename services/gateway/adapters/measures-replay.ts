import type { Replayer } from '../refusal-replays.ts'
import { jsonMeasures, nativeMeasures } from './json/measures-message.ts'
import { takeMeasures, type MeasuresTaker } from './measures-taking.ts'
import { ultralightMeasures } from './ultralight/measures-message.ts'

/** How messages of measurements are decided on anew, by the name of their format: as when they come, but nobody is answered. */
export function measuresReplayersOf(taker: MeasuresTaker): Map<string, Replayer> {
  return new Map(
    [jsonMeasures, nativeMeasures, ultralightMeasures].map((format) => [
      format.name,
      async (address, payload) => {
        const receipt = await takeMeasures(taker, { topic: 'replay', address, payload, format })
        if (receipt === null) return null
        const { outcome } = receipt
        if (outcome.status === 'accepted') return { status: 'accepted', code: null, reason: null }
        return { status: 'refused', code: outcome.code, reason: outcome.reason }
      },
    ]),
  )
}
