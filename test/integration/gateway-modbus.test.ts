import net from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { freePort } from '../../scripts/settings.ts'
import { simulateBattery } from '../../scripts/simulation/modbus-battery.ts'
import {
  serveModbus,
  simulateMeter,
  type ModbusDevices,
  type SimulatedMeter,
  type SimulatedUnit,
} from '../../scripts/simulation/modbus-device.ts'
import type { Command, CommandAction } from '../../services/domain/devices/command.ts'
import type { KnownDevice } from '../../services/domain/devices/device.ts'
import type { Measured } from '../../services/domain/devices/measurement.ts'
import { DomainError } from '../../services/domain/errors.ts'
import type { DeviceDesk, DeviceReport, RunningAdapter } from '../../services/gateway/adapters/adapter.ts'
import { startModbus } from '../../services/gateway/adapters/modbus/modbus-adapter.ts'
import type { ModbusOptions } from '../../services/gateway/adapters/modbus/modbus-options.ts'

const PERIOD_MS = 900_000
const QUICK: ModbusOptions = { intervalMs: 40, tickMs: 10, retryMs: 20 }

const eventually = <Value>(read: () => Value) => expect.poll(read, { timeout: 30_000 })

type Taken = { readonly device: string; readonly measured: readonly Measured[] }

function deviceOf(kind: KnownDevice['kind'], name: string, endpoint: string | null): KnownDevice {
  return {
    address: name,
    kind,
    area: 1,
    memberId: 1,
    protocol: 'modbus',
    endpoint,
    isSigning: false,
    ratedPowerW: 5_000,
    capabilities: [],
  }
}

