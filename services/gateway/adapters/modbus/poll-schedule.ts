import type { DeviceKind } from '../../../domain/devices/device.ts'

/** When a device was asked, and when it is due again; milliseconds of a clock that runs forwards. */
export type PollState = { readonly dueAt: number; readonly failures: number; readonly lastPeriod: number }

const PERIOD_MS = 900_000
const LONGEST_BACK_OFF_MS = 300_000

export function deliveryPeriodOf(ledgerMs: number): number {
  return Math.floor(ledgerMs / PERIOD_MS)
}

/**
 * A device is due in each delivery period as well, as something is waited for in each; a meter whatever it did before, since
 * its register at the period's end is what is settled.
 */
export function isDue(state: PollState, kind: DeviceKind, now: { readonly ms: number; readonly ledgerMs: number }) {
  if (now.ms >= state.dueAt) return true
  return deliveryPeriodOf(now.ledgerMs) > state.lastPeriod && (kind === 'meter' || state.failures === 0)
}

/** After an answer the next poll follows at the interval; without one each waits twice as long, to 5 minutes. */
export function afterPoll(
  state: PollState,
  {
    hasAnswered,
    nowMs,
    intervalMs,
  }: { readonly hasAnswered: boolean; readonly nowMs: number; readonly intervalMs: number },
): PollState {
  const failures = hasAnswered ? 0 : state.failures + 1
  const wait = intervalMs * 2 ** Math.min(failures, 16)
  const dueAt = nowMs + (hasAnswered ? intervalMs : Math.max(intervalMs, Math.min(wait, LONGEST_BACK_OFF_MS)))
  return { ...state, failures, dueAt }
}
