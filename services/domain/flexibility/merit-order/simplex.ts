/**
 * A linear program: for each row, the sum of values * variable and a slack is the right side; costs are 0 or more, and
 * minimised. Slacks are variables too, after those of the columns: they are 0 or more, and cost nothing.
 */
export type LinearProgram = {
  readonly columns: readonly SparseColumn[]
  readonly costs: Float64Array
  /** Of the columns. Lower bounds are 0. */
  readonly upper: Float64Array
  readonly right: Float64Array
}

export type SparseColumn = { readonly rows: Int32Array; readonly values: Float64Array }

/**
 * Where the method is: in each row one variable is basic, and all others are at a bound at which they cost least. So no
 * choice within rows and bounds costs less, and once basic variables are within bounds too, this one is the cheapest.
 */
export type Basis = {
  readonly columns: readonly SparseColumn[]
  /** By column: the row of a limit that it is under, or -1 (see `withLimits`). */
  readonly limitRow: Int32Array
  readonly basic: Int32Array
  /** By variable: its row where it is basic, else -1. */
  readonly place: Int32Array
  /** Of the basic columns, row after row. */
  readonly inverse: Float64Array
  /** Of the basic variables, by row. */
  readonly value: Float64Array
  readonly reduced: Float64Array
  readonly lower: Float64Array
  readonly upper: Float64Array
  readonly isAtUpper: Uint8Array
  /** By row: how far a step of one changes the other variables, roughly (the weights of Devex pricing, P. Harris, 1973). */
  readonly weight: Float64Array
  /** Cells changed so far. */
  work: number
}

/** Variables and cells are near 1. What is less than these out of bounds, or in a cell, is rounding. */
const FEASIBLE_TOLERANCE = 1e-9
const CELL_TOLERANCE = 1e-13
const PIVOT_TOLERANCE = 1e-9

/** All slacks are basic, and all else is 0. */
export function basisOf({ columns, costs, upper, right }: LinearProgram): Basis {
  const [width, height] = [columns.length, right.length]
  const inverse = new Float64Array(height * height)
  for (let row = 0; row < height; row += 1) inverse[row * height + row] = 1
  const bounds = new Float64Array(width + height).fill(Infinity)
  bounds.set(upper)
  const reduced = new Float64Array(width + height)
  reduced.set(costs)
  return {
    ...{ columns, inverse, reduced, upper: bounds, value: right.slice(), work: 0 },
    limitRow: new Int32Array(width).fill(-1),
    basic: Int32Array.from({ length: height }, (_, row) => width + row),
    place: Int32Array.from({ length: width + height }, (_, variable) => (variable < width ? -1 : variable - width)),
    lower: new Float64Array(width + height),
    isAtUpper: new Uint8Array(width + height),
    weight: new Float64Array(height).fill(1),
  }
}

export function copyOfBasis(basis: Basis): Basis {
  return {
    columns: basis.columns,
    limitRow: basis.limitRow.slice(),
    basic: basis.basic.slice(),
    place: basis.place.slice(),
    inverse: basis.inverse.slice(),
    value: basis.value.slice(),
    reduced: basis.reduced.slice(),
    lower: basis.lower.slice(),
    upper: basis.upper.slice(),
    isAtUpper: basis.isAtUpper.slice(),
    weight: basis.weight.slice(),
    work: basis.inverse.length,
  }
}

/** A copy with one more row for each list of columns, whose sum may be one at most. No column is under two limits. */
export function withLimits(basis: Basis, lists: readonly (readonly number[])[]): Basis {
  const [height, count, added] = [basis.basic.length, basis.place.length, lists.length]
  const [rows, all] = [height + added, count + added]
  const larger: Basis = {
    columns: basis.columns,
    limitRow: basis.limitRow.slice(),
    basic: copied(new Int32Array(rows), basis.basic),
    place: copied(new Int32Array(all), basis.place),
    inverse: new Float64Array(rows * rows),
    value: copied(new Float64Array(rows), basis.value),
    reduced: copied(new Float64Array(all), basis.reduced),
    lower: copied(new Float64Array(all), basis.lower),
    upper: copied(new Float64Array(all).fill(Infinity), basis.upper),
    isAtUpper: copied(new Uint8Array(all), basis.isAtUpper),
    weight: copied(new Float64Array(rows).fill(1), basis.weight),
    work: basis.work + rows * rows,
  }
  for (let row = 0; row < height; row += 1) {
    larger.inverse.set(basis.inverse.subarray(row * height, (row + 1) * height), row * rows)
  }
  lists.forEach((list, index) => setLimit(larger, list, height + index, count + index))
  return larger
}

