/** Every meter's readings; `+` is the meter's address. */
export const READINGS_TOPICS = 'commonwatt/v1/meters/+/readings'

const READINGS_TOPIC = /^commonwatt\/v1\/meters\/(0x[0-9a-f]{40})\/readings$/

/** The address of the meter that a readings topic belongs to, or null where its level is no address in lower case. */
export function meterOfTopic(topic: string): string | null {
  return READINGS_TOPIC.exec(topic)?.[1] ?? null
}

/** Every meter's answers to claims; `+` is the meter's address. */
export const CLAIM_ANSWERS_TOPICS = 'commonwatt/v1/meters/+/claim-answers'

const CLAIM_ANSWERS_TOPIC = /^commonwatt\/v1\/meters\/(0x[0-9a-f]{40})\/claim-answers$/

/** The address of the meter that a topic of answers belongs to, or null where its level is no address in lower case. */
export function meterOfAnswerTopic(topic: string): string | null {
  return CLAIM_ANSWERS_TOPIC.exec(topic)?.[1] ?? null
}

export function claimsTopicOf(meter: string): string {
  return `commonwatt/v1/meters/${meter}/claims`
}

export function receiptsTopicOf(meter: string): string {
  return `commonwatt/v1/meters/${meter}/receipts`
}
