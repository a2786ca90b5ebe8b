import { describe, expect, test } from 'vitest'
import type { Neighbourhood } from '../../lib/api-client.ts'
import { barsOf } from './home-bars.ts'
import { homeSentence } from './home-words.ts'
import { flowBarsOf } from './flow-bars.ts'
import { pictureOf } from './picture.ts'
import { savingOf } from './useSaving.ts'

type Household = Neighbourhood['households'][number]

const giver: Household = {
  memberId: 1,
  name: 'home_01',
  isShown: true,
  role: 'producing',
  latest: { period: 100, importWh: '0', exportWh: '800', boughtWh: '0', soldWh: '300' },
}
const taker: Household = {
  memberId: 2,
  name: 'home_02',
  isShown: true,
  role: 'consuming',
  latest: { period: 100, importWh: '500', exportWh: '0', boughtWh: '300', soldWh: '0' },
}
const late: Household = {
  memberId: 3,
  name: 'home_03',
  isShown: true,
  role: 'consuming',
  latest: { period: 99, importWh: '500', exportWh: '0', boughtWh: '0', soldWh: '0' },
}
const silent: Household = { memberId: 4, name: 'home_04', isShown: true, role: null, latest: null }

const hidden: Household = { memberId: 5, name: 'member 5', isShown: false, role: null, latest: null }

const whole: Neighbourhood['picture'] = {
  period: 100,
  givingCount: 1,
  takingCount: 1,
  withoutReadingCount: 2,
  sharedWh: '300',
  fromGridWh: '200',
  toGridWh: '500',
}

function neighbourhoodOf(households: Household[], picture = whole): Neighbourhood {
  const session = { period: 100, priceMicroEuroPerKwh: '82000' }
  return { households, picture, sessions: [session] } as unknown as Neighbourhood
}

describe('pictureOf', () => {
  const picture = pictureOf(neighbourhoodOf([giver, taker, late, silent]))

  test('counts who gave and who took in the latest metered period', () => {
    expect(picture).toMatchObject({ period: 100, starts: 90_000, ends: 90_900, giving: 1, taking: 1 })
  })

  test('knows no reading of a home whose latest is of an earlier period, or that has none', () => {
    expect(picture?.withoutReading).toBe(2)
    expect(picture?.homes.map(({ state }) => state)).toEqual(['gives', 'takes', 'no reading', 'no reading'])
    expect(picture?.homes[2]?.flows).toBeNull()
  })

  test('says of all homes together what was shared and what the grid gave and took, whatever is shown of each', () => {
    for (const shown of [picture, pictureOf(neighbourhoodOf([hidden]))])
      expect(shown).toMatchObject({ shared: 300n, fromGrid: 200n, toGrid: 500n, price: 82_000n })
  })

  test('does not take a home that is not shown for one without a reading', () => {
    expect(pictureOf(neighbourhoodOf([hidden]))?.homes).toEqual([
      { memberId: 5, name: 'member 5', state: 'not shown', flows: null },
    ])
  })

  test('is empty before the first reading', () => {
    expect(pictureOf(neighbourhoodOf([silent], null))).toBeNull()
  })
})

describe('homeSentence', () => {
  const [first, , third] = pictureOf(neighbourhoodOf([giver, taker, late]))?.homes ?? []

  test('names each flow', () => {
    expect(homeSentence(first!)).toBe('home_01: 0.30 kWh to neighbours, 0.50 kWh to the grid')
  })

  test('says that there is no reading, or that it is not shown, never zero', () => {
    expect(homeSentence(third!)).toBe('home_03: no reading')
    expect(homeSentence({ name: 'member 5', state: 'not shown', flows: null })).toBe('member 5: not shown to you')
  })
})

describe('bars', () => {
  const picture = pictureOf(neighbourhoodOf([giver, taker, late]))!

  test('of homes share one scale', () => {
    const [first, second, third] = barsOf(picture.homes)
    expect(first?.left).toEqual([
      { mark: 'grid-out', width: '62.5%' },
      { mark: 'sun', width: '37.5%' },
    ])
    expect(second?.right).toEqual([
      { mark: 'leaf', width: '37.5%' },
      { mark: 'grid-in', width: '25%' },
    ])
    expect(third).toMatchObject({ gave: null, took: null, left: [], right: [] })
  })

  test('of the whole are on the scale of the widest', () => {
    expect(flowBarsOf(picture).map(({ width }) => width)).toEqual(['60%', '40%', '100%'])
  })

  test('of nothing are empty', () => {
    expect(flowBarsOf({ shared: 0n, fromGrid: 0n, toGrid: 0n }).map(({ width }) => width)).toEqual(['0%', '0%', '0%'])
  })
})

describe('savingOf', () => {
  const totals = {
    periodCount: 96,
    firstPeriod: 1,
    lastPeriod: 96,
    tradedWh: '250',
    gridImportWh: '750',
    gridExportWh: '10',
    savingMicroEuro: '-7',
  }

  test('tells the share that came from neighbours, and a loss as negative', () => {
    expect(savingOf({ totals } as Neighbourhood)).toMatchObject({ localPercent: 25, saving: -7n })
  })

  test('is empty before the first settlement', () => {
    expect(savingOf({ totals: { ...totals, periodCount: 0 } } as Neighbourhood)).toBeNull()
  })
})
