import { connectAsync, type MqttClient } from 'mqtt'
import { z } from 'zod'
import type { LedgerAddresses } from '../../services/chain/ledger.ts'
import { readingDomain, signReading, type MeterReading } from '../../services/chain/readings.ts'
import { addressOfKey, type SigningDomain } from '../../services/chain/typed-data.ts'
import { DomainError } from '../../services/domain/errors.ts'
import type { DeliveryPeriod } from '../../services/domain/units.ts'
import { sendAtOnce } from '../../services/runtime/send-at-once.ts'
import { jsonWords, type MeterWords } from './meter-words.ts'

/** What flowed since the meter's last reading, or where its registers stand now; in Wh, never negative. */
export type FleetReading =
  | { readonly importWh: bigint; readonly exportWh: bigint }
  | { readonly importRegisterWh: bigint; readonly exportRegisterWh: bigint }

export type FleetMeter = {
  readonly memberId: number
  /** Private key, 0x-hex. */
  readonly meterKey: string
  readonly name: string
  /** The last reading that was accepted of it; none if left out, and its registers are at zero. */
  readonly last?: { readonly sequence: number; readonly importWh: bigint; readonly exportWh: bigint }
}

export type FleetRefusal = {
  readonly memberId: number
  readonly name: string
  readonly deliveryPeriod: DeliveryPeriod
  readonly code: string
  readonly reason: string
}

export type MeterFleet = {
  /**
   * Signs and sends a meter's reading at the end of the period, again and again until it has a receipt. Resolves when
   * the gateway has it durably; rejects with the `DomainError` of a refusal. A meter sends one reading after the other,
   * numbered from the last accepted one on: a period without a reading, or a refused one, takes no number.
   */
  publishReading(memberId: number, deliveryPeriod: DeliveryPeriod, reading: FleetReading): Promise<void>
  /** Connects one more meter. */
  add(meter: FleetMeter): Promise<void>
  /** What flows until the next reading is not metered: its sequence leaves a number out. */
  interrupt(memberId: number): void
  stop(): Promise<void>
}

export type FleetOptions = {
  /** Without credentials: a device is known by its address. */
  readonly brokerUrl: string
  readonly area: number
  readonly ledgerIdentity: { readonly chainId: bigint; readonly addresses: LedgerAddresses }
  readonly meters: readonly FleetMeter[]
  /** JSON unless told. */
  readonly words?: MeterWords
  readonly resendMs?: number
  /** Hears of every refusal but `reading-replayed`. */
  readonly onRefused?: (refusal: FleetRefusal) => void
}