describe('the Modbus adapter', () => {
  let devices: KnownDevice[]
  let taken: Taken[]
  let seen: { device: string; report: DeviceReport | undefined }[]
  let refused: { code: string; topic: string }[]
  let defects: unknown[]
  let nowMs: number
  let take: (device: string, measured: readonly Measured[]) => Promise<boolean>
  let served: ModbusDevices
  let meter: SimulatedMeter
  let battery: SimulatedUnit
  let port: number
  const running: { close: () => Promise<void> }[] = []

  const desk: DeviceDesk = {
    find: () => null,
    list: () => devices,
    takeMeasurements: (device, measured) => take(device, measured),
    onSeen: (device, report) => void seen.push({ device, report }),
    onRefused: ({ code, topic }) => void refused.push({ code, topic }),
    nowMs: () => nowMs,
    onDefect: (error) => void defects.push(error),
  }
  const start = async (options: ModbusOptions = {}): Promise<RunningAdapter> => {
    const adapter = await startModbus(desk, { ...QUICK, ...options }, { random: () => 0 })
    running.push(adapter)
    return adapter
  }
  const lastOf = (device: string, quantity: Measured['quantity']) =>
    taken.findLast((entry) => entry.device === device)?.measured.find((one) => one.quantity === quantity)?.value
  const commandOf = (action: CommandAction, expiresInS = 60): Command => ({
    id: '00000000-0000-4000-8000-000000000001',
    device: 'battery',
    action,
    expiresAt: Math.floor(nowMs / 1_000) + expiresInS,
  })
  const listen = async (onConnection: (socket: net.Socket) => void): Promise<number> => {
    const sockets = new Set<net.Socket>()
    const server = net.createServer((socket) => {
      sockets.add(socket)
      socket.on('error', () => undefined)
      onConnection(socket)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    running.push({
      close: () =>
        new Promise((resolve) => {
          for (const socket of sockets) socket.destroy()
          server.close(() => resolve())
        }),
    })
    return (server.address() as net.AddressInfo).port
  }

  beforeEach(async () => {
    ;[devices, taken, seen, refused, defects] = [[], [], [], [], []]
    nowMs = 2_000_000 * PERIOD_MS + 1_000
    take = async (device, measured) => {
      taken.push({ device, measured })
      return true
    }
    meter = simulateMeter({ unit: 1, serialNumber: 'M-1', importWh: 5_000, exportWh: 700, powerW: 1_800 })
    battery = simulateBattery({ unit: 2, serialNumber: 'B-2', capacityWh: 10_000, powerW: 5_000, charge: 0.5 })
    port = await freePort()
    served = await serveModbus(port, [meter, battery])
  })

  afterEach(async () => {
    for (const part of running.splice(0)) await part.close()
    await served.close().catch(() => undefined)
    expect(defects).toEqual([])
  })

  test('reads a meter and a battery behind one port, and who made them', async () => {
    devices = [deviceOf('meter', 'meter', `127.0.0.1:${port}/1`), deviceOf('battery', 'battery', `127.0.0.1:${port}/2`)]
    await start()
    await eventually(() => lastOf('meter', 'import-register')).toBe(5_000n)
    expect(lastOf('meter', 'export-register')).toBe(700n)
    expect(lastOf('meter', 'active-power')).toBe(1_800n)
    expect(lastOf('meter', 'voltage')).toBe(230_000n)
    expect(lastOf('meter', 'frequency')).toBe(50_000n)
    await eventually(() => lastOf('battery', 'state-of-charge')).toBe(500n)
    expect(lastOf('battery', 'switch')).toBe(1n)
    expect(seen.find(({ device }) => device === 'meter')?.report).toEqual({
      maker: 'Commonwatt',
      model: 'Meter',
      firmware: '1.0',
      serialNumber: 'M-1',
    })

    served.advance(1_800)
    await eventually(() => lastOf('meter', 'import-register')).toBe(5_900n)
    expect(refused).toEqual([])
  })

  test('reads a meter at the end of each delivery period, however long the interval is', async () => {
    devices = [deviceOf('meter', 'meter', `127.0.0.1:${port}/1`)]
    await start({ intervalMs: 3_600_000 })
    await eventually(() => taken.length).toBe(1)
    meter.add({ importWh: 100, exportWh: 0 })
    nowMs += PERIOD_MS
    await eventually(() => lastOf('meter', 'import-register')).toBe(5_100n)
    expect(taken.at(-1)!.measured[0]!.measuredAtMs).toBe(nowMs)
    expect(taken.length).toBe(2)
  })

  test('offers the same again until it is taken, and asks for nothing new meanwhile', async () => {
    devices = [deviceOf('meter', 'meter', `127.0.0.1:${port}/1`)]
    const offered: (readonly Measured[])[] = []
    take = async (_, measured) => offered.push(measured) > 2
    await start()
    await eventually(() => offered.length).toBeGreaterThan(3)
    expect(offered[1]).toBe(offered[0])
    expect(offered[2]).toBe(offered[0])
    expect(offered[3]).not.toBe(offered[0])
  })

  test('takes what is quarantined as taken', async () => {
    devices = [deviceOf('meter', 'meter', `127.0.0.1:${port}/1`)]
    const offered: (readonly Measured[])[] = []
    take = async (_, measured) => {
      offered.push(measured)
      throw new DomainError('reading-implausible', 'too much')
    }
    await start()
    await eventually(() => offered.length).toBeGreaterThan(1)
    expect(offered[1]).not.toBe(offered[0])
  })

  test('has a battery charge, discharge, be bounded and be switched off', async () => {
    devices = [deviceOf('battery', 'battery', `127.0.0.1:${port}/2`)]
    const adapter = await start()
    const tell = (action: CommandAction) => adapter.send(devices[0]!, commandOf(action))

    expect(await tell({ kind: 'set-point', powerW: 2_000 })).toEqual({ status: 'done' })
    served.advance(3_600)
    await eventually(() => lastOf('battery', 'state-of-charge')).toBe(700n)
    expect(lastOf('battery', 'active-power')).toBe(2_000n)
    expect(lastOf('battery', 'set-point')).toBe(2_000n)
    expect(lastOf('battery', 'consumed-register')).toBe(2_000n)

    expect(await tell({ kind: 'set-point', powerW: -3_000 })).toEqual({ status: 'done' })
    const bounds = { mostChargeW: 5_000, mostDischargeW: 1_000, leastStateOfCharge: 650, mostStateOfCharge: 1_000 }
    expect(await tell({ kind: 'charge-limit', ...bounds })).toEqual({ status: 'done' })
    served.advance(1_800)
    await eventually(() => lastOf('battery', 'active-power')).toBe(-1_000n)
    expect(lastOf('battery', 'produced-register')).toBe(500n)
    served.advance(3_600)
    await eventually(() => lastOf('battery', 'state-of-charge')).toBe(650n)

    expect(await tell({ kind: 'switch', isOn: false })).toEqual({ status: 'done' })
    await eventually(() => lastOf('battery', 'switch')).toBe(0n)
  })

  test('takes an exception for a refusal, and nothing for what a device lacks', async () => {
    devices = [deviceOf('battery', 'battery', `127.0.0.1:${port}/2`), deviceOf('meter', 'meter', `127.0.0.1:${port}/1`)]
    const adapter = await start()
    const locked = { ...battery, isWritable: () => false }
    await served.close()
    served = await serveModbus(port, [meter, locked])
    const answer = await adapter.send(devices[0]!, commandOf({ kind: 'switch', isOn: false }))
    expect(answer).toMatchObject({ status: 'refused', reason: expect.stringContaining('exception 2') as string })
    await expect(adapter.send(devices[1]!, commandOf({ kind: 'switch', isOn: true }))).rejects.toMatchObject({
      code: 'command-unsupported',
    })
  })

  test('has no answer yet from a device that is busy', async () => {
    devices = [deviceOf('battery', 'battery', `127.0.0.1:${port}/2`)]
    const busy = Object.assign(new Error('busy'), { modbusErrorCode: 6 })
    const isWritable = (): boolean => {
      throw busy
    }
    await served.close()
    served = await serveModbus(port, [{ ...battery, isWritable }])
    const adapter = await start()
    expect(await adapter.send(devices[0]!, commandOf({ kind: 'switch', isOn: false }))).toBeNull()
  })

  test('refuses in the name of a device that does not hold what was written', async () => {
    devices = [deviceOf('battery', 'battery', `127.0.0.1:${port}/2`)]
    const stubborn = new Proxy(battery.registers, { set: () => true })
    await served.close()
    served = await serveModbus(port, [{ ...battery, registers: stubborn }])
    const adapter = await start()
    const answer = await adapter.send(devices[0]!, commandOf({ kind: 'switch', isOn: false }))
    expect(answer).toEqual({ status: 'refused', reason: 'model 123 holds 1 at 2 in the place of 0' })
  })

  test('sends nothing that has expired, and has no answer from a device that is away', async () => {
    devices = [deviceOf('battery', 'battery', `127.0.0.1:${port}/2`)]
    const adapter = await start()
    expect(await adapter.send(devices[0]!, commandOf({ kind: 'switch', isOn: false }, 0))).toBeNull()
    await served.close()
    expect(await adapter.send(devices[0]!, commandOf({ kind: 'switch', isOn: false }))).toBeNull()
  })

  test('finds a device again that was away', async () => {
    devices = [deviceOf('meter', 'meter', `127.0.0.1:${port}/1`)]
    await start()
    await eventually(() => taken.length).toBeGreaterThan(0)
    await served.close()
    await delay(200)
    const before = seen.length
    served = await serveModbus(port, [meter])
    await eventually(() => seen.length).toBeGreaterThan(before)
    expect(seen.at(-1)!.device).toBe('meter')
  })

  test('is not disturbed by devices that are silent, flood, dribble, talk nonsense or have no map', async () => {
    const silent = await listen(() => undefined)
    const flooding = await listen((socket) => {
      const junk = Buffer.alloc(65_536)
      const pour = () => {
        while (!socket.destroyed && socket.write(junk));
      }
      socket.on('drain', pour)
      pour()
    })
    const dribbling = await listen((socket) => {
      const timer = setInterval(() => socket.destroyed || socket.write(Buffer.from([0])), 10)
      socket.on('close', () => clearInterval(timer))
    })
    const nonsense = await listen((socket) => {
      socket.on('data', (request) =>
        socket.write(Buffer.concat([request.subarray(0, 4), Buffer.from([0, 3, 9, 3, 250])])),
      )
    })
    const hangingUp = await listen((socket) => socket.on('data', () => socket.destroy()))
    devices = [silent, flooding, dribbling, nonsense, hangingUp]
      .map((hostile, index) => deviceOf('meter', `hostile-${index}`, `127.0.0.1:${hostile}/1`))
      .concat(
        deviceOf('meter', 'unknown', `127.0.0.1:${port}/9`),
        deviceOf('meter', 'outside', '8.8.8.8:502/1'),
        deviceOf('meter', 'nameless', null),
        deviceOf('meter', 'meter', `127.0.0.1:${port}/1`),
      )
    await start({ requestMs: 300, connectMs: 300, visitMs: 600 })
    await eventually(() => taken.length).toBeGreaterThan(5)
    expect(new Set(taken.map(({ device }) => device))).toEqual(new Set(['meter']))
    expect(refused.map(({ code }) => code).sort()).toEqual(['modbus-endpoint-forbidden', 'modbus-endpoint-malformed'])
  })

  test('keeps to the connections that it may have at once, and holds one to each device', async () => {
    let open = 0
    let most = 0
    const port = await listen((socket) => {
      open += 1
      most = Math.max(most, open)
      socket.resume()
      socket.on('end', () => (open -= 1))
    })
    devices = Array.from({ length: 20 }, (_, index) => deviceOf('meter', `m${index}`, `127.0.0.1:${port}/${index + 1}`))
    await start({ connectionsAtOnce: 5, connectionsPerHost: 3, requestMs: 50 })
    await eventually(() => most).toBe(3)
    await delay(300)
    expect(most).toBe(3)
  })

  test('stops while devices keep it waiting', async () => {
    const silent = await listen(() => undefined)
    devices = [deviceOf('meter', 'meter', `127.0.0.1:${silent}/1`)]
    take = async () => false
    const adapter = await start({ requestMs: 60_000, visitMs: 60_000 })
    await delay(50)
    await adapter.close()
    expect(taken).toEqual([])
  })
})
