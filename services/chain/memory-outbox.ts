import type { Outbox, OutboxEntry } from './outbox.ts'

/**
 * An outbox that ends with its process: for calls that the ledger refuses where they were made before, so that nothing is
 * lost with it.
 */
export function createMemoryOutbox(): Outbox {
  const entries = new Map<string, OutboxEntry>()
  return {
    find: async (purpose) => entries.get(purpose) ?? null,
    pending: async () =>
      [...entries.values()].filter(({ status }) => status === 'signed').sort((one, other) => one.nonce - other.nonce),
    add: async (entry) => void entries.set(entry.purpose, entry),
    replace: async (_, entry) => void entries.set(entry.purpose, entry),
    async markMined(purpose, status, blockNumber, hash) {
      const entry = entries.get(purpose)
      if (entry !== undefined) entries.set(purpose, { ...entry, status, blockNumber, hash })
    },
  }
}