/** Narrower bounds of a variable. `minimise` makes the basic variables fit them. */
export function setBounds(basis: Basis, variable: number, lower: number, upper: number): void {
  const before = boundOf(basis, variable)
  basis.lower[variable] = lower
  basis.upper[variable] = upper
  const move = boundOf(basis, variable) - before
  if (move === 0 || basis.place[variable]! >= 0) return
  const column = columnInBasis(basis, variable)
  for (let row = 0; row < column.length; row += 1) basis.value[row]! -= column[row]! * move
  basis.work += column.length
}

/**
 * The dual simplex method with bounds that flip, to the minimum; `empty` where bounds and rows contradict one another, and
 * `stopped` where more work would be needed than is allowed. It depends on its input alone.
 */
export function minimise(basis: Basis, mostWork: number): 'optimal' | 'empty' | 'stopped' {
  const cells = new Float64Array(basis.place.length)
  for (;;) {
    const row = leavingOf(basis)
    if (row < 0) return 'optimal'
    if (basis.work > mostWork) return 'stopped'
    fillRow(basis, row, cells)
    const entering = enteringOf(basis, row, cells)
    if (entering < 0) return 'empty'
    pivot(basis, row, entering, cells)
  }
}

/** What each variable is. */
export function solutionOf(basis: Basis): Float64Array {
  return Float64Array.from(basis.lower, (_, variable) => {
    const row = basis.place[variable]!
    return row >= 0 ? basis.value[row]! : boundOf(basis, variable)
  })
}

function copied<Values extends Float64Array | Int32Array | Uint8Array>(larger: Values, values: Values): Values {
  larger.set(values)
  return larger
}

/** The limit's slack is basic: what the columns of the list leave of the one. */
function setLimit(basis: Basis, list: readonly number[], row: number, slack: number): void {
  const { basic, place, inverse, value, limitRow } = basis
  const height = basic.length
  basic[row] = slack
  place[slack] = row
  inverse[row * height + row] = 1
  value[row] = 1
  for (const column of list) {
    limitRow[column] = row
    const source = place[column]!
    value[row] -= source < 0 ? boundOf(basis, column) : value[source]!
    if (source < 0) continue
    for (let index = 0; index < height; index += 1) inverse[row * height + index]! -= inverse[source * height + index]!
  }
}

function boundOf({ lower, upper, isAtUpper }: Basis, variable: number): number {
  return isAtUpper[variable] === 1 ? upper[variable]! : lower[variable]!
}

/** The row whose variable is farthest out of its bounds, by its weight. */
function leavingOf({ basic, value, lower, upper, weight }: Basis): number {
  let [chosen, farthest] = [-1, 0]
  for (let row = 0; row < value.length; row += 1) {
    const variable = basic[row]!
    const outside = Math.max(lower[variable]! - value[row]!, value[row]! - upper[variable]!)
    if (outside <= FEASIBLE_TOLERANCE) continue
    const distance = (outside * outside) / weight[row]!
    if (distance > farthest) [chosen, farthest] = [row, distance]
  }
  return chosen
}

/** How each nonbasic variable that may move changes the row's basic one: less by so much for each one more of it. */
function fillRow(basis: Basis, row: number, cells: Float64Array): void {
  const { columns, limitRow, basic, place, inverse, lower, upper } = basis
  const [width, height] = [columns.length, basic.length]
  const own = inverse.subarray(row * height, (row + 1) * height)
  for (let variable = 0; variable < place.length; variable += 1) {
    cells[variable] = 0
    if (place[variable]! >= 0 || upper[variable]! <= lower[variable]!) continue
    if (variable >= width) {
      cells[variable] = own[variable - width]!
      continue
    }
    const { rows, values } = columns[variable]!
    let cell = limitRow[variable]! < 0 ? 0 : own[limitRow[variable]!]!
    for (let index = 0; index < rows.length; index += 1) cell += own[rows[index]!]! * values[index]!
    cells[variable] = cell
    basis.work += rows.length
  }
}

/**
 * The variable that brings the row's one back to its bound at the least cost. Cheaper ones whose whole span does not suffice
 * go to their other bound on the way; -1 where no variable can bring it back.
 */
