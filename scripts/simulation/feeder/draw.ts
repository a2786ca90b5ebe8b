import { chance } from '../chance.ts'

/** What is drawn, each by numbers of its own. */
const DRAWS = {
  'pv-owner': 1,
  'pv-size': 2,
  'pv-noise': 3,
  'battery-owner': 4,
  'battery-size': 5,
  'battery-power': 6,
  'car-owner': 7,
  'car-habit': 8,
  'car-arrival': 9,
  'car-need': 10,
  'car-departure': 11,
  'car-rest': 12,
  'day-level': 13,
  'day-shift': 14,
  sky: 15,
  cloud: 16,
  disobedience: 17,
} as const
export type DrawName = keyof typeof DRAWS

/** Of a run: two runs of one seed are alike in all that is drawn. */
export type Seed = number

const APART = 0x9e3779b9

/** A whole number from `least` to `most`, both included, all equally likely, for the home (-1: for all) and the index. */
export function drawBetween(
  seed: Seed,
  name: DrawName,
  { home, index }: { readonly home: number; readonly index: number },
  [least, most]: readonly [number, number],
): number {
  const stream = Math.imul(seed + 1, APART) ^ Math.imul(DRAWS[name], 0x51ed270b) ^ Math.imul(home + 2, 0x27d4eb2f)
  return least + Math.floor(chance(stream, index) * (most - least + 1))
}

/** So many of the homes at these positions, drawn; all where there are not so many. */
export function drawOwners(
  seed: Seed,
  name: DrawName,
  positions: readonly number[],
  owners: number,
): ReadonlySet<number> {
  const draws = positions.map((home) => ({ home, draw: drawBetween(seed, name, { home, index: 0 }, [0, 2 ** 31]) }))
  draws.sort((one, other) => one.draw - other.draw || one.home - other.home)
  return new Set(draws.slice(0, owners).map(({ home }) => home))
}
