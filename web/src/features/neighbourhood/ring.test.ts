import { describe, expect, test } from 'vitest'
import { energyWh } from '../../../../services/domain/units.ts'
import type { HomeInPicture } from './picture.ts'
import { RING_SIZE, ringOf, shortNameOf } from './ring.ts'

function homeOf(memberId: number, toNeighbours = 0n, toGrid = 0n): HomeInPicture {
  const flows = {
    fromNeighbours: energyWh(0n),
    toNeighbours: energyWh(toNeighbours),
    fromGrid: energyWh(0n),
    toGrid: energyWh(toGrid),
  }
  return { memberId, name: `home_${memberId}`, state: 'gives', flows }
}

describe('ringOf', () => {
  test('puts the first home at the top and the others clockwise', () => {
    const [top, right, bottom] = ringOf([1, 2, 3, 4].map((memberId) => homeOf(memberId)))
    expect(top!.y).toBeLessThan(RING_SIZE / 2)
    expect(top!.x).toBe(RING_SIZE / 2)
    expect(right!.x).toBeGreaterThan(RING_SIZE / 2)
    expect(bottom!.y).toBeGreaterThan(RING_SIZE / 2)
  })

  test('draws twice the energy twice as wide, up to the largest flow of all', () => {
    const [small, large] = ringOf([homeOf(1, 400n), homeOf(2, 800n)])
    expect(large!.ribbons[0]!.width).toBeCloseTo(small!.ribbons[0]!.width * 2, 1)
  })

  test('draws no ribbon where nothing flowed or nothing is known', () => {
    const unknown: HomeInPicture = { memberId: 3, name: 'home_3', state: 'no reading', flows: null }
    expect(ringOf([homeOf(1), unknown]).map(({ ribbons }) => ribbons.length)).toEqual([0, 0])
  })

  test("draws the grid's intake as an outline", () => {
    const [home] = ringOf([homeOf(1, 0n, 800n)])
    expect(home!.ribbons[0]).toMatchObject({ kind: 'to grid' })
    expect(home!.ribbons[0]!.hollow).toBeGreaterThan(0)
  })

  test('leaves out labels that would not be legible', () => {
    const many = Array.from({ length: 200 }, (_, index) => homeOf(index + 1))
    expect(ringOf(many)[0]!.label).toBeNull()
    expect(ringOf(many.slice(0, 8))[7]!.label).toBe('8')
  })
})

test('shortNameOf is the number of a home, or the start of its name', () => {
  expect(shortNameOf('home_08')).toBe('8')
  expect(shortNameOf('Residential 4')).toBe('4')
  expect(shortNameOf('Windmill')).toBe('Win')
})
