import type { LedgerAddresses } from '../../services/chain/ledger.ts'
import type { Store } from '../../services/store/connect.ts'
import { AREA } from '../setup/neighbourhood.ts'
import { createLoad, type DeviceLoad } from './device-loads.ts'
import type { DrivenFleet } from './driven-fleet.ts'
import { firstRegistersOf, registersOf, type FleetPart, type Measures, type SimulatedDevice } from './fleet-part.ts'
import { registerFleet } from './fleet-register.ts'
import { lwm2mEndpointOf, startLwm2mPart } from './lwm2m-part.ts'
import { jsonMeasureWords, startMeasuringPart, ultralightMeasureWords } from './measuring-part.ts'
import type { FleetReading, FleetRefusal } from './meter-fleet.ts'
import { jsonWords, ultralightWords } from './meter-words.ts'
import { startModbusPart } from './modbus-part.ts'
import { startSigningPart } from './signing-part.ts'

export type MixedFleetOptions = {
  readonly store: Store
  /** Without credentials. */
  readonly brokerUrl: string
  readonly lwm2m: { readonly host: string; readonly port: number }
  readonly ledgerIdentity: { readonly chainId: bigint; readonly addresses: LedgerAddresses }
  readonly devices: readonly SimulatedDevice[]
  readonly onRefused?: (refusal: FleetRefusal) => void
}

type Member = { readonly device: SimulatedDevice; readonly part: FleetPart; readonly load: DeviceLoad | null }

/**
 * Registers devices and starts them, each by its protocol. A gateway that is there already knows them within 2 s, and one
 * that comes later finds them there.
 */
export async function startMixedFleet(options: MixedFleetOptions): Promise<DrivenFleet> {
  const { devices } = options
  const { parts, partOf } = await startParts(options)
  const homes = [...new Set(devices.map(({ memberId }) => memberId))]
  const members = devices.map((device): Member => {
    const load = device.kind === 'meter' ? null : createLoad(device.kind, homes.indexOf(device.memberId))
    return { device, part: partOf(device), load }
  })
  const meters = new Map(members.flatMap((one) => (one.load === null ? [[one.device.memberId, one] as const] : [])))
  const registers = new Map(homes.map((memberId) => [memberId, firstRegistersOf(memberId)]))
  const prepared = new Map<Member, Measures>()

  const meterOf = (memberId: number): Member => {
    const meter = meters.get(memberId)
    if (meter === undefined) throw new RangeError(`the fleet has no meter of member ${memberId}`)
    return meter
  }
  const prepareOne = (member: Member, measures: Measures): void => {
    prepared.set(member, measures)
    member.part.prepare(member.device.address, measures)
  }

  return {
    prepare(ended, flows) {
      prepared.clear()
      for (const [memberId, flow] of flows) {
        const stand = registersAfter(registers.get(memberId) ?? {}, flow)
        registers.set(memberId, stand)
        prepareOne(meterOf(memberId), stand)
      }
      for (const member of members) if (member.load !== null) prepareOne(member, member.load(ended))
    },
    async publish(ended) {
      await Promise.all(
        [...prepared].map(([{ device, part }, measures]) => part.publish(device.address, ended, measures)),
      )
    },
    interrupt(memberId) {
      const { device, part } = meterOf(memberId)
      part.interrupt(device.address)
    },
    async stop() {
      await Promise.all(parts.map((part) => part.stop()))
    },
  }
}

/** All or none. */
async function startParts(options: MixedFleetOptions) {
  const parts = new Map<string, FleetPart>()
  try {
    for (const [way, start] of startsOf(options)) parts.set(way, await start())
  } catch (error) {
    await Promise.all([...parts.values()].map((part) => part.stop()))
    throw error
  }
  const partOf = (device: SimulatedDevice): FleetPart => {
    const part = parts.get(wayOf(device))
    if (part === undefined) throw new RangeError(`no part of the fleet speaks ${wayOf(device)}`)
    return part
  }
  return { parts: [...parts.values()], partOf }
}

type Way = Pick<SimulatedDevice, 'protocol' | 'isSigning'>

function wayOf({ protocol, isSigning }: Way): string {
  return isSigning ? `${protocol}, signed` : protocol
}

/** How the devices of each way start, in this order: where the gateway asks, somebody listens before it is told where. */
function startsOf(options: MixedFleetOptions): readonly (readonly [string, () => Promise<FleetPart>])[] {
  const { store, brokerUrl, lwm2m, ledgerIdentity, onRefused } = options
  const signing = { brokerUrl, area: AREA, ledgerIdentity, ...(onRefused === undefined ? {} : { onRefused }) }
  const start = (
    protocol: SimulatedDevice['protocol'],
    isSigning: boolean,
    startPart: (devices: readonly SimulatedDevice[]) => Promise<FleetPart>,
  ) => {
    const way = wayOf({ protocol, isSigning })
    const devices = options.devices.filter((device) => wayOf(device) === way)
    return [way, () => startPart(devices)] as const
  }
  const startModbus = async (devices: readonly SimulatedDevice[]): Promise<FleetPart> => {
    const part = await startModbusPart({ store, devices })
    await registerFleet(store, options.devices, ({ address, protocol }) =>
      protocol === 'lwm2m' ? lwm2mEndpointOf(address) : (part.endpoints.get(address) ?? null),
    )
    return part
  }
  return [
    start('modbus', false, startModbus),
    start('mqtt', true, (devices) => startSigningPart({ ...signing, words: jsonWords, devices })),
    start('ultralight', true, (devices) => startSigningPart({ ...signing, words: ultralightWords, devices })),
    start('ultralight', false, (devices) => startMeasuringPart({ brokerUrl, words: ultralightMeasureWords, devices })),
    start('json', false, (devices) => startMeasuringPart({ brokerUrl, words: jsonMeasureWords, devices })),
    start('lwm2m', false, (devices) => startLwm2mPart({ server: lwm2m, devices })),
  ]
}

function registersAfter(before: Measures, flow: FleetReading): Measures {
  if ('importRegisterWh' in flow) {
    return { 'import-register': flow.importRegisterWh, 'export-register': flow.exportRegisterWh }
  }
  const { importWh, exportWh } = registersOf(before)
  return { 'import-register': importWh + flow.importWh, 'export-register': exportWh + flow.exportWh }
}
