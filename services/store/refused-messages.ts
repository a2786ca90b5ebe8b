import type { Store } from './connect.ts'

/** A device's message that had no effect, and why. */
export type RefusedMessage = {
  readonly topic: string
  readonly code: string
  readonly reason: string
  /** What came; cut after 4,096 bytes here. */
  readonly payload: Uint8Array
  /** Address of the device in whose name it came; null where it names none. */
  readonly device?: string | null
  readonly protocol?: string | null
  /** By which of the gateway's formats it can be read again; null where by none. */
  readonly format?: string | null
  /** Unix seconds by the ledger's clock. */
  readonly receivedAt: number
}

export const REFUSED_MESSAGES_KEPT = 10_000

const PAYLOAD_BYTES = 4_096
const TOPIC_CHARACTERS = 256
const REASON_CHARACTERS = 512

/** Adds messages, in the order in which they came. */
export async function insertRefusedMessages(store: Store, messages: readonly RefusedMessage[]): Promise<void> {
  if (messages.length === 0) return
  await store.client.refusedMessage.createMany({
    data: messages.map((message) => ({
      topic: storable(message.topic.slice(0, TOPIC_CHARACTERS)),
      code: message.code,
      reason: storable(message.reason.slice(0, REASON_CHARACTERS)),
      payload: Uint8Array.from(message.payload.subarray(0, PAYLOAD_BYTES)),
      isWhole: message.payload.length <= PAYLOAD_BYTES,
      device: message.device ?? null,
      protocol: message.protocol ?? null,
      format: message.format ?? null,
      receivedAt: message.receivedAt,
    })),
  })
}

/** Removes all but the newest messages; resolves to how many went. */
export async function pruneRefusedMessages(store: Store, kept: number = REFUSED_MESSAGES_KEPT): Promise<number> {
  return store.client.$executeRaw`
    DELETE FROM refused_messages
    WHERE id <= (SELECT id FROM refused_messages ORDER BY id DESC OFFSET ${kept}::int LIMIT 1)`
}

/** PostgreSQL's text holds no NUL and no half of a surrogate pair. */
function storable(text: string): string {
  return text.replaceAll('\0', '\uFFFD').toWellFormed()
}
