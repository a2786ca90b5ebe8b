import { DomainError } from '../../errors.ts'
import type { DeliveryPeriod } from '../../units.ts'
import {
  activatedDaysOf,
  localDaysOf,
  meteredUsesOf,
  totalOf,
  type ActivatedDay,
  type BaselineCase,
  type ControlMember,
} from './baseline-case.ts'
import { comparedPeriodsOf, eligibleDaysOf, requireDays, type PassedOverDay } from './eligible-days.ts'
import { absoluteOf, fraction, productOf, type Fraction } from './fraction.ts'
import type { LocalDay } from './local-calendar.ts'
import type { PeriodUse } from './similar-days.ts'

export type ControlGroupRule = {
  readonly name: 'control-group'
  /** On how many eligible days before the activation the asset's share is measured. */
  readonly days: number
  readonly lookBackDays: number
  /** How many members have to remain in the group. */
  readonly fewestMembers: number
}

export type LeftOutMember = { readonly id: string; readonly reason: 'activated' | 'not-metered' }

/** How the baseline of one local day of an activation came about. */
export type ControlGroupEvidence = {
  readonly day: LocalDay
  readonly periods: readonly DeliveryPeriod[]
  /** Ascending. */
  readonly daysUsed: readonly LocalDay[]
  readonly daysPassedOver: readonly PassedOverDay[]
  /** In the order in which they were given. */
  readonly members: readonly string[]
  readonly membersLeftOut: readonly LeftOutMember[]
  /** The asset's use on the days before, divided by the mean use of a member. */
  readonly share: Fraction
}

type Measured = { readonly id: string; readonly onDay: readonly bigint[]; readonly before: readonly bigint[] }

/**
 * The mean use of the members that were not activated, in each activated period, times the asset's share: its use in
 * the same quarter-hours of the days before, divided by the members' mean use in them. It is the ratio estimator of
 * W. G. Cochran, Sampling Techniques (1977), 6.2, with the group's use as the auxiliary variable:
 *   baseline(p) = sum_c x_c(p) / |C| * ( sum_d x(d) / ( sum_c sum_d x_c(d) / |C| ) ).
 * The days are the asset's latest eligible ones; a member counts that was metered in all that is compared, and not
 * activated on any of these days.
 * Throws `baseline-too-few-days`, `baseline-too-few-members`, or `baseline-share-undefined` where the asset's use is in
 * the other direction, or more than a quarter of what the members moved is.
 */
export function controlGroupUseOf(
  rule: ControlGroupRule,
  activation: BaselineCase,
): { readonly uses: readonly PeriodUse[]; readonly evidence: readonly ControlGroupEvidence[] } {
  const days = activatedDaysOf(activation).map((day) => dayUseOf(rule, activation, day))
  return { uses: days.flatMap(({ uses }) => uses), evidence: days.map(({ evidence }) => evidence) }
}

function dayUseOf(
  rule: ControlGroupRule,
  activation: BaselineCase,
  { day, periods, quarters }: ActivatedDay,
): { readonly uses: readonly PeriodUse[]; readonly evidence: ControlGroupEvidence } {
  const { calendar, direction, flows, activations, activated } = activation
  const activatedDays = localDaysOf(calendar, [...activations, ...activated])
  const { lookBackDays } = rule
  const search = { calendar, direction, flows, day, quarters, activatedDays, lookBackDays }
  const { eligible, passedOver } = requireDays(search, eligibleDaysOf(search, rule.days), rule.days)
  const daysUsed = eligible.map((one) => one.day).sort()
  const { members, leftOut } = measuredMembersOf(activation, { day, periods, quarters }, daysUsed)
  if (members.length < rule.fewestMembers) {
    throw new DomainError(
      'baseline-too-few-members',
      `${members.length} members of the control group can be compared on ${day}, and ${rule.fewestMembers} are needed`,
      { day, needed: rule.fewestMembers, members: members.map(({ id }) => id), membersLeftOut: leftOut },
    )
  }
  const share = shareOf(
    day,
    eligible.flatMap(({ uses }) => uses),
    members,
  )
  const size = BigInt(members.length)
  return {
    uses: periods.map((period, index) => {
      const use = productOf(fraction(totalOf(members.map(({ onDay }) => onDay[index]!)), size), share)
      return { period, unadjusted: use, adjusted: use }
    }),
    evidence: {
      ...{ day, periods, daysUsed, share },
      daysPassedOver: passedOver,
      members: members.map(({ id }) => id),
      membersLeftOut: leftOut,
    },
  }
}

function shareOf(day: LocalDay, ownUses: readonly bigint[], members: readonly Measured[]): Fraction {
  const groupUses = members.flatMap(({ before }) => before)
  const [own, group] = [totalOf(ownUses), totalOf(groupUses)]
  const moved = totalOf(groupUses.map(absoluteOf))
  if (own < 0n || group <= 0n || 2n * group < moved) {
    throw new DomainError(
      'baseline-share-undefined',
      `on the days before ${day} the asset used ${own} Wh and its control group ${group} Wh, net of flows of ${moved} Wh ` +
        'in both directions: a share of a difference says nothing',
      { day, own, group, moved },
    )
  }
  return fraction(own * BigInt(members.length), group)
}

function measuredMembersOf(
  activation: BaselineCase,
  activatedDay: ActivatedDay,
  daysUsed: readonly LocalDay[],
): { readonly members: readonly Measured[]; readonly leftOut: readonly LeftOutMember[] } {
  const { calendar } = activation
  const before = daysUsed.flatMap((day) => comparedPeriodsOf(calendar, day, activatedDay.quarters))
  const members: Measured[] = []
  const leftOut: LeftOutMember[] = []
  for (const member of activation.controlGroup) {
    const measured = measuredOf(activation, member, { activatedDay, daysUsed, before })
    if (typeof measured === 'string') leftOut.push({ id: member.id, reason: measured })
    else members.push(measured)
  }
  return { members, leftOut }
}

function measuredOf(
  { calendar, direction }: BaselineCase,
  { id, flows, activations }: ControlMember,
  compared: {
    readonly activatedDay: ActivatedDay
    readonly daysUsed: readonly LocalDay[]
    readonly before: readonly DeliveryPeriod[]
  },
): Measured | LeftOutMember['reason'] {
  const activatedDays = localDaysOf(calendar, activations)
  if ([compared.activatedDay.day, ...compared.daysUsed].some((day) => activatedDays.has(day))) return 'activated'
  const onDay = meteredUsesOf(direction, flows, compared.activatedDay.periods)
  const before = meteredUsesOf(direction, flows, compared.before)
  return onDay === null || before === null ? 'not-metered' : { id, onDay, before }
}
