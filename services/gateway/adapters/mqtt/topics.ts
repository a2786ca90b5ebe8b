import { listedJson, singleJson } from '../json/reading-message.ts'
import { meterAddressOf } from '../meter-address.ts'
import type { ReadingFormat } from '../reading-taking.ts'
import { SERVICE_GROUP } from '../service-group.ts'
import { ultralight } from '../ultralight/reading-measures.ts'

const READINGS = /^commonwatt\/v1\/meters\/([^/]*)\/readings$/
/** As IoT agents have it, with a slash before it or without. */
const MEASURES = new RegExp(`^/?(ul|json)/${SERVICE_GROUP}/([^/]*)/attrs$`)

/** Every meter's readings; `+` is the meter's address. */
export const READINGS_TOPICS = [
  'commonwatt/v1/meters/+/readings',
  ...['ul', 'json'].flatMap((name) => [`/${name}/${SERVICE_GROUP}/+/attrs`, `${name}/${SERVICE_GROUP}/+/attrs`]),
]

/** How readings come under the topic, and the address of the meter, null where its level is none; null for other topics. */
export function readingTopicOf(
  topic: string,
): { readonly address: string | null; readonly format: ReadingFormat } | null {
  const [, native] = READINGS.exec(topic) ?? []
  if (native !== undefined) return { address: meterAddressOf(native), format: singleJson }
  const [, name, device] = MEASURES.exec(topic) ?? []
  if (name === undefined) return null
  return { address: meterAddressOf(device), format: name === 'ul' ? ultralight : listedJson }
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
