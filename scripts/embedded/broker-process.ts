import { z } from 'zod'
import { startBroker } from './broker.ts'

/** Runs the embedded MQTT broker until the process that started it ends; says `{ "ready": true }` over IPC. */
const { port, servicePassword } = z
  .object({ port: z.number().int(), servicePassword: z.string().min(16) })
  .parse(JSON.parse(process.env.COMMONWATT_EMBEDDED_BROKER ?? '{}'))

const broker = await startBroker({ port, servicePassword })
process.send?.({ ready: true })

const stop = () => void broker.stop().finally(() => process.exit(0))
process.on('SIGTERM', stop)
process.on('SIGINT', () => undefined)
process.on('disconnect', stop)
