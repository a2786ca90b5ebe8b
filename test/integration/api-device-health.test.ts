import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { deviceHealth, gatewayList } from '../../services/api/schemas/device-health.ts'
import { refusalPage, refusalReplay, refusalReplayList } from '../../services/api/schemas/refusals.ts'
import { addressOfKey } from '../../services/chain/typed-data.ts'
import type { HeldRole } from '../../services/domain/identity/household-data.ts'
import { startOf } from '../../services/domain/units.ts'
import { insertRefusedMessages } from '../../services/store/refused-messages.ts'
import { writeReplayOutcome } from '../../services/store/refusal-replays.ts'
import { bodyOf, problemOf } from './api-answers.ts'
import { FIRST_PERIOD } from './api-market.ts'
import { browserWith, signIn, type Browser } from './api-signed-in.ts'
import { startApiWorld, type ApiWorld } from './api-world.ts'

const OPERATOR_KEY = `0x${'d1'.repeat(32)}`
const PLATFORM_KEY = `0x${'d2'.repeat(32)}`
const READER_KEY = `0x${'d3'.repeat(32)}`
const GATEWAY = `0x${'9a'.repeat(20)}`
const BATTERY = `0x${'ba'.repeat(20)}`
const DAY = Math.floor(FIRST_PERIOD / 96)
const NOW = startOf(FIRST_PERIOD) + 20 * 900
const LINK = /^<https:\/\/smartdatamodels\.org\/context\.jsonld>; rel="http:\/\/www\.w3\.org\/ns\/json-ld#context"/

function rolesOf(account: string): HeldRole[] {
  if (account === addressOfKey(OPERATOR_KEY)) return [{ role: 'metering-operator', area: 1 }]
  return account === addressOfKey(PLATFORM_KEY) ? [{ role: 'platform-operator', area: 1 }] : []
}

let world: ApiWorld
let [operator, platform, first, second, reader]: Browser[] = []
let [meter, otherMeter, memberId] = ['', '', 0]

beforeAll(async () => {
  world = await startApiWorld({ port: 18_960, households: 2, rolesOf })
  const [one, other] = world.households
  ;[meter, otherMeter, memberId] = [addressOfKey(one!.meterKey), addressOfKey(other!.meterKey), one!.memberId]
  ;[operator, platform, first, second, reader] = await Promise.all(
    [OPERATOR_KEY, PLATFORM_KEY, one!.accountKey, other!.accountKey, READER_KEY].map((key) => signIn(world, key)),
  )
  const { client } = world.store
  await client.device.create({
    data: {
      ...{ address: BATTERY, kind: 'battery', area: 1, memberId, protocol: 'json', isSigning: true, maker: 'Voltio' },
      ...{ model: 'B5', serialNumber: 'S', feeder: 'f', ratedPowerW: 5_000, capabilities: [], ownedSince: NOW - 100 },
    },
  })
  const known = { gateway: GATEWAY, knownSince: startOf(FIRST_PERIOD) }
  await client.deviceHealth.createMany({
    data: [
      { ...known, device: meter, received: 18n, refused: 2n, lost: 1n, lastSeenAt: NOW - 60, firmware: '2.1' },
      { ...known, device: BATTERY, received: 9n, clockOffsetMs: -250 },
    ],
  })
  // Of 16 periods from the 16th of the day on the meter missed one; a period that is not over does not count.
  const bits = (text: string) => text.padEnd(96, '0')
  await client.deviceDelivery.createMany({
    data: [
      {
        device: meter,
        day: DAY,
        gateway: GATEWAY,
        expected: 16,
        delivered: bits(`${'0'.repeat(16)}${'1'.repeat(15)}`),
      },
      {
        device: BATTERY,
        day: DAY,
        gateway: GATEWAY,
        expected: 16,
        delivered: bits(`${'0'.repeat(16)}${'1'.repeat(40)}`),
      },
    ],
  })
  await client.meterReading.create({
    data: {
      ...{ memberId, period: FIRST_PERIOD, sequence: 1, importRegisterWh: 12_345n, exportRegisterWh: 10n },
      ...{ signature: '0x', receivedAt: NOW },
    },
  })
  const measured = (quantity: string, value: bigint, at: number, sequence: number) => {
    return {
      device: BATTERY,
      quality: 'good',
      quantity,
      value,
      measuredAtMs: BigInt(at) * 1_000n,
      sequence,
      period: sequence,
    }
  }
  await client.deviceMeasurement.createMany({
    data: [
      measured('voltage', 229_000n, NOW - 90, 2),
      measured('voltage', 231_500n, NOW - 80, 3),
      // Of the owner before.
      measured('temperature', 21_000n, NOW - 101, 1),
    ],
  })
  await world.advanceTo(NOW)
})
afterAll(async () => {
  await world.stopApi()
  await world.stop()
})

