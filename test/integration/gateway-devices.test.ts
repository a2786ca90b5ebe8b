import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { releaseDevice } from '../../services/store/devices.ts'
import { insertRefusedMessages } from '../../services/store/refused-messages.ts'
import { listReplays, requestReplay } from '../../services/store/refusal-replays.ts'
import { connectMeter, period, readingAt } from './gateway-meters.ts'
import {
  endOfPeriod,
  eventually,
  READING_DEADLINE_SECONDS,
  startGatewayWorld,
  type GatewayWorld,
} from './gateway-world.ts'

/** What the gateway notes of devices, and how it decides on refused messages anew. */

let world: GatewayWorld
let meters: Awaited<ReturnType<typeof connectMeter>>[]

beforeAll(async () => {
  world = await startGatewayWorld({ port: 18_940, households: 2, lastPeriod: period(90) })
  await world.startGateway()
  meters = await Promise.all(world.households.map(({ meterKey }) => connectMeter(world, meterKey)))
})
afterAll(async () => {
  for (const meter of meters) await meter.close()
  await world.stop()
})

const healthOf = (device: string) => world.store.client.deviceHealth.findUnique({ where: { device } })
/** Expected and delivered in all days. */
async function deliveriesOf(device: string): Promise<[number, number]> {
  const rows = await world.store.client.deviceDelivery.findMany({ where: { device } })
  const delivered = rows.map(({ delivered: bits }) => bits.replaceAll('0', '').length)
  return [rows.reduce((sum, { expected }) => sum + expected, 0), delivered.reduce((sum, count) => sum + count, 0)]
}
const refusalOf = async (code: string) =>
  eventually(() => world.store.client.refusedMessage.findFirst({ where: { code }, orderBy: { id: 'desc' } }), code)
const ask = (refusalId: bigint, mostTries = 10) =>
  requestReplay(world.store, { refusalId, by: '0x1', now: 1, mostOpen: 5, mostTries })
const outcomeOf = (refusalId: bigint) =>
  eventually(async () => (await listReplays(world.store, refusalId))?.[0]?.outcome, 'the outcome of a replay')

describe('a refused message', () => {
  test('is decided on anew as when it came, and accepted where what was wrong is over', async () => {
    const meter = meters[0]!
    await world.advanceTo(endOfPeriod(-1))
    const reading = readingAt(0)
    expect(await meter.report(reading)).toMatchObject({ code: 'reading-from-the-future' })
    const { id, device, format, isWhole } = await refusalOf('reading-from-the-future')
    expect({ device, format, isWhole }).toEqual({ device: meter.address, format: 'reading', isWhole: true })

    await ask(id)
    expect(await outcomeOf(id)).toMatchObject({ status: 'refused', code: 'reading-from-the-future' })
    const rows = await world.store.client.refusedMessage.count()

    await world.advanceTo(endOfPeriod(0))
    await ask(id)
    expect(await outcomeOf(id)).toMatchObject({ status: 'accepted', code: null })
    const taken = await world.store.client.meterReading.findFirst({ where: { period: reading.deliveryPeriod } })
    expect(taken?.sequence).toBe(reading.sequence)
    // It keeps its row, and gets no other.
    expect(await world.store.client.refusedMessage.count()).toBe(rows)
  })

  test('that was accepted meanwhile is known, also after a kill before its outcome was written', async () => {
    const { id } = await refusalOf('reading-from-the-future')
    await world.killGateway()
    const asked = await ask(id)
    expect(asked).toMatchObject({ outcome: null })
    expect(await ask(id)).toEqual(asked)
    await world.startGateway()
    expect(await outcomeOf(id)).toMatchObject({ status: 'known' })
    expect(await world.store.client.meterReading.count()).toBe(1)
  })

  test('is not decided on anew where it cannot be read, is gone, or was tried too often', async () => {
    // No protocol lets so much in now; one that does is not to be read half.
    const message = { topic: 't', code: 'too-long', reason: 'r', payload: Buffer.alloc(5_000), receivedAt: 1 }
    await insertRefusedMessages(world.store, [{ ...message, device: meters[0]!.address, format: 'reading' }])
    const { id, isWhole, payload } = await refusalOf('too-long')
    expect({ isWhole, bytes: payload.length }).toEqual({ isWhole: false, bytes: 4_096 })
    expect(await ask(id)).toBe('not-replayable')
    expect(await ask(999_999n)).toBe('unknown')
    const known = await refusalOf('reading-from-the-future')
    expect(await ask(known.id, 3)).toBe('too-many')
  })
})

describe('the health of a meter', () => {
  test('counts readings, refusals and numbers that were left out, over a kill too', async () => {
    const meter = meters[0]!
    await eventually(async () => ((await healthOf(meter.address))?.refused === 1n ? true : null), 'the refusal')
    await world.advanceTo(endOfPeriod(3))
    await meter.report(readingAt(1))
    await meter.report(readingAt(3, { sequence: 7 }))
    await meter.report(readingAt(3, { sequence: 7 }))
    const written = async () => ((await healthOf(meter.address))?.lastSequence === 7n ? true : null)
    await eventually(written, 'the sequence')
    expect(await healthOf(meter.address)).toMatchObject({ lost: 3n })
    expect((await healthOf(meter.address))?.lastSeenAt).toBeGreaterThanOrEqual(endOfPeriod(3))
    const { received } = (await healthOf(meter.address))!

    await world.killGateway()
    await world.startGateway()
    await world.advanceTo(endOfPeriod(4))
    await meter.report(readingAt(4, { sequence: 8 }))
    await eventually(async () => ((await healthOf(meter.address))?.lastSequence === 8n ? true : null), 'the next')
    expect(await healthOf(meter.address)).toMatchObject({ lost: 3n, received: received + 1n })
  })

  test('tells in how many periods its reading was there by the reading deadline', async () => {
    const [meter, silent] = meters as [(typeof meters)[number], (typeof meters)[number]]
    await world.advanceTo(endOfPeriod(5) + READING_DEADLINE_SECONDS)
    const counted = async () => ((await deliveriesOf(silent.address))[0] > 0 ? true : null)
    await eventually(counted, 'the deliveries')
    const [expected, delivered] = await eventually(async () => {
      const counts = await deliveriesOf(meter.address)
      return counts[0] >= 6 ? counts : null
    }, 'all periods')
    // Of six periods those at 0, 3 and 4 came in time.
    expect([expected, delivered]).toEqual([6, 3])
    expect(await deliveriesOf(silent.address)).toEqual([expected, 0])
  })

  test('is forgotten once the device changes hands', async () => {
    const silent = meters[1]!
    const memberId = world.households[1]!.memberId
    await releaseDevice(world.store, { address: silent.address, memberId, now: endOfPeriod(5) + 1 })
    await eventually(
      async () => ((await deliveriesOf(silent.address))[0] === 0 ? true : null),
      'the end of the deliveries',
    )
    await eventually(async () => {
      const since = (await healthOf(silent.address))?.knownSince ?? 0
      return since > endOfPeriod(5) ? true : null
    }, 'a new beginning')
  })
})
