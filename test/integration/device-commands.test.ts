import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { madeApiKey } from '../../services/api/schemas/api-keys.ts'
import { deviceCommand, deviceCommandPage, type DeviceCommandView } from '../../services/api/schemas/device-commands.ts'
import { findTrailFault } from '../../services/chain/command-trail.ts'
import { commandDomain, signCommand } from '../../services/chain/device-commands.ts'
import { addressOfKey } from '../../services/chain/typed-data.ts'
import { isFinal } from '../../services/domain/devices/command-life.ts'
import type { DeviceProtocol } from '../../services/domain/devices/device.ts'
import { startOf } from '../../services/domain/units.ts'
import { listTrail } from '../../services/store/command-events.ts'
import { readDeviceCommand } from '../../services/store/device-commands.ts'
import { bodyOf, problemOf } from './api-answers.ts'
import { ACTOR_KEYS, FIRST_PERIOD } from './api-market.ts'
import { sendTo, signIn, type Browser } from './api-signed-in.ts'
import {
  addBattery,
  httpDevice,
  mqttDevice,
  startCommandsWorld,
  type CommandsWorld,
  type SimulatedDevice,
} from './device-commands-world.ts'

const addressOf = (number: number) => `0x${number.toString(16).padStart(2, '0').repeat(20)}`
const SET_POINT = { kind: 'set-point', powerW: 1_500 } as const

let world: CommandsWorld
let owner: Browser
let memberId: number
/** By the ledger's clock. */
let now = startOf(FIRST_PERIOD)
const devices: SimulatedDevice[] = []

beforeAll(async () => {
  world = await startCommandsWorld(18_890)
  await world.advanceTo(now)
  const [home] = world.households
  memberId = home!.memberId
  owner = await signIn(world, home!.accountKey)
})

afterAll(async () => {
  await Promise.all(devices.map((device) => device.close()))
  await world.stop()
})

const commandsOf = (address: string) => `/api/devices/${address}/commands`
const tell = (address: string, change: object = {}, browser = owner) =>
  browser.send('POST', commandsOf(address), { action: SET_POINT, expiresAt: now + 600, ...change })
const told = async (address: string, change: object = {}) => {
  const response = await tell(address, change)
  expect(response.status).toBe(202)
  const command = await bodyOf(response, deviceCommand)
  expect(response.headers.get('location')).toBe(`${commandsOf(address)}/${command.id}`)
  return command
}
const read = async ({ device, id }: Pick<DeviceCommandView, 'device' | 'id'>) =>
  bodyOf(await owner.get(`${commandsOf(device)}/${id}`), deviceCommand)
/** Resolves once it has ended. */
async function ended(command: DeviceCommandView): Promise<DeviceCommandView> {
  await expect.poll(async () => isFinal((await read(command)).state), { timeout: 30_000 }).toBe(true)
  return read(command)
}
const happenings = ({ events }: DeviceCommandView) => events.map(({ happening }) => happening)
const heardOnce = (device: SimulatedDevice, count: number) =>
  expect.poll(() => device.heard.length, { timeout: 30_000 }).toBeGreaterThanOrEqual(count)
async function added(number: number, protocol: DeviceProtocol): Promise<string> {
  const address = addressOf(number)
  await addBattery(world, { address, memberId, protocol })
  return address
}
async function plainDevice(number: number): Promise<{ address: string; device: SimulatedDevice }> {
  const address = await added(number, 'mqtt')
  const topic = `commonwatt/v1/meters/${address}`
  const device = await mqttDevice(world, address, {
    commands: `${topic}/commands`,
    answers: `${topic}/command-answers`,
  })
  devices.push(device)
  return { address, device }
}

type Way = {
  readonly name: string
  readonly protocol: DeviceProtocol
  readonly connect: (address: string) => Promise<SimulatedDevice>
  /** The id that a command says, and the answer to it. */
  readonly idIn: (text: string) => string
  readonly done: (address: string, id: string) => string
  readonly refused: (address: string, id: string, reason: string) => string
}