describe('the health of a device', () => {
  test('is told to whose it is, with how reliably it delivers', async () => {
    const shown = await bodyOf(await first!.get(`/api/devices/${meter}/health`), deviceHealth)
    expect(shown).toMatchObject({
      ...{ gateway: GATEWAY, received: 18, refused: 2, lost: 1, firmware: '2.1', lastSeenAt: NOW - 60 },
      days: [{ day: DAY, expected: 16, delivered: 15 }],
      delivery: { use: 'metering', ratioPermille: 937, targetPermille: 980, isReached: false },
    })
    const battery = await bodyOf(await first!.get(`/api/devices/${BATTERY}/health?days=1`), deviceHealth)
    expect(battery).toMatchObject({
      ...{ clockOffsetMs: -250, lastSeenAt: null },
      delivery: { use: 'demand-response', expected: 16, delivered: 16, isReached: true },
    })
  })

  test('of one that no gateway waits for is empty', async () => {
    const shown = await bodyOf(await second!.get(`/api/devices/${otherMeter}/health`), deviceHealth)
    expect(shown).toMatchObject({ gateway: null, received: 0, delivery: { ratioPermille: null, isReached: null } })
  })

  test('is told to no neighbour and to no stranger', async () => {
    expect(await problemOf(await second!.get(`/api/devices/${meter}/health`))).toMatchObject({ code: 'device-unknown' })
    const nobody = browserWith(world.address, '')
    expect(await problemOf(await nobody.get(`/api/devices/${meter}/health`))).toMatchObject({ status: 401 })
  })

  test('is summed by gateway and use, for those who run devices', async () => {
    const shown = await bodyOf(await operator!.get('/api/gateways'), gatewayList)
    expect(shown.items).toMatchObject([
      {
        gateway: GATEWAY,
        devices: 1,
        heard: 1,
        refused: 2,
        lost: 1,
        delivery: { use: 'metering', ratioPermille: 937 },
      },
      { gateway: GATEWAY, devices: 1, heard: 0, delivery: { use: 'demand-response', ratioPermille: 1_000 } },
    ])
    expect(await problemOf(await first!.get('/api/gateways'))).toMatchObject({ code: 'role-missing' })
  })
})

describe('entities of NGSI-LD', () => {
  const entities = '/ngsi-ld/v1/entities'
  const idsOf = async (browser: Browser, query: string) =>
    ((await (await browser.get(`${entities}?${query}`)).json()) as { id: string }[]).map(({ id }) => id)
  const nameOf = (address: string, type = 'Device') => `urn:ngsi-ld:${type}:${address}`

  test('are the devices of a household and what they measured last, to it', async () => {
    expect((await idsOf(first!, 'type=Device')).sort()).toEqual([nameOf(meter), nameOf(BATTERY)].sort())
    expect((await idsOf(first!, 'type=DeviceMeasurement')).sort()).toEqual(
      [
        `${nameOf(meter, 'DeviceMeasurement')}:export-register`,
        `${nameOf(meter, 'DeviceMeasurement')}:import-register`,
        `${nameOf(BATTERY, 'DeviceMeasurement')}:voltage`,
      ].sort(),
    )
    expect(await idsOf(second!, 'type=Device,ACMeasurement')).toEqual([nameOf(otherMeter)])
    expect(await idsOf(reader!, 'type=Device,DeviceMeasurement,ACMeasurement')).toEqual([])
    // Who runs devices sees them, and not what flowed.
    expect(await idsOf(platform!, 'type=Device')).toHaveLength(3)
    expect(await idsOf(platform!, 'type=DeviceMeasurement,ACMeasurement')).toEqual([])
    expect(await idsOf(operator!, 'type=ACMeasurement')).toHaveLength(2)
  })

  test('are shown by consent, each for its part', async () => {
    const wish = { memberId, reader: addressOfKey(READER_KEY), parts: ['quarter-hours'], until: null }
    const given = (await (await first!.send('POST', '/api/consents', wish)).json()) as { id: string }
    expect(await idsOf(reader!, 'type=Device,ACMeasurement')).toHaveLength(2)
    expect(await idsOf(reader!, 'type=Device')).toEqual([])
    await first!.send('DELETE', `/api/consents/${given.id}`)
    expect(await idsOf(reader!, 'type=Device,ACMeasurement')).toEqual([])
  })

  test('are JSON with their context in a header, or JSON-LD with it within', async () => {
    const ask = (accept: string, query = '') =>
      fetch(`${world.address}${entities}/${nameOf(BATTERY, 'DeviceMeasurement')}:voltage${query}`, {
        headers: { cookie: first!.cookie, accept },
      })
    const json = await ask('*/*')
    expect(json.headers.get('content-type')).toMatch(/^application\/json/)
    expect(json.headers.get('link')).toMatch(LINK)
    expect(await json.json()).toMatchObject({
      type: 'DeviceMeasurement',
      numValue: { type: 'Property', value: 231.5, unitCode: 'VLT' },
      refDevice: { type: 'Relationship', object: nameOf(BATTERY) },
    })
    const ld = await ask('application/ld+json', '?options=keyValues&attrs=numValue,refDevice')
    expect(ld.headers.get('content-type')).toMatch(/^application\/ld\+json/)
    expect(ld.headers.get('link')).toBeNull()
    expect(await ld.json()).toEqual({
      ...{ id: `${nameOf(BATTERY, 'DeviceMeasurement')}:voltage`, type: 'DeviceMeasurement' },
      ...{ numValue: 231.5, refDevice: nameOf(BATTERY) },
      '@context': expect.arrayContaining(['https://smartdatamodels.org/context.jsonld']) as unknown,
    })
    const refused = await ask('text/html')
    expect(refused.status).toBe(406)
    expect(await refused.json()).toMatchObject({ type: 'https://uri.etsi.org/ngsi-ld/errors/InvalidRequest' })
  })

  test('are paged, counted and queried', async () => {
    const page = await operator!.get(`${entities}?type=Device&limit=2&offset=1&count=true`)
    expect(page.headers.get('ngsild-results-count')).toBe('3')
    expect((await page.json()) as unknown[]).toHaveLength(2)
    expect(await idsOf(first!, `q=${encodeURIComponent('brandName=="Voltio"')}`)).toEqual([nameOf(BATTERY)])
    const q = encodeURIComponent('controlledProperty=="voltage";numValue>231')
    expect(await idsOf(first!, `type=DeviceMeasurement&q=${q}`)).toHaveLength(1)
    expect(await idsOf(first!, `id=${nameOf(meter)},${nameOf(otherMeter)}`)).toEqual([nameOf(meter)])
    expect(await idsOf(first!, 'type=Room')).toEqual([])
  })

  test('are refused as NGSI-LD has it', async () => {
    const typeOf = async (target: string) => {
      const response = await first!.get(target)
      const { type } = (await response.json()) as { type: string }
      return `${response.status} ${type.split('/').at(-1)}`
    }
    expect(await typeOf(entities)).toBe('400 BadRequestData')
    expect(await typeOf(`${entities}?type=Device&q=%28`)).toBe('400 BadRequestData')
    expect(await typeOf(`${entities}?type=Device&limit=0`)).toBe('400 BadRequestData')
    expect(await typeOf(`${entities}/${nameOf(otherMeter)}`)).toBe('404 ResourceNotFound')
    expect(await typeOf(`${entities}/urn:ngsi-ld:Room:1`)).toBe('404 ResourceNotFound')
    expect((await browserWith(world.address, '').get(`${entities}?type=Device`)).status).toBe(401)
  })
})

