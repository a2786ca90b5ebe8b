import type { Store } from '../connect.ts'

/** The latest block in the database, null before the first. Throws where the database does not answer. */
export async function readIndexedBlock(store: Store): Promise<number | null> {
  const indexed = await store.client.indexedBlock.aggregate({ _max: { number: true } })
  return indexed._max.number
}

const UNREACHABLE_CODES = new Set([
  'P1001',
  'P1002',
  'P1008',
  'P1017',
  'P2024',
  'ECONNREFUSED',
  'ECONNRESET',
  '57P01',
  '57P03',
])

/** Whether the error says that the database does not answer, so that trying again later makes sense. */
export function isDatabaseUnreachable(error: unknown): boolean {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    const { code } = cause as Error & { code?: unknown }
    if (typeof code === 'string' && UNREACHABLE_CODES.has(code)) return true
    if (
      /DatabaseNotReachable|ConnectionClosed|Connection terminated|Server has closed the connection/.test(cause.message)
    )
      return true
  }
  return false
}
