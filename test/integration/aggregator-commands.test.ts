import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { deviceCommand } from '../../services/api/schemas/device-commands.ts'
import { commandDomain, signActivation } from '../../services/chain/device-commands.ts'
import { addressOfKey } from '../../services/chain/typed-data.ts'
import { startOf } from '../../services/domain/units.ts'
import { bodyOf, problemOf } from './api-answers.ts'
import { FIRST_PERIOD } from './api-market.ts'
import { signIn, type Browser } from './api-signed-in.ts'
import {
  addBattery,
  mqttDevice,
  startCommandsWorld,
  type CommandsWorld,
  type SimulatedDevice,
} from './device-commands-world.ts'

const SET_POINT = { kind: 'set-point', powerW: 1_500 } as const
const AGGREGATOR_KEY = `0x${'a9'.repeat(32)}`
const now = startOf(FIRST_PERIOD)
const FLEX_ORDER = {
  ...{ orderId: 4, portfolioId: 2, productId: 1, state: 'binding' as const },
  orderedAt: now,
}

let world: CommandsWorld
let owner: Browser
let memberId: number
let device: SimulatedDevice | undefined

beforeAll(async () => {
  world = await startCommandsWorld(18_950, {
    readFlexOrder: (orderId) => Promise.resolve(orderId === FLEX_ORDER.orderId ? FLEX_ORDER : null),
    readPortfolioAt: (_, member) => Promise.resolve(member === memberId ? FLEX_ORDER.portfolioId : null),
    isAggregatorOf: (_, account) => Promise.resolve(account === addressOfKey(AGGREGATOR_KEY)),
  })
  await world.advanceTo(now)
  const [home] = world.households
  memberId = home!.memberId
  owner = await signIn(world, home!.accountKey)
})

afterAll(async () => {
  await device?.close()
  await world.stop()
})

test('an aggregator commands a device for a flex order, where the owner lets it and has not said otherwise since', async () => {
  const address = `0x${'eb'.repeat(20)}`
  await addBattery(world, { address, memberId, protocol: 'mqtt' })
  const topic = `commonwatt/v1/meters/${address}`
  device = await mqttDevice(world, address, { commands: `${topic}/commands`, answers: `${topic}/command-answers` })
  const heardOnce = (count: number) =>
    expect.poll(() => device!.heard.length, { timeout: 30_000 }).toBeGreaterThanOrEqual(count)
  const done = (id: string) => JSON.stringify({ id, status: 'done' })
  const commands = `/api/devices/${address}/commands`
  const limits = (await (await owner.get(`/api/devices/${address}/limits`)).json()) as object
  const setSources = (...sources: readonly string[]) =>
    owner.send('PUT', `/api/devices/${address}/limits`, { ...limits, sources })
  const sendSigned = (key = AGGREGATOR_KEY, change: { orderId?: number } = {}) => {
    const { portfolioId } = FLEX_ORDER
    const orderId = change.orderId ?? FLEX_ORDER.orderId
    const wish = { id: randomUUID(), device: address, portfolioId, orderId, expiresAt: now + 600 }
    const signature = signActivation(commandDomain(world.ledger), { ...wish, action: JSON.stringify(SET_POINT) }, key)
    return fetch(`${world.address}${commands}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        ...{ id: wish.id, action: SET_POINT, expiresAt: wish.expiresAt },
        aggregator: { portfolioId, orderId, signature },
      }),
    })
  }
  expect(await problemOf(await sendSigned())).toMatchObject({ code: 'command-source-not-allowed' })
  await setSources('owner', 'aggregator')
  expect(await problemOf(await sendSigned(`0x${'b9'.repeat(32)}`))).toMatchObject({
    status: 403,
    code: 'command-signature-invalid',
  })
  expect(await problemOf(await sendSigned(AGGREGATOR_KEY, { orderId: 5 }))).toMatchObject({
    status: 409,
    code: 'flex-order-not-binding',
  })

  const command = await bodyOf(await sendSigned(), deviceCommand)
  expect(command).toMatchObject({ source: 'aggregator', issuer: addressOfKey(AGGREGATOR_KEY) })
  await heardOnce(1)
  await device.say(done(command.id))
  const stateOf = async () => (await bodyOf(await owner.get(`${commands}/${command.id}`), deviceCommand)).state
  await expect.poll(stateOf, { timeout: 30_000 }).toBe('done')

  // The owner lets it no longer: what the device holds it is told to hold no more.
  await setSources('owner')
  await heardOnce(2)
  const release = JSON.parse(device.heard[1]!) as { id: string; action: object }
  expect(['charge-limit', 'switch']).toContain((release.action as { kind: string }).kind)
  await device.say(done(release.id))
  await setSources('owner', 'aggregator')
  expect(await problemOf(await sendSigned())).toMatchObject({ status: 409, code: 'owner-comes-first' })
})
