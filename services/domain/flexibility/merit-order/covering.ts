/**
 * The choice of orders as an integer program, in columns. All figures are whole numbers below 2^53, so that sums of them
 * are exact: power in hundredths of a W, and costs in hundredths of a micro-euro.
 *
 * For each column a factor from `least` to 100 hundredths, or 0; of the columns of a group at most one above 0. It costs
 * price * factor, adds value * factor to the rows below `needs.length`, and takes value * factor of the rooms, which are
 * the rows from there on. What of a need stays unmet costs `unmetPrice` each.
 */
export type Covering = {
  readonly needs: Float64Array
  readonly rooms: Float64Array
  readonly unmetPrice: number
  readonly columns: readonly Column[]
  /** Places of the columns of each group. */
  readonly groups: readonly (readonly number[])[]
}

export type Column = {
  readonly group: number
  readonly price: number
  /** The smallest factor above 0. */
  readonly least: number
  /** Ascending. */
  readonly rows: Int32Array
  /** Each above 0. */
  readonly values: Float64Array
}

export const FULL_FACTOR = 100

/** A factor for every column. */
export type Choice = Uint8Array

/** What a choice costs, and what is left of needs and rooms. */
export type Standing = {
  readonly choice: Choice
  /** Needs less what covers them, below zero where they are exceeded; then rooms less what is taken of them, never below zero. */
  readonly left: Float64Array
  cost: number
}

export function emptyStanding(covering: Covering): Standing {
  const left = new Float64Array(covering.needs.length + covering.rooms.length)
  left.set(covering.needs)
  left.set(covering.rooms, covering.needs.length)
  return { choice: new Uint8Array(covering.columns.length), left, cost: 0 }
}

export function copyOf({ choice, left, cost }: Standing): Standing {
  return { choice: choice.slice(), left: left.slice(), cost }
}

/** Sets the column's factor, whatever that does to the rooms. */
export function setFactor(covering: Covering, standing: Standing, place: number, factor: number): void {
  const { price, rows, values } = covering.columns[place]!
  const change = factor - standing.choice[place]!
  if (change === 0) return
  standing.choice[place] = factor
  standing.cost += price * change
  for (let index = 0; index < rows.length; index += 1) standing.left[rows[index]!]! -= values[index]! * change
}

/** Cost of the choice with what its unmet needs cost. */
export function objectiveOf({ needs, unmetPrice }: Covering, { left, cost }: Standing): number {
  let unmet = 0
  for (let row = 0; row < needs.length; row += 1) if (left[row]! > 0) unmet += left[row]!
  return cost + unmet * unmetPrice
}
