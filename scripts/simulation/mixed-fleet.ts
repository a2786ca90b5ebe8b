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

async function startParts({ store, devices, brokerUrl, lwm2m, ledgerIdentity, onRefused }: MixedFleetOptions) {
  const of = (protocol: SimulatedDevice['protocol'], isSigning: boolean) =>
    devices.filter((device) => device.protocol === protocol && device.isSigning === isSigning)
  const signing = { brokerUrl, area: AREA, ledgerIdentity, ...(onRefused === undefined ? {} : { onRefused }) }
  // Where the gateway asks, somebody has to listen before it is told where.
  const modbus = await startModbusPart({ store, devices: of('modbus', false) })
  const endpointOf = ({ address, protocol }: SimulatedDevice): string | null =>
    protocol === 'lwm2m' ? lwm2mEndpointOf(address) : (modbus.endpoints.get(address) ?? null)
  const endpoints = new Map(devices.map((device) => [device.address, endpointOf(device)]))
  await registerFleet(store, devices, (address) => endpoints.get(address) ?? null)
  const parts = {
    'modbus false': modbus,
    'mqtt true': await startSigningPart({ ...signing, words: jsonWords, devices: of('mqtt', true) }),
    'ultralight true': await startSigningPart({ ...signing, words: ultralightWords, devices: of('ultralight', true) }),
    'ultralight false': await startMeasuringPart({
      ...{ brokerUrl, words: ultralightMeasureWords, devices: of('ultralight', false) },
    }),
    'json false': await startMeasuringPart({ brokerUrl, words: jsonMeasureWords, devices: of('json', false) }),
    'lwm2m false': await startLwm2mPart({ server: lwm2m, devices: of('lwm2m', false) }),
  } satisfies Record<string, FleetPart>
  const partOf = ({ protocol, isSigning }: SimulatedDevice): FleetPart => {
    const part = (parts as Readonly<Record<string, FleetPart>>)[`${protocol} ${isSigning}`]
    if (part === undefined) throw new RangeError(`no part of the fleet speaks ${protocol}`)
    return part
  }
  return { parts: Object.values(parts), partOf }
}

function registersAfter(before: Measures, flow: FleetReading): Measures {
  if ('importRegisterWh' in flow) {
    return { 'import-register': flow.importRegisterWh, 'export-register': flow.exportRegisterWh }
  }
  const { importWh, exportWh } = registersOf(before)
  return { 'import-register': importWh + flow.importWh, 'export-register': exportWh + flow.exportWh }
}
