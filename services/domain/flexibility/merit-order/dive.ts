import { decidedFor, isLikely, mainOf, mixedOf, UNDECIDED, WHOLE_TOLERANCE, without, type Branch } from './branch.ts'
import { copyOf, emptyStanding, FULL_FACTOR, objectiveOf, setFactor, type Covering, type Standing } from './covering.ts'
import { improve } from './improvement.ts'

/** Of the groups that are no choice yet so many are decided at a time, one at least. */
const DECIDED_AT_ONCE = 0.25

/**
 * A part of the branch in which a quarter of what is undecided is decided as its relaxation suggests, the clearest cases
 * first; null where all is decided.
 */
export function divedInto(covering: Covering, branch: Branch, factors: Float64Array): Branch | null {
  const clarityOf = (place: number) => Math.abs(Math.min(1, factors[place]! / covering.columns[place]!.least) - 0.5)
  const mixed = mixedOf(covering, branch, factors)
  if (mixed.length === 0) return null
  mixed.sort((one, other) => clarityOf(other) - clarityOf(one) || one - other)
  return mixed.slice(0, Math.ceil(mixed.length * DECIDED_AT_ONCE)).reduce((part, place) => {
    const { least } = covering.columns[place]!
    return isLikely(covering, factors, place)
      ? decidedFor(covering, part, place, least, FULL_FACTOR)
      : without(part, place)
  }, branch)
}

/** The choice near the relaxation, made better; null where it does not fit into the rooms. */
export function roundedUp(covering: Covering, branch: Branch, factors: Float64Array): Standing | null {
  const standing = emptyStanding(covering)
  covering.groups.forEach((group, index) => {
    const place = branch.decided[index] === UNDECIDED ? mainOf(group, factors) : branch.decided[index]!
    const factor = factors[place]!
    if (factor <= WHOLE_TOLERANCE || !isLikely(covering, factors, place)) return
    const whole = Math.max(covering.columns[place]!.least, Math.ceil(factor - WHOLE_TOLERANCE))
    setFactor(covering, standing, place, Math.min(whole, FULL_FACTOR))
  })
  for (let row = covering.needs.length; row < standing.left.length; row += 1) if (standing.left[row]! < 0) return null
  const improved = copyOf(standing)
  improve(covering, improved)
  return objectiveOf(covering, improved) < objectiveOf(covering, standing) ? improved : standing
}
