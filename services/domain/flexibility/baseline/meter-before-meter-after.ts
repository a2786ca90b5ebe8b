import { DomainError } from '../../errors.ts'
import { deliveryPeriod, type DeliveryPeriod } from '../../units.ts'
import { ascending, meteredUsesOf, periodsBefore, totalOf, type BaselineCase } from './baseline-case.ts'
import { fraction } from './fraction.ts'
import { meteredFlowAt } from './period-flow.ts'
import type { PeriodUse } from './similar-days.ts'

export type MeterBeforeMeterAfterRule = {
  readonly name: 'meter-before-meter-after'
  /** How many periods count that ended before the notification. */
  readonly periodsBefore: number
  /** How many periods count after the end of the activation. */
  readonly periodsAfter: number
}

/** The periods that counted. */
export type MeterBeforeMeterAfterEvidence = {
  readonly before: readonly DeliveryPeriod[]
  readonly after: readonly DeliveryPeriod[]
}

/**
 * The mean use of the periods before the notification and after the end, each period weighing the same, as one level
 * for all activated periods ("meter before, meter after" of NAESB's measurement and
 * verification standards).
 * Throws `baseline-not-metered` or `baseline-window-activated`, with the periods: there are no others to take instead.
 */
export function meterBeforeMeterAfterUseOf(
  rule: MeterBeforeMeterAfterRule,
  activation: BaselineCase,
): { readonly uses: readonly PeriodUse[]; readonly evidence: MeterBeforeMeterAfterEvidence } {
  const { direction, flows, activations, notifiedAt } = activation
  const activated = ascending(activation.activated)
  const before = periodsBefore(notifiedAt, rule.periodsBefore, 0)
  const after = Array.from({ length: rule.periodsAfter }, (_, index) => deliveryPeriod(activated.at(-1)! + 1 + index))
  const window = [...before, ...after]
  const foreign = activations.filter((period) => window.includes(period))
  if (foreign.length > 0) {
    throw new DomainError(
      'baseline-window-activated',
      `the asset was activated in the periods ${foreign.join(', ')}, from which its baseline was to be read`,
      { periods: foreign },
    )
  }
  const metered = meteredUsesOf(direction, flows, window)
  if (metered === null) {
    const periods = window.filter((period) => meteredFlowAt(flows, period) === null)
    throw new DomainError(
      'baseline-not-metered',
      `the periods ${periods.join(', ')}, from which the baseline is read, were not metered`,
      { periods },
    )
  }
  const level = fraction(totalOf(metered), BigInt(window.length))
  return {
    uses: activated.map((period) => ({ period, unadjusted: level, adjusted: level })),
    evidence: { before, after },
  }
}
