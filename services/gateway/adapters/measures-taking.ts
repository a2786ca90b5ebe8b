import type { DeviceProtocol, KnownDevice } from '../../domain/devices/device.ts'
import type { Measured } from '../../domain/devices/measurement.ts'
import { DomainError } from '../../domain/errors.ts'
import type { RefusedMessage } from '../../store/refused-messages.ts'
import type { DeviceDesk } from './adapter.ts'
import type { Receipt } from './receipt.ts'

/** How devices write what they measured, unsigned: by the connection it is known whose it is. */
export type MeasuresFormat = {
  /** By which a refused message is read again. */
  readonly name: string
  readonly protocol: DeviceProtocol
  /** Whether a payload is of this format, and none of readings. */
  readonly isOfMeasures: (payload: Uint8Array) => boolean
  /** The payload that says the same, of a value by itself. */
  readonly withName: (name: string, value: Uint8Array) => Uint8Array
  /** Throws `measures-malformed`, saying what is wrong. */
  readonly parse: (payload: Uint8Array) => readonly Measured[]
}

/** What every protocol of messages brings its measurements to. */
export type MeasuresTaker = {
  /** Whatever it speaks; null where it is not known. */
  readonly byAddress: (address: string) => KnownDevice | null
  readonly takeMeasurements: DeviceDesk['takeMeasurements']
  readonly onSeen: (device: string) => void
  readonly onRefused: (message: Omit<RefusedMessage, 'receivedAt'>) => void
}

export type MeasuresMessage = {
  /** Where it came from, as an operator is told. */
  readonly topic: string
  /** Of the device, whose connection it came over; null where nothing names one. */
  readonly address: string | null
  readonly payload: Uint8Array
  readonly format: MeasuresFormat
  /** Unix milliseconds of what does not say when it was measured; null where nothing does. */
  readonly atMs?: number | null
}

/** What to answer once all of it is durable, or refused; null where it should be sent again. */
export async function takeMeasures(taker: MeasuresTaker, message: MeasuresMessage): Promise<Receipt | null> {
  const { topic, address, payload, format } = message
  const { name, protocol } = format
  let measured: readonly Measured[]
  let device: KnownDevice
  try {
    device = deviceOf(taker, address, protocol)
    measured = timed(format.parse(payload), message.atMs ?? null)
  } catch (error) {
    const { code, message: reason } = refusalIn(error)
    taker.onRefused({ topic, code, reason, payload: Buffer.from(payload), device: address, protocol, format: name })
    return refused(code, reason)
  }
  taker.onSeen(device.address)
  try {
    const isTaken = await taker.takeMeasurements(device.address, measured)
    return isTaken ? { reading: null, outcome: { status: 'accepted', isLate: false } } : null
  } catch (error) {
    // What failed a rule is in quarantine by itself.
    const { code, message: reason } = refusalIn(error)
    return refused(code, reason)
  }
}

function timed(measured: readonly Measured[], atMs: number | null): readonly Measured[] {
  return atMs === null ? measured : measured.map((one) => ({ ...one, measuredAtMs: one.measuredAtMs ?? atMs }))
}

function deviceOf(taker: MeasuresTaker, address: string | null, protocol: DeviceProtocol): KnownDevice {
  const device = address === null ? null : taker.byAddress(address)
  if (device === null) {
    throw new DomainError(
      'device-unknown',
      `no device that may send measurements unsigned is registered under ${address ?? 'this address'}`,
    )
  }
  if (device.protocol !== protocol) {
    throw new DomainError(
      'device-protocol-wrong',
      `the device ${device.address} is registered to speak ${device.protocol}, and this is ${protocol}`,
    )
  }
  return device
}

function refusalIn(error: unknown): DomainError {
  if (error instanceof DomainError) return error
  throw error
}

function refused(code: string, reason: string): Receipt {
  return { reading: null, outcome: { status: 'refused', code, reason } }
}
