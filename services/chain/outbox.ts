export type OutboxEntry = {
  readonly sender: string
  readonly nonce: number
  readonly purpose: string
  readonly rawTransaction: string
  readonly hash: string
  /** Of transactions for the purpose that were signed before this one and may have been sent: any of them may be mined. */
  readonly earlierHashes: readonly string[]
  readonly status: 'signed' | 'mined' | 'reverted'
  readonly blockNumber: number | null
}

/** Where signed transactions survive the process. */
export type Outbox = {
  find(purpose: string): Promise<OutboxEntry | null>
  /** The entries that are signed and not known to be mined, by nonce. */
  pending(): Promise<readonly OutboxEntry[]>
  /** Resolves when the entry is durable. Refuses a second one for the purpose, or for the sender and nonce. */
  add(entry: OutboxEntry): Promise<void>
  /** Puts the entry in the place of its purpose's; refuses where that is not `replaced` any more. */
  replace(replaced: OutboxEntry, entry: OutboxEntry): Promise<void>
  /** `hash` is that of the transaction which was mined, of all that were signed for the purpose. */
  markMined(purpose: string, status: 'mined' | 'reverted', blockNumber: number, hash: string): Promise<void>
}

/** Between two of these a process may end, and nothing may depend on which: the steps by which a call reaches the ledger. */
export const OUTBOX_STEPS = [
  /** Nothing is signed, and no nonce is asked for. */
  'before-nonce',
  /** Signed, and nowhere but in memory. */
  'signed',
  /** Durable, and sent to nobody. */
  'stored',
  /** The node has it. */
  'broadcast',
  /** Its receipt is read, and nobody has noted that. */
  'mined',
  /** The note is under way to where it is kept. */
  'noting',
  /** Noted, and whoever asked for the call has not heard of it. */
  'noted',
] as const
export type OutboxStep = (typeof OUTBOX_STEPS)[number]
