import pg from 'pg'
import type { Store } from './connect.ts'

export type Channel = 'projection'

const RETRY_MS = 500
const CONNECT_MS = 10_000

/** Tells every listener at once. The payload has less than 8,000 bytes. */
export async function notify(store: Store, channel: Channel, payload: string): Promise<void> {
  await store.client.$executeRaw`SELECT pg_notify(${channel}, ${payload})`
}

/**
 * Calls the handler for every notification on the channel, on a connection of its own that is made again when it
 * breaks. What was said meanwhile is lost: `onReconnect` is the moment to look for oneself. Resolves when
 * listening has begun.
 */
export async function listen(
  url: string,
  channel: Channel,
  handler: (payload: string) => void,
  { onReconnect = () => undefined }: { onReconnect?: () => void } = {},
): Promise<() => Promise<void>> {
  let client: pg.Client
  let isStopped = false

  const connect = async (): Promise<void> => {
    client = new pg.Client({ connectionString: url, keepAlive: true, connectionTimeoutMillis: CONNECT_MS })
    // Both events may come for one broken connection: the first one is enough.
    let isBroken = false
    const broken = () => {
      if (isBroken || isStopped) return
      isBroken = true
      setTimeout(reconnect, RETRY_MS)
    }
    client.on('notification', (notification) => handler(notification.payload ?? ''))
    client.on('error', broken)
    client.on('end', broken)
    try {
      await client.connect()
      await client.query(`LISTEN ${pg.escapeIdentifier(channel)}`)
    } catch (error) {
      isBroken = true
      await client.end().catch(() => undefined)
      throw error
    }
  }
  const reconnect = () => {
    if (isStopped) return
    connect().then(onReconnect, () => setTimeout(reconnect, RETRY_MS))
  }

  await connect()
  return async () => {
    isStopped = true
    await client.end()
  }
}
