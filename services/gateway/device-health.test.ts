import { describe, expect, test } from 'vitest'
import type { HealthChange } from '../store/device-health.ts'
import { createDeviceHealth } from './device-health.ts'

const METER = '0x1'
const BATTERY = '0x2'
/** The end of delivery period 100. */
const END = 101 * 900

async function setUp() {
  const clock = { now: END }
  const written: HealthChange[] = []
  const batches: number[] = []
  const days: string[] = []
  const devices = [
    { address: METER, area: 1 },
    { address: BATTERY, area: 1 },
    ...Array.from({ length: 2_500 }, (_, index) => ({ address: `many-${index}`, area: 1 })),
  ]
  const health = createDeviceHealth({
    now: () => clock.now,
    watch: () => Promise.resolve(devices),
    write: (changes) => {
      written.push(...changes)
      batches.push(changes.length)
      return Promise.resolve()
    },
    countDay: (area, day, upto) => Promise.resolve(void days.push(`${area}:${day}<${upto}`)),
    readingDeadlines: new Map([[1, 300]]),
  })
  await health.refresh()
  return { health, clock, written, batches, days }
}

describe('the health of devices', () => {
  test('counts what came, and the numbers that a sequence left out', async () => {
    const { health, written } = await setUp()
    health.onReading(METER, { sequence: 5, isLate: false, skipped: 0 })
    health.onReading(METER, { sequence: 8, isLate: true, skipped: 2 })
    health.onRefused(METER)
    await health.flush()
    expect(written).toMatchObject([
      { device: METER, received: 2, late: 1, refused: 1, lost: 2, lastSequence: 8, lastSeenAt: END },
    ])
  })

  test('marks a period in which something was measured, unless it came after the reading deadline', async () => {
    const { health, clock, written } = await setUp()
    clock.now = END + 300
    health.onMeasured(BATTERY, (END - 1) * 1_000)
    health.onMeasured(BATTERY, (END - 2) * 1_000)
    clock.now = END + 301
    health.onMeasured(BATTERY, (END - 901) * 1_000)
    await health.flush()
    expect(written).toMatchObject([{ device: BATTERY, received: 3, late: 1, periods: [100] }])
  })

  test('marks no period that has not begun', async () => {
    const { health, written } = await setUp()
    health.onMeasured(BATTERY, (END + 900) * 1_000)
    await health.flush()
    expect(written).toMatchObject([{ received: 1, late: 0, periods: [] }])
  })

  test('notes nothing of a device that nobody registered, and of the others what they tell within bounds', async () => {
    const { health, written } = await setUp()
    health.onSeen('0x3', { firmware: '1' })
    health.onRefused('0x3')
    health.onSeen(METER, { firmware: `1.2\0${'x'.repeat(200)}`, clockOffsetMs: 1e12 })
    await health.flush()
    expect(written).toHaveLength(1)
    expect(written[0]).toMatchObject({ device: METER, received: 0, clockOffsetMs: 2 ** 31 - 1 })
    expect(written[0]!.firmware).toMatch(/^1\.2x{97}$/)
  })

  test('writes what was noted once, a thousand devices at a time', async () => {
    const { health, batches } = await setUp()
    for (let index = 0; index < 2_500; index += 1) health.onSeen(`many-${index}`)
    await health.flush()
    await health.flush()
    expect(batches).toEqual([1_000, 1_000, 500])
  })

  test('counts a day when a reading deadline is over, and after a start two days back', async () => {
    const { health, clock, days } = await setUp()
    await health.flush()
    expect(days).toEqual(['1:-1<100', '1:0<100', '1:1<100'])
    clock.now = END + 299
    await health.flush()
    clock.now = END + 300
    await health.flush()
    expect(days.slice(3)).toEqual(['1:1<101'])
  })
})