describe('refused messages', () => {
  test('are found by device and reason, and decided on anew once asked for', async () => {
    const message = { topic: 't', reason: 'r', payload: Buffer.from('{}'), receivedAt: 1 }
    await insertRefusedMessages(world.store, [
      { ...message, code: 'reading-from-the-future', device: meter, protocol: 'mqtt', format: 'reading' },
      { ...message, code: 'claim-unknown', device: meter },
      { ...message, code: 'reading-from-the-future', device: otherMeter, format: 'reading' },
    ])
    const query = `/api/refusals?device=${meter}&code=reading-from-the-future`
    const { items } = await bodyOf(await operator!.get(query), refusalPage)
    expect(items).toMatchObject([{ device: meter, protocol: 'mqtt', isReplayable: true }])
    const replays = `/api/refusals/${items[0]!.id}/replays`

    expect(await problemOf(await first!.send('POST', replays))).toMatchObject({ code: 'role-missing' })
    const asked = await operator!.send('POST', replays)
    expect(asked.status).toBe(202)
    const made = await bodyOf(asked, refusalReplay)
    expect(await bodyOf(await platform!.send('POST', replays), refusalReplay)).toEqual(made)
    await writeReplayOutcome(world.store, BigInt(made.id), {
      ...{ status: 'refused', code: 'reading-from-the-future', reason: 'still', decidedAt: 5 },
    })
    const listed = await bodyOf(await operator!.get(replays), refusalReplayList)
    expect(listed.items).toMatchObject([{ id: made.id, outcome: { status: 'refused', decidedAt: 5 } }])
    expect((await bodyOf(await operator!.send('POST', replays), refusalReplay)).id).not.toBe(made.id)
  })

  test('that cannot be read again, or are gone, are not', async () => {
    const { items } = await bodyOf(await operator!.get(`/api/refusals?code=claim-unknown`), refusalPage)
    const refused = await problemOf(await operator!.send('POST', `/api/refusals/${items[0]!.id}/replays`))
    expect(refused).toMatchObject({ status: 409, code: 'refusal-not-replayable' })
    expect(await problemOf(await operator!.send('POST', '/api/refusals/9999/replays'))).toMatchObject({ status: 404 })
    expect(await problemOf(await operator!.get('/api/refusals/9999/replays'))).toMatchObject({ status: 404 })
  })
})