type Sending = {
  readonly deliveryPeriod: DeliveryPeriod
  readonly registers: Registers
  readonly interruptions: number
  /** Made when it is the first, since its number follows from what became of the reading before. */
  message: { readonly sequence: number; readonly payload: string } | null
  sentAt: number
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

type Registers = { readonly importWh: bigint; readonly exportWh: bigint }

type Meter = {
  readonly identity: FleetMeter
  readonly client: MqttClient
  readonly readingsTopic: string
  registers: Registers
  /** The last number that is taken, by an accepted reading or by an interruption. */
  lastSequence: number
  /** Since the latest reading that waits or was sent. */
  interruptions: number
  /** Oldest first; only the first is on its way. */
  readonly sending: Sending[]
}

const RESEND_MS = 500
const CONNECTING_AT_ONCE = 50
/** A meter whose clock is ahead, or that waits for a ledger, sends again later. */
const SENT_AGAIN_AFTER = 'reading-from-the-future'
/** Refusals after which the reading's number is not free for the next one. */
const NUMBER_TAKEN = ['reading-replayed', 'reading-conflict']

const receipt = z.object({
  deliveryPeriod: z.number().optional(),
  sequence: z.number().optional(),
  status: z.enum(['accepted', 'refused']),
  code: z.string().optional(),
  reason: z.string().optional(),
})

/** Connects simulated meters, each with its own key and its own MQTT connection. */
export async function startMeterFleet(options: FleetOptions): Promise<MeterFleet> {
  const { words = jsonWords, resendMs = RESEND_MS, onRefused = () => undefined } = options
  const domain = readingDomain(options.ledgerIdentity)
  const meters = new Map<number, Meter>()
  let isStopped = false

  for (let first = 0; first < options.meters.length; first += CONNECTING_AT_ONCE) {
    const some = options.meters.slice(first, first + CONNECTING_AT_ONCE)
    const connected = await Promise.all(
      some.map((identity) => connectMeter({ ...options, words }, identity, takeReceipt)),
    )
    for (const meter of connected) {
      take(meter)
    }
  }
  const resending = setInterval(() => {
    const due = performance.now() - resendMs
    for (const meter of meters.values()) {
      const [first] = meter.sending
      if (first !== undefined && first.sentAt <= due) send(meter)
    }
  }, resendMs / 4)

  function take(meter: Meter): void {
    meters.set(meter.identity.memberId, meter)
    meter.client.on('connect', () => send(meter))
  }

  function send(meter: Meter): void {
    const [first] = meter.sending
    if (first === undefined || !meter.client.connected) return
    first.message ??= messageOf(meter, first)
    first.sentAt = performance.now()
    meter.client.publish(meter.readingsTopic, first.message.payload, { qos: 1 })
  }

  function messageOf(meter: Meter, { deliveryPeriod, registers, interruptions }: Sending) {
    meter.lastSequence += interruptions
    const sequence = meter.lastSequence + 1
    const payload = signedPayload(
      domain,
      meter.identity.meterKey,
      {
        deliveryPeriod,
        sequence,
        importRegister: registers.importWh,
        exportRegister: registers.exportWh,
      },
      words,
    )
    return { sequence, payload }
  }

  function takeReceipt(meter: Meter, payload: Buffer): void {
    const parsed = receipt.safeParse(JSON.parse(payload.toString()))
    const [first] = meter.sending
    if (!parsed.success || first === undefined || first.message === null) return
    const { deliveryPeriod, sequence, status, code = 'refused', reason = 'no reason was given' } = parsed.data
    // A receipt without them answers a message that could not be read.
    if ((sequence ?? first.message.sequence) !== first.message.sequence) return
    if ((deliveryPeriod ?? first.deliveryPeriod) !== first.deliveryPeriod) return

    const isDone = status === 'accepted' || code === 'reading-replayed'
    if (!isDone) {
      const { memberId, name } = meter.identity
      onRefused({ memberId, name, deliveryPeriod: first.deliveryPeriod, code, reason })
      if (code === SENT_AGAIN_AFTER) return
    }
    meter.sending.shift()
    if (status === 'accepted' || NUMBER_TAKEN.includes(code)) meter.lastSequence = first.message.sequence
    if (isDone) first.resolve()
    else first.reject(new DomainError(code, `${meter.identity.name}: ${reason}`))
    send(meter)
  }

  return {
    publishReading(memberId, deliveryPeriod, reading) {
      const meter = meters.get(memberId)
      if (meter === undefined) throw new RangeError(`the fleet has no meter of member ${memberId}`)
      if (isStopped) throw new Error('the fleet is stopped')
      meter.registers = registersAfter(meter.registers, reading)
      const { registers, interruptions } = meter
      meter.interruptions = 0
      return new Promise<void>((resolve, reject) => {
        const waiting = { deliveryPeriod, registers, interruptions, message: null, sentAt: -Infinity }
        meter.sending.push({ ...waiting, resolve, reject })
        if (meter.sending.length === 1) send(meter)
      })
    },
    async add(identity) {
      take(await connectMeter({ ...options, words }, identity, takeReceipt))
    },
    interrupt(memberId) {
      const meter = meters.get(memberId)
      if (meter === undefined) throw new RangeError(`the fleet has no meter of member ${memberId}`)
      meter.interruptions += 1
    },
    async stop() {
      isStopped = true
      clearInterval(resending)
      await Promise.all([...meters.values()].map((meter) => meter.client.endAsync(true)))
    },
  }
}

async function connectMeter(
  { brokerUrl, words }: { readonly brokerUrl: string; readonly words: MeterWords },
  identity: FleetMeter,
  onReceipt: (meter: Meter, payload: Buffer) => void,
): Promise<Meter> {
  const address = addressOfKey(identity.meterKey)
  const topics = `commonwatt/v1/meters/${address}`
  const client = await connectAsync(brokerUrl, { clientId: address, clean: true, reconnectPeriod: 500 }, false)
  sendAtOnce(client)
  // What ends a connection is mended by connecting again; what was on its way is sent again.
  client.on('error', () => undefined)
  const meter: Meter = {
    identity,
    client,
    readingsTopic: words.topicOf(address),
    registers: identity.last ?? { importWh: 0n, exportWh: 0n },
    lastSequence: identity.last?.sequence ?? 0,
    interruptions: 0,
    sending: [],
  }
  client.on('message', (_, payload) => onReceipt(meter, payload))
  await client.subscribeAsync(`${topics}/receipts`, { qos: 1 })
  return meter
}

function registersAfter(registers: Registers, reading: FleetReading): Registers {
  if ('importRegisterWh' in reading) {
    return { importWh: reading.importRegisterWh, exportWh: reading.exportRegisterWh }
  }
  return { importWh: registers.importWh + reading.importWh, exportWh: registers.exportWh + reading.exportWh }
}

/** The message of a reading as the gateway takes it. */
export function signedPayload(
  domain: SigningDomain,
  meterKey: string,
  reading: MeterReading,
  words: MeterWords = jsonWords,
): string {
  return words.write(reading, signReading(domain, reading, meterKey))
}
