import { describe, expect, test } from 'vitest'
import { basisOf, copyOfBasis, minimise, setBounds, solutionOf, withLimits, type Basis } from './simplex.ts'

/** Rows are sums with a slack of 0 or more: `[[1, 2], 3]` is x + 2 y <= 3, and negative values turn it round. */
const programOf = (costs: number[], rows: readonly (readonly [readonly number[], number])[], upper: number[]): Basis =>
  basisOf({
    columns: costs.map((_, column) => ({
      rows: Int32Array.from(rows, (_row, index) => index),
      values: Float64Array.from(rows, ([cells]) => cells[column]!),
    })),
    costs: Float64Array.from(costs),
    upper: Float64Array.from(upper),
    right: Float64Array.from(rows, ([, right]) => right),
  })
const solved = (basis: Basis, count: number) => {
  expect(minimise(basis, Infinity)).toBe('optimal')
  return [...solutionOf(basis).subarray(0, count)].map((value) => Math.round(value * 1e6) / 1e6)
}

describe('minimise', () => {
  test('fills what is cheapest to its bound, and takes a part of the next', () => {
    // x + y + z >= 2.25, at costs of 3, 1 and 2, each up to 1.
    expect(solved(programOf([3, 1, 2], [[[-1, -1, -1], -2.25]], [1, 1, 1]), 3)).toEqual([0.25, 1, 1])
  })

  test('keeps to several rows', () => {
    // x + y >= 1, y + z >= 1, x + z <= 0.5: costs 1, 5, 1.
    const rows = [
      [[-1, -1, 0], -1],
      [[0, -1, -1], -1],
      [[1, 0, 1], 0.5],
    ] as const
    expect(solved(programOf([1, 5, 1], rows, [1, 1, 1]), 3)).toEqual([0.25, 0.75, 0.25])
  })

  test('says where rows and bounds contradict one another', () => {
    expect(minimise(programOf([1, 1], [[[-1, -1], -2.5]], [1, 1]), Infinity)).toBe('empty')
  })

  test('stops where the work is used up', () => {
    expect(minimise(programOf([1, 1], [[[-1, -1], -1.5]], [1, 1]), -1)).toBe('stopped')
  })
})

describe('setBounds', () => {
  test('goes on from a basis that was solved, which stays as it is', () => {
    const basis = programOf([3, 1, 2], [[[-1, -1, -1], -1.5]], [1, 1, 1])
    expect(solved(basis, 3)).toEqual([0, 1, 0.5])
    const narrower = copyOfBasis(basis)
    setBounds(narrower, 1, 0, 0.25)
    expect(solved(narrower, 3)).toEqual([0.25, 0.25, 1])
    const raised = copyOfBasis(narrower)
    setBounds(raised, 0, 0.75, 1)
    expect(solved(raised, 3)).toEqual([0.75, 0.25, 0.5])
    const fixed = copyOfBasis(raised)
    setBounds(fixed, 2, 0, 0)
    expect(minimise(fixed, Infinity)).toBe('empty')
    expect(solved(basis, 3)).toEqual([0, 1, 0.5])
  })
})

describe('withLimits', () => {
  test('goes on under limits, with columns that are basic and at either bound', () => {
    // 2 x + y + z >= 3 at costs 1, 1, 5: x at its bound, y as well.
    const basis = programOf([1, 1, 5], [[[-2, -1, -1], -2.5]], [1, 1, 1])
    expect(solved(basis, 3)).toEqual([1, 0.5, 0])
    const limited = withLimits(basis, [[0, 1]])
    expect(solved(limited, 3)).toEqual([1, 0, 0.5])
    expect(solved(withLimits(programOf([1, 1, 5], [[[-2, -1, -1], -2.5]], [1, 1, 1]), [[0, 1]]), 3)).toEqual([
      1, 0, 0.5,
    ])
    expect(solved(basis, 3)).toEqual([1, 0.5, 0])
  })
})
