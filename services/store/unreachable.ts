const CODES = new Set(['P1000', 'P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2028', 'P2034'])
const SYSTEM_CODES = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN'])
/** PostgreSQL: connection exceptions, a full disk, no memory, too many connections, shutdown, start-up. */
const SQL_STATES = /^(08\d{3}|53[123]00|57P0[123])$/

/** Whether the database could not be reached, went away or has no room, so that trying again later makes sense. */
export function isStoreUnreachable(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false
  const { code, message, cause, meta, driverAdapterError } = error as Readonly<Record<string, unknown>>
  if (typeof code === 'string' && (CODES.has(code) || SYSTEM_CODES.has(code) || SQL_STATES.test(code))) return true
  if (
    typeof message === 'string' &&
    /connection ?(terminated|closed)|can't reach database|database ?not ?reachable|server has closed/i.test(message)
  ) {
    return true
  }
  // Of a raw query Prisma keeps what PostgreSQL said in the adapter's error, within its own.
  return [cause, meta, driverAdapterError].some(isStoreUnreachable)
}