const plainAnswer = (id: string, said: object) => JSON.stringify({ id, ...said })
const namedAnswer = (id: string, said: object) => JSON.stringify({ 'set-point': { id, ...said } })
const idOfJson = (text: string) => (JSON.parse(text) as { id: string }).id
const idOfNamed = (text: string) => (JSON.parse(text) as { 'set-point': { id: string } })['set-point'].id
const json = {
  idIn: idOfNamed,
  done: (_: string, id: string) => namedAnswer(id, { status: 'done' }),
  refused: (_: string, id: string, reason: string) => namedAnswer(id, { status: 'refused', reason }),
}
const ultralight = {
  idIn: (text: string) => /@set-point\|id=([0-9a-f-]{36})\|until=\d+\|powerW=1500$/.exec(text)![1]!,
  done: (address: string, id: string) => `${address}@set-point|${id} done`,
  refused: (address: string, id: string, reason: string) => `${address}@set-point|${id} refused ${reason}`,
}

const WAYS: readonly Way[] = [
  {
    name: 'MQTT',
    protocol: 'mqtt',
    connect: (address) => {
      const topic = `commonwatt/v1/meters/${address}`
      return mqttDevice(world, address, { commands: `${topic}/commands`, answers: `${topic}/command-answers` })
    },
    idIn: idOfJson,
    done: (_, id) => plainAnswer(id, { status: 'done' }),
    refused: (_, id, reason) => plainAnswer(id, { status: 'refused', reason }),
  },
  {
    name: 'UltraLight over MQTT',
    protocol: 'ultralight',
    connect: (address) =>
      mqttDevice(world, address, {
        commands: `/commonwatt/${address}/cmd`,
        answers: `/ul/commonwatt/${address}/cmdexe`,
      }),
    ...ultralight,
  },
  {
    name: 'JSON over MQTT',
    protocol: 'json',
    connect: (address) =>
      mqttDevice(world, address, {
        commands: `commonwatt/${address}/cmd`,
        answers: `json/commonwatt/${address}/cmdexe`,
      }),
    ...json,
  },
  {
    name: 'UltraLight over HTTP',
    protocol: 'ultralight',
    connect: (address) => httpDevice(world, address, { commands: '/iot/d', answers: '/iot/d', type: 'text/plain' }),
    ...ultralight,
  },
  {
    name: 'JSON over HTTP',
    protocol: 'json',
    connect: (address) =>
      httpDevice(world, address, {
        commands: '/iot/json',
        answers: '/iot/json/commands',
        type: 'application/json',
      }),
    ...json,
  },
]

describe.each(WAYS.map((way, place) => ({ ...way, number: 0xd0 + place })))('$name', (way) => {
  test("brings the owner's command to the device and its answer back, whether it does it or refuses", async () => {
    const address = await added(way.number, way.protocol)
    const device = await way.connect(address)
    devices.push(device)

    const first = await told(address)
    expect(first).toMatchObject({ state: 'pending', source: 'owner', action: SET_POINT, events: [] })
    await heardOnce(device, 1)
    expect(way.idIn(device.heard[0]!)).toBe(first.id)
    await device.say(way.done(address, first.id))
    const done = await ended(first)
    expect(done.state).toBe('done')
    expect(happenings(done)).toEqual(['sent', 'done'])

    const second = await told(address)
    await heardOnce(device, 2)
    await device.say(way.refused(address, second.id, 'too hot'))
    const refused = await ended(second)
    expect(refused.state).toBe('refused')
    expect(refused.events.at(-1)).toMatchObject({ happening: 'refused', detail: 'too hot' })

    const { items } = await bodyOf(await owner.get(commandsOf(address)), deviceCommandPage)
    expect(items.map(({ id }) => id)).toEqual([second.id, first.id])
  })
})

