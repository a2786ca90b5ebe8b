import { UNDECIDED, type Branch } from './branch.ts'
import { FULL_FACTOR, type Covering } from './covering.ts'
import {
  basisOf,
  copyOfBasis,
  minimise,
  setBounds,
  solutionOf,
  withLimits,
  type Basis,
  type SparseColumn,
} from './simplex.ts'

export type Relaxation = {
  /** Nothing in the branch costs less, unmet needs included. */
  readonly bound: number
  /** Factors of the columns, which need not be whole. */
  readonly factors: Float64Array
  readonly isOptimal: boolean
  /** From which branches of this one are relaxed with little work. */
  readonly basis: Basis
}

/** Of the size of all terms: far above what rounding can do to a sum of so many. */
const ROUNDING = 1e-10
/** In hundredths. */
const EXCEEDING_TOLERANCE = 1e-6

/**
 * The linear program in which factors need not be whole: an undecided group may mix its columns, in parts that add up to
 * one at most, and have any factor from 0 on. Null where the branch is empty, for want of room. The bound does not rest on
 * the solver: it is the Lagrangian bound of whatever prices the solver found for needs and rooms, less a margin for rounding.
 * @param base Basis of the whole, or of a branch that this one is a part of; it is left as it is.
 */
export function relax(covering: Covering, branch: Branch, base: Basis, mostWork: number): Relaxation | null {
  if (!fitsRooms(covering, branch)) return null
  let basis = copyOfBasis(base)
  for (let column = 0; column < covering.columns.length; column += 1) {
    setBounds(basis, column, branch.least[column]! / FULL_FACTOR, branch.most[column]! / FULL_FACTOR)
  }
  for (;;) {
    const outcome = minimise(basis, mostWork)
    const factors = solutionOf(basis)
      .subarray(0, covering.columns.length)
      .map((part) => part * FULL_FACTOR)
    const exceeding = outcome === 'optimal' ? exceedingOf(covering, basis, factors) : []
    if (exceeding.length > 0) {
      basis = withLimits(basis, exceeding)
      continue
    }
    const bound = lagrangianOf(covering, branch, pricesOf(covering, basis))
    return { bound, factors, isOptimal: outcome === 'optimal', basis }
  }
}

/** Whether the least of every column fits; then there is a choice in the branch, for needs may stay unmet. */
function fitsRooms({ needs, rooms, columns }: Covering, { least }: Branch): boolean {
  const left = rooms.slice()
  columns.forEach(({ rows, values }, place) => {
    if (least[place] === 0) return
    rows.forEach((row, index) => {
      if (row >= needs.length) left[row - needs.length]! -= values[index]! * least[place]!
    })
  })
  return left.every((room) => room >= 0)
}

/**
 * Groups whose columns add up to more than one. Few ever do, so the program has rows for these alone, once they did: a row
 * for every group would make it several times as large.
 */
function exceedingOf({ groups }: Covering, { limitRow }: Basis, factors: Float64Array): (readonly number[])[] {
  return groups.filter(
    (group) =>
      group.length > 1 &&
      limitRow[group[0]!] === -1 &&
      group.reduce((sum, place) => sum + factors[place]!, 0) > FULL_FACTOR + EXCEEDING_TOLERANCE,
  )
}

/**
 * Where nothing is ordered. Variables are the parts of the columns and what is unmet of each need; slacks are the excess over
 * each need and what is left of each room. Needs and rooms are in parts of themselves, costs in parts of the dearest column.
 */
export function basisOfWhole(covering: Covering): Basis {
  const { needs, rooms, columns, unmetPrice } = covering
  const scale = scalesOf(covering)
  const costScale = costScaleOf(covering)
  const parts = columns.map(({ rows, values }): SparseColumn => {
    const inParts = values.map((value, index) => (value * FULL_FACTOR) / scale[rows[index]!]!)
    return { rows, values: inParts.map((value, index) => (rows[index]! < needs.length ? -value : value)) }
  })
  const unmet = Array.from(needs, (_, row): SparseColumn => ({ rows: Int32Array.of(row), values: Float64Array.of(-1) }))
  const right = new Float64Array(scale.length).fill(-1, 0, needs.length)
  rooms.forEach((room, index) => (right[needs.length + index] = room / scale[needs.length + index]!))
  return basisOf({
    columns: [...parts, ...unmet],
    costs: Float64Array.of(
      ...columns.map(({ price }) => (price * FULL_FACTOR) / costScale),
      ...needs.map((need) => (unmetPrice * need) / costScale),
    ),
    upper: new Float64Array(parts.length + unmet.length).fill(1, 0, parts.length).fill(Infinity, parts.length),
    right,
  })
}

function costScaleOf({ columns }: Covering): number {
  return columns.reduce((most, { price }) => Math.max(most, price * FULL_FACTOR), 1)
}

/** Of a need itself; of a room, which may be 0, the most that a column takes of it where that is more. */
function scalesOf({ needs, rooms, columns }: Covering): Float64Array {
  const scale = new Float64Array(needs.length + rooms.length).fill(1)
  scale.set(needs)
  scale.set(rooms, needs.length)
  for (const { rows, values } of columns) {
    rows.forEach((row, index) => {
      if (row >= needs.length) scale[row] = Math.max(scale[row]!, values[index]! * FULL_FACTOR)
    })
  }
  return scale.map((amount) => Math.max(amount, 1))
}

/** The price of each row that the solver found: of a need what more of it would cost, of a room what more of it would save. */
function pricesOf(covering: Covering, { reduced }: Basis): Float64Array {
  const { needs, columns, unmetPrice } = covering
  const costScale = costScaleOf(covering)
  return scalesOf(covering).map((amount, row) => {
    const price = Math.max(0, (reduced[columns.length + needs.length + row]! * costScale) / amount)
    return row < needs.length ? Math.min(price, unmetPrice) : price
  })
}

/**
 * Cost of the cheapest choice of the branch if needs and rooms had these prices: a lower bound of its cost, whatever the
 * prices are. Needs have at most the price of staying unmet.
 */
function lagrangianOf({ needs, rooms, columns, groups }: Covering, branch: Branch, prices: Float64Array): number {
  let [bound, size] = [0, 0]
  const add = (amount: number): void => {
    bound += amount
    size += Math.abs(amount)
  }
  needs.forEach((need, row) => add(need * prices[row]!))
  rooms.forEach((room, index) => add(-room * prices[needs.length + index]!))
  const cheapestOf = (place: number): number => {
    const { price, rows, values } = columns[place]!
    let rate = price
    for (let index = 0; index < rows.length; index += 1) {
      const worth = values[index]! * prices[rows[index]!]!
      rate += rows[index]! < needs.length ? -worth : worth
      size += worth * FULL_FACTOR
    }
    return Math.min(rate * branch.least[place]!, rate * branch.most[place]!)
  }
  groups.forEach((group, index) => {
    const decided = branch.decided[index]!
    add(decided === UNDECIDED ? Math.min(0, ...group.map(cheapestOf)) : cheapestOf(decided))
  })
  return Math.ceil(bound - size * ROUNDING)
}
