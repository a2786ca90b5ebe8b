import { PrismaPg } from '@prisma/adapter-pg'
import { PrismaClient } from './generated/client.ts'

/** A connection to the database; the repositories beside this file take it as their first argument. */
export type Store = {
  readonly client: PrismaClient
  readonly url: string
  readonly close: () => Promise<void>
}

export function connectStore(url: string, { connections = 5 }: { connections?: number } = {}): Store {
  const client = new PrismaClient({
    adapter: new PrismaPg({ connectionString: url, max: connections, connectionTimeoutMillis: 10_000 }),
  })
  return { client, url, close: () => client.$disconnect() }
}
