import { connectAsync } from 'mqtt'
import { freePort } from '../../scripts/settings.ts'
import { createLwm2mDevice } from '../../scripts/simulation/lwm2m-device.ts'
import { simulateBattery } from '../../scripts/simulation/modbus-battery.ts'
import { serveModbus, simulateMeter } from '../../scripts/simulation/modbus-device.ts'
import type { DeviceProtocol } from '../../services/domain/devices/device.ts'
import { eventually, type GatewayWorld } from './gateway-world.ts'

export type Counters = { readonly importWh: number; readonly exportWh: number }

/** A device of one protocol, as every adapter has to serve it. */
export type ConformingDevice = {
  /** What its row in the register of devices calls it, beside its address. */
  readonly endpoint: string | null
  /** Connects, or comes again after the gateway was gone. */
  readonly connect: () => Promise<void>
  /** Resolves once the gateway has told that it has it; at once where a protocol has no such words. */
  readonly measure: (counters: Counters) => Promise<void>
  /** Says something that nobody can read. */
  readonly babble: () => Promise<void>
  readonly close: () => Promise<void>
}

/** A battery that holds a set-point up to `MOST_W`, and refuses more. */
export type ConformingBattery = Pick<ConformingDevice, 'endpoint' | 'connect' | 'close'>

export const PROTOCOLS = ['mqtt', 'json', 'ultralight', 'lwm2m', 'modbus'] as const satisfies DeviceProtocol[]
type Messages = Extract<DeviceProtocol, 'mqtt' | 'json' | 'ultralight'>

export const MOST_W = 3_000
const BATTERY = '/3308/0/5900'

export async function conformingMeter(
  protocol: DeviceProtocol,
  parts: { readonly world: GatewayWorld; readonly address: string; readonly lwm2mPort: number },
): Promise<ConformingDevice> {
  if (protocol === 'lwm2m') return lwm2mMeter(parts.lwm2mPort)
  if (protocol === 'modbus') return modbusMeter()
  return messageMeter(protocol, parts)
}

export async function conformingBattery(
  protocol: DeviceProtocol,
  parts: { readonly world: GatewayWorld; readonly address: string; readonly lwm2mPort: number },
): Promise<ConformingBattery> {
  if (protocol === 'lwm2m') return lwm2mBattery(parts.lwm2mPort)
  if (protocol === 'modbus') return modbusBattery()
  return messageBattery(protocol, parts)
}

const TOPIC: Readonly<Record<Messages, (address: string) => string>> = {
  mqtt: (address) => `commonwatt/v1/meters/${address}/measurements`,
  json: (address) => `/json/commonwatt/${address}/attrs`,
  ultralight: (address) => `ul/commonwatt/${address}/attrs`,
}

function messageMeter(
  protocol: Messages,
  { world, address }: { readonly world: GatewayWorld; readonly address: string },
): ConformingDevice {
  const say = async (payload: string): Promise<void> => {
    const client = await connectAsync(world.broker.deviceUrl, { clientId: address, reconnectPeriod: 0 })
    const receipt = new Promise((resolve) => client.once('message', resolve))
    await client.subscribeAsync(`commonwatt/v1/meters/${address}/receipts`, { qos: 1 })
    await client.publishAsync(TOPIC[protocol](address), payload, { qos: 1 })
    await receipt
    await client.endAsync(true)
  }
  return {
    endpoint: null,
    connect: () => Promise.resolve(),
    measure: ({ importWh, exportWh }) =>
      say(
        protocol === 'ultralight'
          ? `import-register|${importWh}|export-register|${exportWh}`
          : JSON.stringify({ 'import-register': importWh, 'export-register': String(exportWh) }),
      ),
    babble: () => say(protocol === 'ultralight' ? 'voltage|loud' : '{"voltage":"loud"}'),
    close: () => Promise.resolve(),
  }
}

async function lwm2mMeter(port: number): Promise<ConformingDevice> {
  const endpoint = 'urn:dev:os:conforming-meter'
  const values = { '/3/0/0': 'Maker', '/3421/0/25': 0, '/3421/0/26': 0 }
  const device = await createLwm2mDevice({ endpoint, server: { host: '127.0.0.1', port }, values })
  const isObserved = () => Promise.resolve(device.observedPaths().includes('/3421/0') ? true : null)
  return {
    endpoint,
    async connect() {
      await device.register()
      await eventually(isObserved, 'the observation of the LwM2M meter')
    },
    async measure({ importWh, exportWh }) {
      await device.change({ '/3421/0/25': importWh, '/3421/0/26': exportWh })
    },
    async babble() {
      await device.notifyRaw('/3421/0', { contentFormat: 112, payload: Buffer.from('ff00', 'hex') })
    },
    close: device.close,
  }
}

