import { FULL_FACTOR, objectiveOf, setFactor, type Covering, type Standing } from './covering.ts'

/** So often all groups are looked at, at most: each round costs work, and late ones find little. */
const MOST_ROUNDS = 8

/**
 * Makes a choice better, one group at a time, until no change of a single group does: first those whose columns are cheap
 * for what they cover are let in, then those that are dear are looked at first, to be made smaller or left out.
 * A choice never gets worse, and it stays within the rooms.
 */
export function improve(covering: Covering, standing: Standing): void {
  const byMerit = groupsByMerit(covering)
  for (const group of byMerit) settleGroup(covering, standing, group)
  byMerit.reverse()
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const before = objectiveOf(covering, standing)
    for (const group of byMerit) settleGroup(covering, standing, group)
    if (objectiveOf(covering, standing) >= before) return
  }
}

/** Work of one call of `improve`, at most, in cells. */
export function workOfImprovement({ columns }: Covering): number {
  return columns.reduce((sum, { rows }) => sum + rows.length, 0) * (MOST_ROUNDS + 1) * 2
}

/** Groups by the price of what their best column covers of the needs as they are at first; equal ones in their sequence. */
function groupsByMerit({ groups, columns, needs }: Covering): number[] {
  const meritOf = (place: number): number => {
    const { price, rows, values } = columns[place]!
    let covered = 0
    for (let index = 0; index < rows.length; index += 1) {
      if (rows[index]! < needs.length) covered += Math.min(values[index]! * FULL_FACTOR, needs[rows[index]!]!)
    }
    return price / covered
  }
  const merits = groups.map((group) => Math.min(...group.map(meritOf)))
  return merits.map((_, group) => group).sort((one, other) => merits[one]! - merits[other]! || one - other)
}

/** Gives the group the column and factor that cost least, all other groups being as they are, if that is any better. */
function settleGroup(covering: Covering, standing: Standing, group: number): void {
  const places = covering.groups[group]!
  const current = places.find((place) => standing.choice[place]! > 0) ?? -1
  const factorBefore = current < 0 ? 0 : standing.choice[current]!
  if (current >= 0) setFactor(covering, standing, current, 0)
  let best = { place: current, factor: factorBefore, saving: 0 }
  if (current >= 0) best.saving = savingOf(covering, standing, current, factorBefore)
  if (best.saving < 0) best = { place: -1, factor: 0, saving: 0 }
  for (const place of places) {
    const factor = bestFactorOf(covering, standing, place)
    const saving = factor === 0 ? 0 : savingOf(covering, standing, place, factor)
    if (saving > best.saving) best = { place, factor, saving }
  }
  if (best.place >= 0) setFactor(covering, standing, best.place, best.factor)
}

/** The saving is concave in the factor, so it is greatest where one hundredth more first saves nothing more. */
function bestFactorOf(covering: Covering, standing: Standing, place: number): number {
  const { least } = covering.columns[place]!
  const most = mostWithinRooms(covering, standing, place)
  if (most < least) return 0
  let [low, high] = [least, most]
  while (low < high) {
    const middle = (low + high) >> 1
    const isRising = savingOf(covering, standing, place, middle + 1) > savingOf(covering, standing, place, middle)
    if (isRising) low = middle + 1
    else high = middle
  }
  return low
}

function mostWithinRooms({ columns, needs }: Covering, { left }: Standing, place: number): number {
  const { rows, values } = columns[place]!
  let most = FULL_FACTOR
  for (let index = 0; index < rows.length; index += 1) {
    if (rows[index]! >= needs.length) most = Math.min(most, Math.floor(left[rows[index]!]! / values[index]!))
  }
  return most
}

/** By how much the objective falls where the column, at 0 now, gets the factor. */
function savingOf({ columns, needs, unmetPrice }: Covering, { left }: Standing, place: number, factor: number): number {
  const { price, rows, values } = columns[place]!
  let covered = 0
  for (let index = 0; index < rows.length; index += 1) {
    const need = left[rows[index]!]!
    if (rows[index]! < needs.length && need > 0) covered += Math.min(values[index]! * factor, need)
  }
  return covered * unmetPrice - price * factor
}
