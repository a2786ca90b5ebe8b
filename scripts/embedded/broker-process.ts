import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { openPasswords } from '../../services/runtime/device-passwords.ts'
import { startBroker } from './broker.ts'

/** Runs the embedded MQTT broker until the process that started it ends; says `{ "ready": true }` over IPC. */
const { port, servicePassword, passwordFile, secure } = z
  .object({
    port: z.number().int(),
    servicePassword: z.string().min(16),
    passwordFile: z.string(),
    secure: z
      .object({
        port: z.number().int(),
        host: z.string(),
        keyFile: z.string(),
        certFile: z.string(),
        caFile: z.string(),
      })
      .optional(),
  })
  .parse(JSON.parse(process.env.COMMONWATT_EMBEDDED_BROKER ?? '{}'))

const pem = (file: string) => readFileSync(file, 'utf8')
const broker = await startBroker({
  port,
  servicePassword,
  checkPassword: openPasswords(passwordFile),
  ...(secure === undefined
    ? {}
    : {
        secure: {
          port: secure.port,
          host: secure.host,
          key: pem(secure.keyFile),
          cert: pem(secure.certFile),
          ca: pem(secure.caFile),
        },
      }),
})
process.send?.({ ready: true })

const stop = () => void broker.stop().finally(() => process.exit(0))
process.on('SIGTERM', stop)
process.on('SIGINT', () => undefined)
process.on('disconnect', stop)