async function modbusMeter(): Promise<ConformingDevice> {
  const port = await freePort()
  const meter = simulateMeter({ unit: 1, serialNumber: 'M', importWh: 0, exportWh: 0, powerW: 0 })
  const served = await serveModbus(port, [meter])
  const shown = { importWh: 0, exportWh: 0 }
  return {
    endpoint: `127.0.0.1:${port}/1`,
    connect: () => Promise.resolve(),
    measure({ importWh, exportWh }) {
      meter.add({ importWh: importWh - shown.importWh, exportWh: exportWh - shown.exportWh })
      Object.assign(shown, { importWh, exportWh })
      return Promise.resolve()
    },
    // Not even a map.
    async babble() {
      const [first, second] = meter.registers.splice(0, 2, 0, 0)
      await new Promise((resolve) => setTimeout(resolve, 100))
      meter.registers.splice(0, 2, first!, second!)
    },
    close: served.close,
  }
}

function messageBattery(
  protocol: Messages,
  { world, address }: { readonly world: GatewayWorld; readonly address: string },
): ConformingBattery {
  let close = () => Promise.resolve()
  const topic = protocol === 'mqtt' ? `commonwatt/v1/meters/${address}/commands` : `/commonwatt/${address}/cmd`
  const canHold = (powerW: number): boolean => powerW <= MOST_W
  const answerTo = (text: string): readonly [string, string] => {
    if (protocol === 'ultralight') {
      const [, command = '', id = '', powerW = ''] =
        /^[^@]*@([^|]*)\|id=([^|]*)\|until=\d+\|powerW=(.*)$/.exec(text) ?? []
      const said = canHold(Number(powerW)) ? 'done' : 'refused too much'
      return [`ul/commonwatt/${address}/cmdexe`, `${address}@${command}|${id} ${said}`]
    }
    const json = JSON.parse(text) as { id: string; action: { powerW: number } } & {
      'set-point': { id: string; powerW: number }
    }
    const { id, powerW } = protocol === 'mqtt' ? { id: json.id, ...json.action } : json['set-point']
    const said = canHold(powerW) ? { id, status: 'done' } : { id, status: 'refused', reason: 'too much' }
    return protocol === 'mqtt'
      ? [`commonwatt/v1/meters/${address}/command-answers`, JSON.stringify(said)]
      : [`json/commonwatt/${address}/cmdexe`, JSON.stringify({ 'set-point': said })]
  }
  return {
    endpoint: null,
    async connect() {
      const client = await connectAsync(world.broker.deviceUrl, { clientId: address, reconnectPeriod: 0 })
      client.on('message', (_, payload) => void client.publish(...answerTo(payload.toString()), { qos: 1 }))
      await client.subscribeAsync(topic, { qos: 1 })
      close = () => client.endAsync(true)
    },
    close: () => close(),
  }
}

async function lwm2mBattery(port: number): Promise<ConformingBattery> {
  const endpoint = 'urn:dev:os:conforming-battery'
  const device = await createLwm2mDevice({
    endpoint,
    server: { host: '127.0.0.1', port },
    values: { '/3/0/0': 'Maker', [BATTERY]: 0, '/3308/0/5701': 'W' },
    onWrite: (entries) => (entries.some(({ value }) => Number(value) > MOST_W) ? '4.05' : '2.04'),
  })
  return {
    endpoint,
    async connect() {
      await device.register()
      await eventually(
        () => Promise.resolve(device.observedPaths().includes('/3308/0') ? true : null),
        'the observation of the LwM2M battery',
      )
    },
    close: device.close,
  }
}

async function modbusBattery(): Promise<ConformingBattery> {
  const port = await freePort()
  const battery = simulateBattery({ unit: 7, serialNumber: 'B', capacityWh: 10_000, powerW: MOST_W, charge: 0.5 })
  const served = await serveModbus(port, [battery])
  return {
    endpoint: `127.0.0.1:${port}/7`,
    connect: () => Promise.resolve(),
    close: served.close,
  }
}
