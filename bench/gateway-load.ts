import { connectAsync } from 'mqtt'
import { signReading } from '../services/chain/readings.ts'
import { addressOfKey, signingDomainOf } from '../services/chain/typed-data.ts'
import { sendAtOnce } from '../services/runtime/send-at-once.ts'
import type { LoadOrder, LoadPlan, LoadReport } from './gateway-meters.ts'

/**
 * Many meters in a process of its own, over one connection. Each has one reading on its way, and sends it again where no
 * receipt comes, as a meter does. Their signatures are made before the first is sent.
 */
const RESEND_MS = 500
const WH_PER_PERIOD = 100
const SIGNATURE_BYTES = 64

type LoadMeter = {
  readonly topic: string
  readonly signatures: Buffer
  acknowledged: number
  sentAt: number
  resendAt: number
}

const plan = await new Promise<LoadPlan>((resolve) =>
  process.once('message', (message) => resolve(message as LoadPlan)),
)
const domain = signingDomainOf(BigInt(plan.chainId), plan.contract)
const meters = new Map(plan.meterKeys.map((key) => [addressOfKey(key), meterOf(key)]))
const client = await connectAsync(plan.brokerUrl)
sendAtOnce(client)
await client.subscribeAsync('commonwatt/v1/meters/+/receipts', { qos: 1 })

const waitedMs: number[] = []
let acceptedTwice = 0
let isSending = false
let awaitsFirst = false
let waiting = 0

client.on('message', (topic, payload) => {
  const meter = meters.get(topic.split('/')[3] ?? '')
  if (meter === undefined) return
  const receipt = JSON.parse(payload.toString()) as { sequence: number; status: string; code?: string; reason?: string }
  const isAccepted = receipt.status === 'accepted'
  if (!isAccepted && receipt.code !== 'reading-replayed') throw new Error(`a reading was refused: ${receipt.reason}`)
  if (receipt.sequence <= meter.acknowledged) {
    if (isAccepted) acceptedTwice += 1
    return
  }
  if (isAccepted && awaitsFirst) {
    awaitsFirst = false
    process.send?.({ accepted: true })
  }
  meter.acknowledged = receipt.sequence
  meter.resendAt = Infinity
  waitedMs.push(performance.now() - meter.sentAt)
  waiting -= 1
  if (isSending) sendNext(meter)
})

process.send?.({ ready: true })
let usage = process.cpuUsage()
let began = 0

process.on('message', (order: LoadOrder) => {
  if (order === 'start') start()
  else if (order === 'await-accepted') awaitsFirst = true
  else void stop()
})

function start(): void {
  usage = process.cpuUsage()
  began = performance.now()
  isSending = true
  for (const meter of meters.values()) sendNext(meter)
  setInterval(() => {
    const now = performance.now()
    for (const meter of meters.values()) if (meter.resendAt <= now) send(meter)
  }, RESEND_MS / 4)
}

async function stop(): Promise<void> {
  isSending = false
  const seconds = (performance.now() - began) / 1_000
  const acknowledged = waitedMs.length
  const { user, system } = process.cpuUsage(usage)
  while (waiting > 0) await new Promise((resolve) => setTimeout(resolve, 10))
  const ordered = Float64Array.from(waitedMs).sort()
  const at = (share: number) => ordered[Math.min(ordered.length - 1, Math.floor(ordered.length * share))] ?? 0
  const report: LoadReport = {
    seconds,
    acknowledged,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    longestMs: at(1),
    cpuSeconds: (user + system) / 1_000_000,
    acceptedTwice,
    lastAcknowledged: [...meters.values()].map((meter) => meter.acknowledged),
  }
  process.send?.(report, () => process.exit(0))
}

function meterOf(key: string): LoadMeter {
  const signatures = Buffer.alloc(plan.readingsPerMeter * SIGNATURE_BYTES)
  for (let sequence = 1; sequence <= plan.readingsPerMeter; sequence += 1) {
    const signature = signReading(domain, readingOf(sequence), key)
    signatures.write(signature.slice(2), (sequence - 1) * SIGNATURE_BYTES, 'hex')
  }
  return {
    topic: `commonwatt/v1/meters/${addressOfKey(key)}/readings`,
    signatures,
    acknowledged: 0,
    sentAt: 0,
    resendAt: Infinity,
  }
}

function readingOf(sequence: number) {
  return {
    deliveryPeriod: plan.firstPeriod + sequence,
    sequence,
    importRegister: BigInt(sequence * WH_PER_PERIOD),
    exportRegister: 0n,
  }
}

function sendNext(meter: LoadMeter): void {
  if (meter.acknowledged >= plan.readingsPerMeter) return
  waiting += 1
  meter.sentAt = performance.now()
  send(meter)
}

function send(meter: LoadMeter): void {
  meter.resendAt = performance.now() + RESEND_MS
  const sequence = meter.acknowledged + 1
  const signature = meter.signatures.toString('hex', (sequence - 1) * SIGNATURE_BYTES, sequence * SIGNATURE_BYTES)
  const payload =
    `{"deliveryPeriod":${plan.firstPeriod + sequence},"sequence":${sequence},` +
    `"importRegisterWh":"${sequence * WH_PER_PERIOD}","exportRegisterWh":"0","signature":"0x${signature}"}`
  client.publish(meter.topic, payload, { qos: 1 })
}