function enteringOf(basis: Basis, row: number, cells: Float64Array): number {
  const { basic, value, reduced, lower, upper, isAtUpper } = basis
  const leaving = basic[row]!
  const isBelow = value[row]! < lower[leaving]!
  const candidates: number[] = []
  for (let variable = 0; variable < cells.length; variable += 1) {
    const cell = cells[variable]!
    if (cell > -PIVOT_TOLERANCE && cell < PIVOT_TOLERANCE) continue
    if (cell < 0 === (isBelow === (isAtUpper[variable] === 0))) candidates.push(variable)
  }
  const ratio = (variable: number) => Math.abs(reduced[variable]! / cells[variable]!)
  candidates.sort(
    (one, other) => ratio(one) - ratio(other) || Math.abs(cells[other]!) - Math.abs(cells[one]!) || one - other,
  )
  let outside = isBelow ? lower[leaving]! - value[row]! : value[row]! - upper[leaving]!
  const flipped: number[] = []
  for (const variable of candidates) {
    const reach = Math.abs(cells[variable]!) * (upper[variable]! - lower[variable]!)
    if (outside - reach <= FEASIBLE_TOLERANCE) {
      flip(basis, flipped)
      return variable
    }
    outside -= reach
    flipped.push(variable)
  }
  return -1
}

function flip(basis: Basis, variables: readonly number[]): void {
  for (const variable of variables) {
    const before = boundOf(basis, variable)
    basis.isAtUpper[variable]! ^= 1
    const move = boundOf(basis, variable) - before
    const column = columnInBasis(basis, variable)
    for (let row = 0; row < column.length; row += 1) basis.value[row]! -= column[row]! * move
  }
}

/** How each basic variable changes with the nonbasic one: less by so much for each one more of it. */
function columnInBasis(basis: Basis, variable: number): Float64Array {
  const { columns, limitRow, inverse, basic } = basis
  const [width, height] = [columns.length, basic.length]
  const column = new Float64Array(height)
  const addRow = (of: number, amount: number): void => {
    for (let row = 0, at = of; row < height; row += 1, at += height) column[row]! += inverse[at]! * amount
    basis.work += height
  }
  if (variable >= width) {
    addRow(variable - width, 1)
    return column
  }
  const { rows, values } = columns[variable]!
  rows.forEach((row, index) => addRow(row, values[index]!))
  if (limitRow[variable]! >= 0) addRow(limitRow[variable]!, 1)
  return column
}

/** Basic and nonbasic variable change places. */
function pivot(basis: Basis, row: number, entering: number, cells: Float64Array): void {
  const { basic, place, value, reduced, lower, upper, isAtUpper } = basis
  const leaving = basic[row]!
  const isBelow = value[row]! < lower[leaving]!
  const column = columnInBasis(basis, entering)
  const step = (value[row]! - (isBelow ? lower[leaving]! : upper[leaving]!)) / column[row]!
  const entered = boundOf(basis, entering) + step
  for (let other = 0; other < value.length; other += 1) value[other]! -= column[other]! * step
  value[row] = entered
  const cost = reduced[entering]! / column[row]!
  for (let variable = 0; variable < cells.length; variable += 1) reduced[variable]! -= cost * cells[variable]!
  reduced[entering] = 0
  reduced[leaving] = -cost
  isAtUpper[leaving] = isBelow ? 0 : 1
  basic[row] = entering
  place[entering] = row
  place[leaving] = -1
  updateInverse(basis, row, column)
}

function updateInverse(basis: Basis, row: number, column: Float64Array): void {
  const { inverse, weight } = basis
  const height = column.length
  const start = row * height
  const filled = new Int32Array(height)
  let count = 0
  const scale = 1 / column[row]!
  for (let index = 0; index < height; index += 1) {
    if (inverse[start + index] === 0) continue
    inverse[start + index]! *= scale
    filled[count++] = index
  }
  const own = weight[row]!
  for (let other = 0; other < height; other += 1) {
    const cell = column[other]!
    if (other === row || (cell < CELL_TOLERANCE && cell > -CELL_TOLERANCE)) continue
    weight[other] = Math.max(weight[other]!, (cell * scale) ** 2 * own)
    const target = other * height
    for (let index = 0; index < count; index += 1) {
      const at = filled[index]!
      const changed = inverse[target + at]! - cell * inverse[start + at]!
      inverse[target + at] = changed < CELL_TOLERANCE && changed > -CELL_TOLERANCE ? 0 : changed
    }
    basis.work += count
  }
  weight[row] = Math.max(own * scale ** 2, 1)
}
