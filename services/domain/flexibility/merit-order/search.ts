import { decidedFor, isLikely, mixedOf, partialOf, UNDECIDED, wholeBranch, without, type Branch } from './branch.ts'
import { emptyStanding, objectiveOf, type Choice, type Covering, type Standing } from './covering.ts'
import { divedInto, roundedUp } from './dive.ts'
import { improve, workOfImprovement } from './improvement.ts'
import { relax, basisOfWhole, type Relaxation } from './relaxation.ts'
import type { Basis } from './simplex.ts'

export type Solution = {
  readonly choice: Choice
  /** Cost of the choice, with what its unmet needs cost. */
  readonly objective: number
  /** No choice costs less. */
  readonly bound: number
}

/** A part of all choices that is still to be looked at, what none in it costs less than, and what it was parted from. */
type Open = { readonly branch: Branch; readonly bound: number; readonly base: Basis | null }

type Search = {
  readonly covering: Covering
  readonly mostWork: number
  best: Standing
  objective: number
  work: number
  workOfRounding: number
  /** The least that a part may cost which was given up. */
  unresolved: number
}

/**
 * The cheapest choice, by branch and bound over the linear relaxation: at first down to a choice, many groups at a time; then
 * group by group, down to a choice and again from where the bound is lowest. It is exact where the search ends before the
 * work does. Else it is the best choice that was found, by rounding relaxations and by letting in what is cheapest for its
 * effect, with a bound that proves how much cheaper another could be. The work is counted in changed cells, and not in
 * time, so the same input gives the same solution on every machine.
 */
export function cheapestChoice(covering: Covering, mostWork: number): Solution {
  const greedy = emptyStanding(covering)
  improve(covering, greedy)
  const start = basisOfWhole(covering)
  const search: Search = {
    ...{ covering, mostWork, best: greedy, objective: objectiveOf(covering, greedy) },
    ...{ work: start.work, workOfRounding: workOfImprovement(covering), unresolved: Infinity },
  }
  const branch = wholeBranch(covering)
  const relaxation = relaxIn(search, branch, start)
  if (relaxation !== null) {
    const { bound, basis } = relaxation
    dive(search, branch, relaxation)
    searchFrom(search, { branch, bound, base: basis }, basis)
  }
  return {
    choice: search.best.choice,
    objective: search.objective,
    bound: Math.min(search.unresolved, search.objective),
  }
}

function dive(search: Search, root: Branch, whole: Relaxation): void {
  let [branch, relaxation]: [Branch, Relaxation | null] = [root, whole]
  while (relaxation !== null && relaxation.isOptimal) {
    consider(search, branch, relaxation)
    const deeper = divedInto(search.covering, branch, relaxation.factors)
    if (deeper === null || search.work > search.mostWork / 2) return
    relaxation = relaxIn(search, deeper, relaxation.basis)
    branch = deeper
  }
}

function searchFrom(search: Search, root: Open, whole: Basis): void {
  const open = [root]
  while (open.length > 0) {
    const { branch, bound, base } = takeNext(open)
    if (bound >= search.objective) continue
    if (search.work > search.mostWork) {
      search.unresolved = Math.min(search.unresolved, bound)
      continue
    }
    const relaxation = relaxIn(search, branch, base ?? whole)
    if (relaxation === null) continue
    const children = childrenOf(search.covering, branch, relaxation)
    if (children.length === 0 || open.length % ROUNDED_EVERY === 0) consider(search, branch, relaxation)
    const tighter = Math.max(bound, relaxation.bound)
    if (tighter >= search.objective) continue
    if (!relaxation.isOptimal) search.unresolved = Math.min(search.unresolved, tighter)
    else open.push(...children.map((child, index) => openOf(child, tighter, index === children.length - 1, relaxation)))
  }
}

/** Every so often a relaxation is rounded that is no choice yet. */
const ROUNDED_EVERY = 4

/** Only the part that is looked at next goes on from the basis that it was parted from: to keep all would take much memory. */
function openOf(branch: Branch, bound: number, isNext: boolean, { basis }: Relaxation): Open {
  return { branch, bound, base: isNext ? basis : null }
}

function relaxIn(search: Search, branch: Branch, base: Basis): Relaxation | null {
  const relaxation = relax(search.covering, branch, base, search.mostWork - search.work)
  if (relaxation !== null) search.work += relaxation.basis.work
  return relaxation
}

function consider(search: Search, branch: Branch, { factors }: Relaxation): void {
  const rounded = roundedUp(search.covering, branch, factors)
  search.work += search.workOfRounding
  if (rounded === null) return
  const objective = objectiveOf(search.covering, rounded)
  if (objective < search.objective) Object.assign(search, { best: rounded, objective })
}

/** The part that was parted last, as long as the search goes down; else the one in which the cheapest choice may be. */
function takeNext(open: Open[]): Open {
  if (open.at(-1)!.base !== null) return open.pop()!
  let lowest = open.length - 1
  for (let index = lowest - 1; index >= 0; index -= 1) if (open[index]!.bound < open[lowest]!.bound) lowest = index
  const last = open.pop()!
  if (lowest === open.length) return last
  const next = open[lowest]!
  open[lowest] = last
  return next
}

/**
 * The branch parted where its relaxation is no choice, the likeliest part last; none where it is one, which is looked at with
 * the rounding. Parted are first groups that are no choice yet, then factors that are not whole, of the columns that cost most.
 */
function childrenOf(covering: Covering, branch: Branch, { factors }: Relaxation): Branch[] {
  const dearestOf = (places: readonly number[]) =>
    places.reduce(
      (one, other) => (covering.columns[other]!.price > covering.columns[one]!.price ? other : one),
      places[0]!,
    )
  const mixed = mixedOf(covering, branch, factors)
  const partial = mixed.length > 0 ? mixed : partialOf(covering, factors)
  if (partial.length === 0) return []
  const place = dearestOf(partial)
  const { group, least } = covering.columns[place]!
  const [low, high] = [Math.max(least, branch.least[place]!), branch.most[place]!]
  const excluded = branch.decided[group] === UNDECIDED ? [without(branch, place)] : []
  if (mixed.length > 0) {
    const ordered = decidedFor(covering, branch, place, low, high)
    return isLikely(covering, factors, place) ? [...excluded, ordered] : [ordered, ...excluded]
  }
  const below = Math.floor(factors[place]!)
  const smaller = below < low ? [] : [decidedFor(covering, branch, place, low, below)]
  return [...excluded, ...smaller, decidedFor(covering, branch, place, Math.max(low, below + 1), high)]
}
