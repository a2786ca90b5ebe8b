import type { MeasuresTaker } from './measures-taking.ts'

/** For tests in which no device measures anything. */
export const NO_MEASURES: MeasuresTaker = {
  byAddress: () => null,
  takeMeasurements: () => Promise.resolve(false),
  onSeen: () => undefined,
  onRefused: () => undefined,
}
