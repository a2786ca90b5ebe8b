import { connectAsync, type MqttClient } from 'mqtt'
import { z } from 'zod'
import { DomainError } from '../../services/domain/errors.ts'
import { endOf, type DeliveryPeriod } from '../../services/domain/units.ts'
import { SERVICE_GROUP } from '../../services/gateway/adapters/service-group.ts'
import { sendAtOnce } from '../../services/runtime/send-at-once.ts'
import { hearCommands } from './command-hearing.ts'
import { neverInterrupted, type FleetPart, type Measures, type Obey, type SimulatedDevice } from './fleet-part.ts'

/** How devices that do not sign write what they measured, and where they publish it. */
export type MeasureWords = {
  readonly topicOf: (address: string) => string
  readonly write: (at: string, measures: Measures) => string
}

export const ultralightMeasureWords: MeasureWords = {
  topicOf: (address) => `ul/${SERVICE_GROUP}/${address}/attrs`,
  write: (at, measures) => [at, ...Object.entries(measures).map(([name, value]) => `${name}|${value}`)].join('|'),
}

const writeJson: MeasureWords['write'] = (at, measures) =>
  JSON.stringify({
    measuredAt: at,
    ...Object.fromEntries(Object.entries(measures).map(([name, value]) => [name, String(value)])),
  })

export const jsonMeasureWords: MeasureWords = {
  topicOf: (address) => `json/${SERVICE_GROUP}/${address}/attrs`,
  write: writeJson,
}

/** Of what is registered as `mqtt`. */
export const plainMeasureWords: MeasureWords = {
  topicOf: (address) => `commonwatt/v1/meters/${address}/measurements`,
  write: writeJson,
}

type Sending = { readonly payload: string; readonly resolve: () => void; readonly reject: (error: Error) => void }

type Sender = {
  readonly client: MqttClient
  readonly topic: string
  readonly home: string
  readonly sending: Sending[]
  sentAt: number
  /** So often what is the first was sent. */
  attempts: number
  /** Receipts still to come, for a while, of what was sent more than once: they say nothing of what is sent now. */
  stale: number
  staleUntil: number
}

const RESEND_MS = 500
const STALE_MS = 2_000
const CONNECTING_AT_ONCE = 50
const NEVER_SENT = { sentAt: -Infinity, attempts: 0, stale: 0, staleUntil: -Infinity }
/** What passes: the gateway learns of a new device, or of the ledger's time, a little later. */
const SENT_AGAIN_AFTER = ['device-unknown', 'device-protocol-wrong', 'measurement-from-the-future']

const receipt = z.object({
  status: z.enum(['accepted', 'refused']),
  code: z.string().default('refused'),
  reason: z.string().default('no reason was given'),
})

/** Devices that send what they measure unsigned over MQTT, known by their connection; again until there is a receipt. */
export async function startMeasuringPart(options: {
  /** Without credentials. */
  readonly brokerUrl: string
  readonly words: MeasureWords
  readonly devices: readonly SimulatedDevice[]
  readonly resendMs?: number
  /** Has them hear the commands of what is registered as `mqtt`. */
  readonly obey?: Obey
}): Promise<FleetPart> {
  const { words, devices, resendMs = RESEND_MS } = options
  const senders = new Map<string, Sender>()
  for (let first = 0; first < devices.length; first += CONNECTING_AT_ONCE) {
    const some = devices.slice(first, first + CONNECTING_AT_ONCE)
    const connected = await Promise.all(some.map((device) => connect(options, device)))
    connected.forEach((sender, position) => senders.set(some[position]!.address, sender))
  }
  const resending = setInterval(() => {
    const due = performance.now() - resendMs
    for (const sender of senders.values()) if (sender.sending.length > 0 && sender.sentAt <= due) send(sender)
  }, resendMs / 4)

  return {
    prepare: () => undefined,
    publish(address, ended: DeliveryPeriod, measures) {
      const sender = senders.get(address)
      if (sender === undefined) throw new RangeError(`the fleet has no device ${address}`)
      const at = new Date(endOf(ended) * 1_000).toISOString()
      return new Promise((resolve, reject) => {
        sender.sending.push({ payload: words.write(at, measures), resolve, reject })
        if (sender.sending.length === 1) begin(sender)
      })
    },
    interrupt: neverInterrupted,
    async stop() {
      clearInterval(resending)
      await Promise.all([...senders.values()].map(({ client }) => client.endAsync(true)))
    },
  }
}

async function connect(
  { brokerUrl, words, obey }: Pick<Parameters<typeof startMeasuringPart>[0], 'brokerUrl' | 'words' | 'obey'>,
  { address, home }: SimulatedDevice,
): Promise<Sender> {
  const client = await connectAsync(brokerUrl, { clientId: address, clean: true, reconnectPeriod: 500 }, false)
  sendAtOnce(client)
  // What ends a connection is mended by connecting again; what was on its way is sent again.
  client.on('error', () => undefined)
  const sender: Sender = { client, topic: words.topicOf(address), home, sending: [], ...NEVER_SENT }
  const receipts = `commonwatt/v1/meters/${address}/receipts`
  client.on('message', (topic, payload) => {
    if (topic === receipts) takeReceipt(sender, payload)
  })
  await client.subscribeAsync(receipts, { qos: 1 })
  if (obey !== undefined) await hearCommands(client, address, obey)
  return sender
}

function begin(sender: Sender): void {
  sender.attempts = 0
  send(sender)
}

function send(sender: Sender): void {
  const [first] = sender.sending
  if (first === undefined || !sender.client.connected) return
  sender.attempts += 1
  sender.sentAt = performance.now()
  sender.client.publish(sender.topic, first.payload, { qos: 1 })
}

function takeReceipt(sender: Sender, payload: Buffer): void {
  const parsed = receipt.safeParse(JSON.parse(payload.toString()))
  const [first] = sender.sending
  if (sender.stale > 0 && performance.now() < sender.staleUntil) {
    // A receipt names nothing: where this one was of what is sent now, another comes when that is sent again.
    sender.stale -= 1
    return
  }
  if (!parsed.success || first === undefined) return
  const { status, code, reason } = parsed.data
  if (status === 'refused' && SENT_AGAIN_AFTER.includes(code)) {
    sender.attempts = Math.max(0, sender.attempts - 1)
    return
  }
  sender.sending.shift()
  sender.stale = Math.max(0, sender.attempts - 1)
  sender.staleUntil = performance.now() + STALE_MS
  if (status === 'accepted') first.resolve()
  else first.reject(new DomainError(code, `${sender.home}: ${reason}`))
  begin(sender)
}
