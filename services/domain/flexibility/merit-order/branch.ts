import { FULL_FACTOR, type Covering } from './covering.ts'

/** A part of all choices: for each column the factors that it may have, and for each group whether it is decided. */
export type Branch = {
  readonly least: Uint8Array
  readonly most: Uint8Array
  /** By group: the column that is ordered, or undecided. */
  readonly decided: Int32Array
}

export const UNDECIDED = -1

/** How near to a whole factor a factor of the linear program is taken for it. */
export const WHOLE_TOLERANCE = 1e-6

export function wholeBranch({ columns, groups }: Covering): Branch {
  return {
    least: new Uint8Array(columns.length),
    most: new Uint8Array(columns.length).fill(FULL_FACTOR),
    decided: new Int32Array(groups.length).fill(UNDECIDED),
  }
}

/** The column is not ordered. */
export function without({ least, most, decided }: Branch, place: number): Branch {
  const excluded = most.slice()
  excluded[place] = 0
  return { least, most: excluded, decided }
}

/** The column is ordered, with a factor within the bounds; the group's other columns are left out. */
export function decidedFor(
  { columns, groups }: Covering,
  branch: Branch,
  place: number,
  low: number,
  high: number,
): Branch {
  const { group } = columns[place]!
  const [least, most, decided] = [branch.least.slice(), branch.most.slice(), branch.decided.slice()]
  for (const other of groups[group]!) most[other] = 0
  least[place] = low
  most[place] = high
  decided[group] = place
  return { least, most, decided }
}

/** The column of the group that has the most of it. */
export function mainOf(group: readonly number[], factors: Float64Array): number {
  return group.reduce((main, place) => (factors[place]! > factors[main]! ? place : main))
}

/** Main columns of the groups that are no choice yet: undecided ones that mix columns, or are below their smallest part. */
export function mixedOf({ columns, groups }: Covering, { decided }: Branch, factors: Float64Array): number[] {
  return groups.flatMap((group, index) => {
    if (decided[index] !== UNDECIDED) return []
    const used = group.filter((place) => factors[place]! > WHOLE_TOLERANCE)
    const main = mainOf(group, factors)
    const isBelow = used.length > 0 && factors[main]! < columns[main]!.least - WHOLE_TOLERANCE
    return used.length > 1 || isBelow ? [main] : []
  })
}

/** Columns that are ordered, with a factor that is not whole. */
export function partialOf({ columns }: Covering, factors: Float64Array): number[] {
  return columns.flatMap((_, place) => {
    const factor = factors[place]!
    return Math.abs(factor - Math.round(factor)) > WHOLE_TOLERANCE ? [place] : []
  })
}

/** Whether the column is likelier ordered than not: it has at least half of its smallest part. */
export function isLikely({ columns }: Covering, factors: Float64Array, place: number): boolean {
  return factors[place]! * 2 >= columns[place]!.least
}
