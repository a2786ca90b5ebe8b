import { z } from 'zod'
import { startPostgres } from './postgres.ts'

/** Runs the embedded PostgreSQL until the process that started it ends; says `{ "ready": <url> }` over IPC. */
const place = z
  .object({ folder: z.string(), port: z.number().int() })
  .parse(JSON.parse(process.env.COMMONWATT_EMBEDDED_POSTGRES ?? '{}'))

const postgres = await startPostgres(place)
process.send?.({ ready: postgres.url })

const stop = () => void postgres.stop().finally(() => process.exit(0))
process.on('SIGTERM', stop)
process.on('SIGINT', () => undefined)
process.on('disconnect', stop)
