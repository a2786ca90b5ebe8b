import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { connectAsync, type MqttClient } from 'mqtt'
import type { FlexOrdersOnLedger } from '../../services/api/aggregator-signer.ts'
import { keepKey } from '../../services/chain/role-keys.ts'
import type { CommandKind } from '../../services/domain/devices/command.ts'
import type { DeviceProtocol } from '../../services/domain/devices/device.ts'
import { presenceTopicOf, type Presence } from '../../services/runtime/presence.ts'
import { passwordFileOf, writePassword } from '../../services/runtime/device-passwords.ts'
import { ACTOR_KEYS } from './api-market.ts'
import { startApiWorld, type ApiWorld } from './api-world.ts'

/** The api, and a gateway process on the same ledger, database and broker. */
export type CommandsWorld = ApiWorld & {
  /** Where devices reach the gateway over HTTP. */
  readonly deviceUrl: string
  readonly startGateway: () => Promise<void>
  /** SIGKILL; resolves when the process is gone. */
  readonly killGateway: () => Promise<void>
}

const PASSWORD = 'drawn-for-the-test'

/** Uses `port` and the four after it. */
export async function startCommandsWorld(port: number, flexOrders?: FlexOrdersOnLedger): Promise<CommandsWorld> {
  const world = await startApiWorld({ port, households: 3, ...(flexOrders && { flexOrders }) })
  await keepKey(world.dataFolder, 'gateway', () => ACTOR_KEYS.gateway)
  await writeFile(path.join(world.dataFolder, 'keys', 'salt.secret'), `0x${'5a'.repeat(32)}\n`)
  let gateway: ChildProcess | undefined

  const startGateway = async (): Promise<void> => {
    const isUp = nextPresence(world.service)
    const child = fork(fileURLToPath(new URL('../../services/gateway/main.ts', import.meta.url)), [], {
      env: {
        ...process.env,
        COMMONWATT_LEDGER_URL: `http://127.0.0.1:${port + 2}`,
        COMMONWATT_DATABASE_URL: world.postgres.url,
        COMMONWATT_BROKER_URL: world.broker.url,
        COMMONWATT_DATA: world.dataFolder,
        COMMONWATT_POLL_MS: '10',
        COMMONWATT_DEVICE_PORT: String(port + 4),
        COMMONWATT_SPEED: 'stepped',
        COMMONWATT_LOG_LEVEL: 'warn',
      },
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    })
    gateway = child
    if (child.stdout !== null) createInterface({ input: child.stdout }).on('line', (line) => console.error(line))
    const ended = once(child, 'exit').then(([status]) =>
      Promise.reject(new Error(`the gateway ended with status ${String(status)}`)),
    )
    ended.catch(() => undefined)
    await Promise.race([isUp, ended])
  }
  const killGateway = async (): Promise<void> => {
    if (gateway === undefined || gateway.exitCode !== null) return
    const exited = once(gateway, 'exit')
    gateway.kill('SIGKILL')
    await exited
  }

  await startGateway()
  return {
    ...world,
    deviceUrl: `http://127.0.0.1:${port + 4}`,
    startGateway,
    killGateway,
    async stop() {
      await killGateway()
      await world.stopApi()
      await world.stop()
    },
  }
}

async function nextPresence(service: MqttClient): Promise<void> {
  const topic = presenceTopicOf('gateway')
  await service.subscribeAsync(topic, { qos: 1 })
  await new Promise<void>((resolve) => {
    const onMessage = (from: string, payload: Buffer, { retain }: { retain: boolean }): void => {
      if (from !== topic || retain || (JSON.parse(payload.toString()) as Presence).state !== 'up') return
      service.off('message', onMessage)
      resolve()
    }
    service.on('message', onMessage)
  })
}

/** Registers a battery of 5 kW for the member. */
export async function addBattery(
  { store }: Pick<ApiWorld, 'store'>,
  { address, memberId, protocol }: { address: string; memberId: number; protocol: DeviceProtocol },
): Promise<void> {
  const capabilities: CommandKind[] = ['set-point', 'switch', 'charge-limit', 'schedule']
  await store.client.device.create({
    data: {
      address,
      kind: 'battery',
      area: 1,
      memberId,
      protocol,
      isSigning: true,
      maker: 'Test',
      model: 'B5',
      serialNumber: address.slice(-8),
      feeder: 'F1',
      ratedPowerW: 5_000,
      capabilities,
    },
  })
}

/** A device that says nothing of itself: what it heard, and how it speaks. */
export type SimulatedDevice = {
  readonly heard: string[]
  /** Sends an answer by its own way. */
  readonly say: (text: string) => Promise<void>
  readonly close: () => Promise<void>
}

/** On the broker: hears commands under the one topic, and answers under the other. */
export async function mqttDevice(
  { broker }: Pick<ApiWorld, 'broker'>,
  address: string,
  topics: { readonly commands: string; readonly answers: string },
): Promise<SimulatedDevice> {
  const client = await connectAsync(broker.deviceUrl, { clientId: address, reconnectPeriod: 0 })
  const heard: string[] = []
  client.on('message', (_, payload) => heard.push(payload.toString()))
  await client.subscribeAsync(topics.commands, { qos: 1 })
  return {
    heard,
    say: async (text) => void (await client.publishAsync(topics.answers, text, { qos: 1 })),
    close: () => client.endAsync(true),
  }
}

/** Over HTTP, with a password of its own: asks again and again. */
export async function httpDevice(
  { dataFolder, deviceUrl }: Pick<CommandsWorld, 'dataFolder' | 'deviceUrl'>,
  address: string,
  paths: { readonly commands: string; readonly answers: string; readonly type: string },
): Promise<SimulatedDevice> {
  const passwords = passwordFileOf(dataFolder)
  await mkdir(path.dirname(passwords), { recursive: true })
  await writePassword(passwords, address, PASSWORD, Buffer.alloc(12, 1))
  const authorization = `Basic ${btoa(`${address}:${PASSWORD}`)}`
  const heard: string[] = []
  const query = `k=commonwatt&i=${address}`
  let isClosed = false
  const asking = (async () => {
    while (!isClosed) {
      const text = await fetch(`${deviceUrl}${paths.commands}?${query}&getCmd=1`, { headers: { authorization } }).then(
        (response) => response.text(),
        () => '',
      )
      if (text !== '' && text !== '{}' && heard.at(-1) !== text) heard.push(text)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  })()
  return {
    heard,
    async say(text) {
      const response = await fetch(`${deviceUrl}${paths.answers}?${query}`, {
        method: 'POST',
        headers: { authorization, 'content-type': paths.type },
        body: text,
      })
      if (response.status !== 202) throw new Error(`the answer was refused: ${await response.text()}`)
    },
    async close() {
      isClosed = true
      await asking
    },
  }
}
