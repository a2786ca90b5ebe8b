import { jsonMeasures, nativeMeasures } from '../json/measures-message.ts'
import { listedJson, singleJson } from '../json/reading-message.ts'
import type { MeasuresFormat } from '../measures-taking.ts'
import { meterAddressOf } from '../meter-address.ts'
import type { ReadingFormat } from '../reading-taking.ts'
import { SERVICE_GROUP } from '../service-group.ts'
import { ultralightMeasures } from '../ultralight/measures-message.ts'
import { ultralight } from '../ultralight/reading-measures.ts'

const READINGS = /^commonwatt\/v1\/meters\/([^/]*)\/readings$/
const MEASUREMENTS = /^commonwatt\/v1\/meters\/([^/]*)\/measurements$/
/** As IoT agents have it, with a slash before it or without. */
const MEASURES = new RegExp(`^/?(ul|json)/${SERVICE_GROUP}/([^/]*)/attrs(?:/([a-z-]{1,40}))?$`)

/** What several gateways divide among them; `+` is the address of the meter. Each message says all that it takes to decide on it. */
export const DIVIDED_TOPICS = ['commonwatt/v1/meters/+/readings']

/** What one gateway alone hears: what a device measures is often told in several messages that belong together. */
export const UNDIVIDED_TOPICS = [
  'commonwatt/v1/meters/+/measurements',
  ...['/ul', 'ul', '/json', 'json'].flatMap((name) => [
    `${name}/${SERVICE_GROUP}/+/attrs`,
    `${name}/${SERVICE_GROUP}/+/attrs/+`,
  ]),
]

/** What comes under a topic: readings that are signed, or what is measured, or either. */
export type DeviceTopic = {
  /** Of the device; null where the topic's level is none. */
  readonly address: string | null
  readonly readings: ReadingFormat | null
  readonly measures: MeasuresFormat | null
  /** What alone is measured, where the topic says so and the payload is its value. */
  readonly attribute?: string
}

/** Null for other topics. */
export function deviceTopicOf(topic: string): DeviceTopic | null {
  const [, meter] = READINGS.exec(topic) ?? []
  if (meter !== undefined) return { address: meterAddressOf(meter), readings: singleJson, measures: null }
  const [, native] = MEASUREMENTS.exec(topic) ?? []
  if (native !== undefined) return { address: meterAddressOf(native), readings: null, measures: nativeMeasures }
  const [, name, device, attribute] = MEASURES.exec(topic) ?? []
  if (name === undefined) return null
  const formats =
    name === 'ul'
      ? { readings: ultralight, measures: ultralightMeasures }
      : { readings: listedJson, measures: jsonMeasures }
  const address = meterAddressOf(device)
  return attribute === undefined ? { address, ...formats } : { address, ...formats, readings: null, attribute }
}

/** Every meter's answers to claims; `+` is the meter's address. */
export const CLAIM_ANSWERS_TOPICS = 'commonwatt/v1/meters/+/claim-answers'

const CLAIM_ANSWERS_TOPIC = /^commonwatt\/v1\/meters\/([^/]*)\/claim-answers$/

/** The address of the meter that a topic of answers belongs to, or null where its level is no address in lower case. */
export function meterOfAnswerTopic(topic: string): string | null {
  return meterAddressOf(CLAIM_ANSWERS_TOPIC.exec(topic)?.[1])
}

export function claimsTopicOf(meter: string): string {
  return `commonwatt/v1/meters/${meter}/claims`
}

export function receiptsTopicOf(meter: string): string {
  return `commonwatt/v1/meters/${meter}/receipts`
}
