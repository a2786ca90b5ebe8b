import { describe, expect, test } from 'vitest'
import { deliveryPeriod } from '../../services/domain/units.ts'
import { createArrivals, type Arrived } from './arrivals.ts'

const NOTHING: Arrived = { there: [], refused: [] }
const ENDED = deliveryPeriod(100)

describe('what the gateway fetches', () => {
  test('is waited for until it is there, all with one look', async () => {
    const looked: string[][] = []
    const arrivals = createArrivals({
      everyMs: 1,
      patienceMs: 60_000,
      look: (addresses, ended) => {
        expect(ended).toBe(ENDED)
        looked.push([...addresses])
        return Promise.resolve(looked.length === 1 ? NOTHING : { ...NOTHING, there: [looked.length === 2 ? 'a' : 'b'] })
      },
    })
    await Promise.all([arrivals.until('a', ENDED), arrivals.until('b', ENDED)])
    expect(looked.slice(1)).toEqual([['a', 'b'], ['b']])
    arrivals.stop()
  })

  test('is a refusal where the gateway refused it', async () => {
    const refused = [{ address: 'a', code: 'counter-backwards', reason: 'went back' }]
    const arrivals = createArrivals({
      ...{ everyMs: 1, patienceMs: 60_000, look: () => Promise.resolve({ there: [], refused }) },
    })
    await expect(arrivals.until('a', ENDED)).rejects.toMatchObject({ code: 'counter-backwards' })
  })

  test('is given up after a while', async () => {
    const arrivals = createArrivals({ everyMs: 1, patienceMs: 0, look: () => Promise.resolve(NOTHING) })
    await expect(arrivals.until('a', ENDED)).rejects.toMatchObject({ code: 'simulation-stuck' })
  })

  test('fails everybody who waits where nobody can look', async () => {
    const arrivals = createArrivals({
      ...{ everyMs: 1, patienceMs: 60_000, look: () => Promise.reject(new Error('no database')) },
    })
    const waiting = [arrivals.until('a', ENDED), arrivals.until('b', ENDED)]
    const settled = await Promise.allSettled(waiting)
    expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  })
})