describe('a command', () => {
  test('is not sent beyond the limits of the owner, nor for whom the owner does not name', async () => {
    const address = await added(0xe0, 'mqtt')
    const limits = `/api/devices/${address}/limits`
    const wish = {
      mostChargeW: 1_000,
      mostDischargeW: 500,
      leastStateOfCharge: 100,
      mostStateOfCharge: 900,
      sources: ['agent'],
      isPaused: false,
    }
    expect(await problemOf(await owner.send('PUT', limits, { ...wish, mostChargeW: 5_001 }))).toMatchObject({
      status: 422,
      code: 'limits-invalid',
    })
    expect((await owner.send('PUT', limits, wish)).status).toBe(200)
    expect(await (await owner.get(limits)).json()).toEqual(wish)
    expect(await problemOf(await tell(address))).toMatchObject({ status: 403, code: 'command-source-not-allowed' })

    await owner.send('PUT', limits, { ...wish, sources: ['owner'] })
    expect(await problemOf(await tell(address))).toMatchObject({ status: 422, code: 'command-beyond-limits' })
    const steps = [
      { from: now, powerW: -500 },
      { from: now + 900, powerW: -501 },
    ]
    expect(await problemOf(await tell(address, { action: { kind: 'schedule', steps } }))).toMatchObject({
      code: 'command-beyond-limits',
    })
    await owner.send('PUT', limits, { ...wish, sources: ['owner'], isPaused: true })
    expect(await problemOf(await tell(address))).toMatchObject({ status: 409, code: 'device-paused' })
    expect(await bodyOf(await owner.get(commandsOf(address)), deviceCommandPage)).toEqual({
      items: [],
      nextBefore: null,
    })
  })

  test('that waits is refused by the gateway once the owner narrows the limits', async () => {
    const address = await added(0xe1, 'mqtt')
    const command = await told(address)
    await expect.poll(async () => happenings(await read(command)), { timeout: 30_000 }).toContain('sent')
    await owner.send('PUT', `/api/devices/${address}/limits`, {
      mostChargeW: 1_000,
      mostDischargeW: 0,
      leastStateOfCharge: 0,
      mostStateOfCharge: 1_000,
      sources: ['owner'],
      isPaused: false,
    })
    const refused = await ended(command)
    expect(refused.events.at(-1)).toMatchObject({ happening: 'refused' })
    expect(refused.events.at(-1)!.detail).toMatch(/^command-beyond-limits: /)
  })

  test('counts once by its id, and another of that id is refused', async () => {
    const { address, device } = await plainDevice(0xe2)
    const id = randomUUID()
    const first = await told(address, { id })
    await heardOnce(device, 1)
    await device.say(plainAnswer(id, { status: 'done' }))
    await ended(first)
    const again = await told(address, { id, expiresAt: first.expiresAt })
    expect(again).toMatchObject({ id, state: 'done' })
    expect(device.heard).toHaveLength(1)
    const other = await tell(address, { id, action: { ...SET_POINT, powerW: 1 }, expiresAt: first.expiresAt })
    expect(await problemOf(other)).toMatchObject({ status: 409, code: 'command-conflict' })
  })

  test('of somebody else, or of nobody, is refused', async () => {
    const address = await added(0xe3, 'mqtt')
    const neighbour = await signIn(world, world.households[1]!.accountKey)
    expect(await problemOf(await tell(address, {}, neighbour))).toMatchObject({ status: 403, code: 'device-not-yours' })
    expect(await problemOf(await neighbour.get(commandsOf(address)))).toMatchObject({ code: 'device-not-yours' })
    const anonymous = await sendTo(
      `${world.address}${commandsOf(address)}`,
      'POST',
      {},
      {
        action: SET_POINT,
        expiresAt: now + 600,
      },
    )
    expect(await problemOf(anonymous)).toMatchObject({ status: 401, code: 'not-signed-in' })
    expect(await problemOf(await tell(addressOf(0x99)))).toMatchObject({ code: 'device-not-yours' })
    expect(await problemOf(await tell(address, { expiresAt: now }))).toMatchObject({ code: 'command-expiry-invalid' })
  })

  test('comes from an api key that was made for it alone', async () => {
    const { address, device } = await plainDevice(0xe4)
    const withKey = async (scope: string) => {
      const wish = { name: 'a machine', scopes: [scope], days: 1 }
      const { secret } = await bodyOf(await owner.send('POST', '/api/api-keys', wish), madeApiKey)
      const body = { action: SET_POINT, expiresAt: now + 600 }
      const headers = { authorization: `Bearer ${secret}` }
      return sendTo(`${world.address}${commandsOf(address)}`, 'POST', headers, body)
    }
    expect(await problemOf(await withKey('read:name'))).toMatchObject({ status: 403, code: 'api-key-scope-missing' })
    expect((await withKey('command:devices')).status).toBe(202)
    await heardOnce(device, 1)
  })

  test("comes from an agent by the signature of the household's trading key, where the owner lets it", async () => {
    const { address, device } = await plainDevice(0xe5)
    const action = JSON.stringify(SET_POINT)
    const wish = { id: randomUUID(), device: address, trader: memberId, action, expiresAt: now + 600 }
    const sendSigned = (key: string, change: object = {}, to = address) => {
      const signature = signCommand(commandDomain(world.ledger), wish, key)
      const { id, expiresAt, trader } = wish
      const body = { id, action: SET_POINT, expiresAt, agent: { trader, signature }, ...change }
      return fetch(`${world.address}${commandsOf(to)}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
    }
    const [home, neighbour] = world.households
    expect(await problemOf(await sendSigned(home!.tradingKey))).toMatchObject({ code: 'command-source-not-allowed' })
    const limits = (await (await owner.get(`/api/devices/${address}/limits`)).json()) as object
    await owner.send('PUT', `/api/devices/${address}/limits`, { ...limits, sources: ['owner', 'agent'] })

    const invalid = { status: 403, code: 'command-signature-invalid' }
    expect(await problemOf(await sendSigned(neighbour!.tradingKey))).toMatchObject(invalid)
    const changed = await sendSigned(home!.tradingKey, { action: { ...SET_POINT, powerW: 1_501 } })
    expect(await problemOf(changed)).toMatchObject(invalid)
    expect(await problemOf(await sendSigned(home!.tradingKey, {}, addressOf(0xe4)))).toMatchObject(invalid)

    const taken = await sendSigned(home!.tradingKey)
    expect(taken.status).toBe(202)
    const command = await bodyOf(taken, deviceCommand)
    expect(command).toMatchObject({ source: 'agent', issuer: addressOfKey(home!.tradingKey) })
    await heardOnce(device, 1)
    await device.say(plainAnswer(command.id, { status: 'done' }))
    expect((await ended(command)).state).toBe('done')
  })

  test('gives way to a later one, and one that is cancelled is sent no more', async () => {
    const address = await added(0xe6, 'mqtt')
    const first = await told(address)
    const second = await told(address)
    expect((await ended(first)).state).toBe('superseded')
    expect((await owner.send('DELETE', `${commandsOf(address)}/${second.id}`)).status).toBe(202)
    expect((await ended(second)).state).toBe('cancelled')
  })

  test('that the gateway was killed over is sent again, is answered once, and is never sent after that', async () => {
    const { address, device } = await plainDevice(0xe7)
    const command = await told(address)
    await heardOnce(device, 1)
    await world.killGateway()
    expect(happenings(await read(command))).toEqual(['sent'])
    await world.startGateway()
    await heardOnce(device, 2)
    expect(device.heard.map(idOfJson)).toEqual([command.id, command.id])
    await device.say(plainAnswer(command.id, { status: 'done' }))
    const done = await ended(command)
    expect(happenings(done)).toEqual(['sent', 'sent', 'done'])

    await world.killGateway()
    await world.startGateway()
    const next = await told(address)
    await heardOnce(device, 3)
    expect(idOfJson(device.heard[2]!)).toBe(next.id)
  })

  test('expires without an answer, and a later answer is noted without being believed', async () => {
    const { address, device } = await plainDevice(0xe8)
    const command = await told(address, { expiresAt: now + 60 })
    await heardOnce(device, 1)
    now += 60
    await world.advanceTo(now)
    const expired = await ended(command)
    expect(expired.state).toBe('expired')
    await device.say(plainAnswer(command.id, { status: 'done' }))
    await expect.poll(async () => happenings(await read(command)), { timeout: 30_000 }).toContain('answered-late')
    expect((await read(command)).state).toBe('expired')
  })

  test('leaves a trail that the key of the gateway signed, whole and in sequence', async () => {
    const rows = await world.store.client.commandEvent.groupBy({ by: ['device'] })
    expect(rows.length).toBeGreaterThan(5)
    for (const { device } of rows) {
      const events = await listTrail(world.store, device, 0, 1_000)
      const ids = [...new Set(events.map(({ commandId }) => commandId))]
      const known = await Promise.all(ids.map((id) => readDeviceCommand(world.store, id)))
      const commands = new Map(known.map((command) => [command!.id, command!]))
      const signers = new Set([addressOfKey(ACTOR_KEYS.gateway)])
      const trail = { device, events, commands, signers }
      expect(findTrailFault(commandDomain(world.ledger), trail), device).toBeNull()
      expect(findTrailFault(commandDomain(world.ledger), { ...trail, events: events.slice(1) })).not.toBeNull()
    }
  })

  test('is answered by the device itself alone: what another says of it changes nothing', async () => {
    const { address, device } = await plainDevice(0xe9)
    const { device: other, address: otherAddress } = await plainDevice(0xea)
    const command = await told(address)
    await heardOnce(device, 1)
    await other.say(plainAnswer(command.id, { status: 'done' }))
    const where = { topic: { contains: otherAddress }, code: 'command-unknown' }
    await expect.poll(() => world.store.client.refusedMessage.count({ where }), { timeout: 30_000 }).toBe(1)
    expect((await read(command)).state).toBe('sent')
  })
})
