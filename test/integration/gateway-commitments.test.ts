import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readContract } from '../../services/chain/ledger.ts'
import type { MeterReading } from '../../services/chain/readings.ts'
import { isCommitted, readCommitment, readReadingsVersion } from '../../services/chain/sessions.ts'
import { siblingsOf } from '../../services/domain/metering/merkle-sum-tree.ts'
import { readingTreeOf } from '../../services/domain/metering/reading-tree.ts'
import { readReadingBatch } from '../../services/store/readings.ts'
import { committed, connectMeter, period, readingAt } from './gateway-meters.ts'
import {
  endOfPeriod,
  eventually,
  READING_DEADLINE_SECONDS,
  startGatewayWorld,
  type GatewayWorld,
} from './gateway-world.ts'

const receiptOf = ({ deliveryPeriod, sequence }: MeterReading) => ({ deliveryPeriod, sequence, status: 'accepted' })

describe('commitments', () => {
  let world: GatewayWorld
  let meters: Awaited<ReturnType<typeof connectMeter>>[]

  beforeAll(async () => {
    world = await startGatewayWorld({ port: 18_330, households: 3, lastPeriod: period(7) })
    await world.startGateway()
    meters = await Promise.all(world.households.map((home) => connectMeter(world, home.meterKey)))
    await world.advanceTo(endOfPeriod(-1))
    await Promise.all(meters.map((meter) => meter.report(readingAt(-1))))
  })
  afterAll(() => world.stop())

  test('are made as soon as every reading is there, and every leaf can be proved on the ledger', async () => {
    await world.advanceTo(endOfPeriod(0))
    await Promise.all(meters.map((meter) => meter.report(readingAt(0))))

    expect(await committed(world, 0)).toMatchObject({ count: 3, importTotal: 300n, exportTotal: 30n })
    const batch = (await readReadingBatch(world.store, world.area, period(0)))!
    const tree = readingTreeOf(batch.leaves)
    for (const [position, { quality, ...registers }] of batch.leaves.entries()) {
      const leaf = { ...registers, quality: quality === 'metered' ? 0 : 1 }
      const isCommittedReading = async (reading: object) => {
        const place = [tree.levels[0]![position]!.a, tree.levels[0]![position]!.b, position, siblingsOf(tree, position)]
        const proof = [world.area, batch.version, reading, ...place] as const
        return [...(await readContract(world.ledger, 'meterReadings', 'isCommittedReading', ...proof))] as unknown[]
      }
      expect(await isCommittedReading(leaf)).toEqual([true])
      expect(await isCommittedReading({ ...leaf, importEnd: leaf.importEnd + 1n })).toEqual([false])
      expect(await isCommittedReading({ ...leaf, quality: 1 })).toEqual([false])
    }
  })

  test('wait for a missing reading until the deadline and estimate it', async () => {
    await world.advanceTo(endOfPeriod(1))
    await Promise.all(meters.slice(1).map((meter) => meter.report(readingAt(1))))
    await world.advanceTo(endOfPeriod(1) + READING_DEADLINE_SECONDS - 2)
    // A message and its answer go through the gateway: it has had its chance to commit too early.
    await meters[1]!.report(readingAt(1))
    expect(await isCommitted(world.ledger, world.area, period(1))).toBe(false)

    await world.advanceTo(endOfPeriod(1) + READING_DEADLINE_SECONDS)
    // No earlier day is known, and nothing yet of the gap's end.
    expect(await committed(world, 1)).toMatchObject({ count: 3, importTotal: 200n, exportTotal: 20n })
    expect(await qualitiesOf(1)).toEqual(['estimated', 'metered', 'metered'])
  })

  test('are corrected by a reading that came too late for its own period, and know the next one from it', async () => {
    expect(await meters[0]!.report(readingAt(1))).toMatchObject({ status: 'accepted', late: true })
    const corrected = async () => ((await readReadingsVersion(world.ledger, world.area, period(1))) === 1 ? true : null)
    await eventually(corrected, 'the corrected version of period 1')
    expect(await readCommitment(world.ledger, world.area, period(1))).toMatchObject({ count: 3, importTotal: 300n })
    expect(await readCommitment(world.ledger, world.area, period(1), 0)).toMatchObject({ importTotal: 200n })
    expect(await qualitiesOf(1)).toEqual(['metered', 'metered', 'metered'])

    await world.advanceTo(endOfPeriod(2))
    await Promise.all(meters.map((meter) => meter.report(readingAt(2))))
    expect(await committed(world, 2)).toMatchObject({ count: 3, importTotal: 300n })
  })

  /** The first meter's reading at `position` never comes, and its next one has the number. */
  const missAt = async (position: number, next: MeterReading) => {
    const others = meters.slice(1)
    await world.advanceTo(endOfPeriod(position))
    await Promise.all(others.map((meter) => meter.report(readingAt(position))))
    await world.advanceTo(endOfPeriod(position) + READING_DEADLINE_SECONDS)
    // There is no earlier day to take an estimate from.
    expect(await committed(world, position)).toMatchObject({ importTotal: 200n })
    await world.advanceTo(endOfPeriod(position + 1))
    await Promise.all(others.map((meter) => meter.report(readingAt(position + 1))))
    expect(await meters[0]!.report(next)).toMatchObject({ status: 'accepted' })
    return committed(world, position + 1)
  }

  test('lose no energy with a reading that never comes: the next one has its number, and tells what flowed', async () => {
    expect(await missAt(3, readingAt(4, { sequence: 5 }))).toMatchObject({ importTotal: 300n, exportTotal: 30n })
    expect(await qualitiesOf(4)).toEqual(['estimated', 'metered', 'metered'])
    const corrected = async () => ((await readReadingsVersion(world.ledger, world.area, period(3))) === 1 ? true : null)
    await eventually(corrected, 'the corrected version of period 3')
    expect(await readCommitment(world.ledger, world.area, period(3))).toMatchObject({ importTotal: 300n })
  })

  test('know nothing of the time in which a meter that left a number out was interrupted', async () => {
    expect(await missAt(5, readingAt(6, { sequence: 7 }))).toMatchObject({ importTotal: 200n })
    expect(await qualitiesOf(6)).toEqual(['estimated', 'metered', 'metered'])
    expect(await readReadingsVersion(world.ledger, world.area, period(5))).toBe(0)
  })

  test('go on after a stop, give the meters their time, and end with the area', async () => {
    expect(await world.stopGateway()).toBe(0)
    const back = endOfPeriod(7) + READING_DEADLINE_SECONDS + 1_000
    await world.advanceTo(back)
    await world.startGateway()
    const [silent, ...others] = meters
    for (const meter of others) {
      meter.receipts.length = 0
      expect(await meter.report(readingAt(7))).toEqual(receiptOf(readingAt(7)))
    }
    await world.advanceTo(back + READING_DEADLINE_SECONDS - 10)
    expect((await silent!.report(readingAt(-1))).code).toBe('reading-replayed')
    expect(await isCommitted(world.ledger, world.area, period(7))).toBe(false)

    await world.advanceTo(back + READING_DEADLINE_SECONDS + 10)
    expect(await committed(world, 7)).toMatchObject({ count: 3, importTotal: 200n })
    expect(await qualitiesOf(7)).toEqual(['estimated', 'metered', 'metered'])
    expect(await world.store.client.gatewayTransaction.count()).toBe(10)
  })

  async function qualitiesOf(position: number) {
    const batch = await readReadingBatch(world.store, world.area, period(position))
    return batch?.leaves.map(({ quality }) => quality)
  }
})
