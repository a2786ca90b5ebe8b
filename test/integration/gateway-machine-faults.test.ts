import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connectMeter, period, readingAt } from './gateway-meters.ts'
import { endOfPeriod, startGatewayWorld, type GatewayWorld } from './gateway-world.ts'
import { expectOneEffect } from './outbox-effects.ts'

const TOTALS = { count: 2, importTotal: 200n, exportTotal: 20n }
/** What is written on the way of a reading to the ledger, in this sequence. */
const WRITES = [
  ['INSERT', 'meter_readings'],
  ['INSERT', 'reading_batches'],
  ['INSERT', 'reading_leaves'],
  ['INSERT', 'gateway_transactions'],
  ['UPDATE', 'gateway_transactions'],
] as const
const [RESTARTED, STEPPED] = [WRITES.length, WRITES.length + 1]
/** Readings of each meter, for periods before the area's first. */
const LOAD = 100

/** The periods of one area, in each of which another thing goes wrong with the machine of the gateway. */
describe('nothing that was acknowledged is lost, and every commitment is made once', () => {
  let world: GatewayWorld
  let meters: Awaited<ReturnType<typeof connectMeter>>[]

  beforeAll(async () => {
    world = await startGatewayWorld({ port: 18_680, households: 2, lastPeriod: period(STEPPED + 1) })
    meters = await Promise.all(world.households.map((home) => connectMeter(world, home.meterKey)))
    await world.startGateway()
    await world.advanceTo(endOfPeriod(-1))
  })
  afterAll(() => world.stop())

  const detail = () => (world.presence()?.state === 'degraded' ? (world.presence()?.detail ?? '') : '')
  const sequenceOf = (position: number) => position + LOAD + 2
  const reading = (position: number) => readingAt(position, { sequence: sequenceOf(position) })

  test('while PostgreSQL is restarted under load', async () => {
    let acknowledged = 0
    const restarts: Promise<void>[] = []
    const load = meters.map(async (meter) => {
      for (let sequence = 1; sequence <= LOAD; sequence += 1) {
        const deliveryPeriod = period(sequence - LOAD - 2)
        const registers = { importRegister: BigInt(sequence), exportRegister: 0n }
        const receipt = await meter.report({ deliveryPeriod, sequence, ...registers })
        expect(receipt).toMatchObject({ status: 'accepted', sequence })
        acknowledged += 1
        if (acknowledged === LOAD / 2) restarts.push(world.restartPostgres())
      }
    })
    await Promise.all(load)
    expect(restarts).toHaveLength(1)
    await Promise.all(restarts)
    expect(await world.store.client.meterReading.count()).toBe(2 * LOAD)
    for (const meter of meters) expect(await meter.report(reading(-1))).toMatchObject({ status: 'accepted' })
  })

  test.each(WRITES.map(([act, table], position) => ({ act, table, position })))(
    'while the disk of PostgreSQL is full at: $act $table',
    async ({ act, table, position }) => {
      await fillDisk(act, table)
      await world.advanceTo(endOfPeriod(position))
      const reports = meters.map((meter) => meter.report(reading(position)))
      await expect.poll(detail, { timeout: 20_000 }).toMatch(/database: .*No space left/)
      const written = await world.store.client.meterReading.count({ where: { period: period(position) } })
      expect(written).toBe(table === 'meter_readings' ? 0 : 2)

      await emptyDisk(table)
      for (const receipt of await Promise.all(reports)) expect(receipt).toMatchObject({ status: 'accepted' })
      await expectOneEffect(world, position, TOTALS)
      await expect.poll(() => world.presence()?.state, { timeout: 20_000 }).toBe('up')
    },
  )

  test('while PostgreSQL is restarted between readings and their commitment', async () => {
    await world.advanceTo(endOfPeriod(RESTARTED))
    expect(await meters[0]!.report(reading(RESTARTED))).toMatchObject({ status: 'accepted' })
    const last = meters[1]!.report(reading(RESTARTED))
    await world.restartPostgres()
    expect(await last).toMatchObject({ status: 'accepted' })
    await expectOneEffect(world, RESTARTED, TOTALS)
  })

  test('while the clock of the machine steps back', async () => {
    await world.stopGateway()
    await world.startSteppingGateway()
    await world.advanceTo(endOfPeriod(STEPPED))
    expect(await meters[0]!.report(reading(STEPPED))).toMatchObject({ status: 'accepted' })
    world.stepClockBack()
    expect(await meters[1]!.report(reading(STEPPED))).toMatchObject({ status: 'accepted' })
    await expectOneEffect(world, STEPPED, TOTALS)

    world.stepClockBack()
    const next = STEPPED + 1
    await world.advanceTo(endOfPeriod(next))
    for (const meter of meters) expect(await meter.report(reading(next))).toMatchObject({ status: 'accepted' })
    await expectOneEffect(world, next, TOTALS)
    // Another process with the right time, after one that was hours behind.
    expect(await world.stopGateway()).toBe(0)
    await world.startGateway()
    await expectOneEffect(world, next, TOTALS)
  })

  /** What a full disk has PostgreSQL say of a write to the table (disk_full). */
  async function fillDisk(act: string, table: string): Promise<void> {
    await run(`CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$`)
    await run(`CREATE TRIGGER full_disk BEFORE ${act} ON ${table} FOR EACH ROW EXECUTE FUNCTION refuse()`)
  }
  const emptyDisk = (table: string) => run(`DROP TRIGGER full_disk ON ${table}`)
  const run = (sql: string) => world.store.client.$executeRawUnsafe(sql)
})
