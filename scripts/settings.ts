import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import { parseArgs, type ParseArgsOptionsConfig } from 'node:util'
import { z } from 'zod'
import { DomainError } from '../services/domain/errors.ts'
import type { Lwm2mPorts } from '../services/runtime/configuration.ts'

/** One setting: a flag of the command line, the environment variable behind it, and its default. */
type SettingDefinition = {
  readonly variable: string
  readonly schema: z.ZodType
  readonly fallback: string | undefined
  readonly help: string
}

const port = z.coerce
  .number({ error: 'must be a port' })
  .int()
  .min(1, { error: 'must be from 1 to 65535' })
  .max(65_535, { error: 'must be from 1 to 65535' })
const urlOf = (...protocols: string[]) =>
  z
    .string()
    .refine((value) => URL.canParse(value) && protocols.includes(new URL(value).protocol), {
      error: `must be a URL that starts with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
    })
    .optional()

const definitions = {
  'api-port': { variable: 'COMMONWATT_API_PORT', schema: port, fallback: '8420', help: 'web app and api' },
  'ledger-port': { variable: 'COMMONWATT_LEDGER_PORT', schema: port, fallback: '8421', help: 'embedded ledger' },
  'database-port': {
    variable: 'COMMONWATT_DATABASE_PORT',
    schema: port,
    fallback: '8422',
    help: 'embedded PostgreSQL',
  },
  'broker-port': { variable: 'COMMONWATT_BROKER_PORT', schema: port, fallback: '8423', help: 'embedded MQTT broker' },
  'broker-tls-port': {
    variable: 'COMMONWATT_BROKER_TLS_PORT',
    schema: port.optional(),
    fallback: undefined,
    help: 'embedded MQTT broker over TLS, for devices with certificates or passwords',
  },
  'broker-tls-host': {
    variable: 'COMMONWATT_BROKER_TLS_HOST',
    schema: z.string().min(1),
    fallback: '127.0.0.1',
    help: 'address or name of this machine on which that listens',
  },
  'device-port': { variable: 'COMMONWATT_DEVICE_PORT', schema: port, fallback: '8424', help: 'devices over HTTP' },
  'lwm2m-port': { variable: 'COMMONWATT_LWM2M_PORT', schema: port, fallback: '8425', help: 'devices over LwM2M, UDP' },
  'lwm2m-dtls-port': {
    variable: 'COMMONWATT_LWM2M_DTLS_PORT',
    schema: port.optional(),
    fallback: undefined,
    help: 'LwM2M with keys of devices, over DTLS',
  },
  'lwm2m-tls-port': {
    variable: 'COMMONWATT_LWM2M_TLS_PORT',
    schema: port.optional(),
    fallback: undefined,
    help: 'LwM2M with keys of devices, over TLS',
  },
  'lwm2m-host': {
    variable: 'COMMONWATT_LWM2M_HOST',
    schema: z.string().refine((value) => net.isIP(value) !== 0, { error: 'must be an IP address' }),
    fallback: '127.0.0.1',
    help: 'address of this machine on which those with keys listen',
  },
  data: {
    variable: 'COMMONWATT_DATA',
    schema: z.string().min(1),
    fallback: '.commonwatt',
    help: 'folder for keys, database and logs',
  },
  'ledger-url': {
    variable: 'COMMONWATT_LEDGER_URL',
    schema: urlOf('http:', 'https:'),
    fallback: undefined,
    help: 'use this Ethereum node; none is started',
  },
  'database-url': {
    variable: 'COMMONWATT_DATABASE_URL',
    schema: urlOf('postgresql:', 'postgres:'),
    fallback: undefined,
    help: 'use this PostgreSQL; none is started',
  },
  'broker-url': {
    variable: 'COMMONWATT_BROKER_URL',
    schema: urlOf('mqtt:', 'mqtts:'),
    fallback: undefined,
    help: 'use this MQTT broker; none is started',
  },
  'broker-ca': {
    variable: 'COMMONWATT_BROKER_CA',
    schema: z.string().min(1).optional(),
    fallback: undefined,
    help: 'who vouches for that broker: file of certificates in PEM',
  },
  'broker-cert': {
    variable: 'COMMONWATT_BROKER_CERT',
    schema: z.string().min(1).optional(),
    fallback: undefined,
    help: "the services' certificate for that broker, in PEM",
  },
  'broker-key': {
    variable: 'COMMONWATT_BROKER_KEY',
    schema: z.string().min(1).optional(),
    fallback: undefined,
    help: 'the key of that certificate, in PEM',
  },
  speed: {
    variable: 'COMMONWATT_SPEED',
    schema: z.coerce
      .number({ error: 'must be a number from 1 to 900' })
      .min(1, { error: 'must be from 1 to 900' })
      .max(900, { error: 'must be from 1 to 900' }),
    fallback: '60',
    help: 'how many times faster than real time the clock runs',
  },
  households: {
    variable: 'COMMONWATT_HOUSEHOLDS',
    schema: z.coerce
      .number({ error: 'must be a whole number from 2 to 200' })
      .int()
      .min(2, { error: 'must be from 2 to 200' })
      .max(200, { error: 'must be from 2 to 200' }),
    fallback: '12',
    help: 'households of the demonstration neighbourhood',
  },
} as const satisfies Record<string, SettingDefinition>

export type Settings = {
  readonly apiPort: number
  readonly ledgerPort: number
  readonly databasePort: number
  readonly brokerPort: number
  readonly devicePort: number
  readonly lwm2m: Lwm2mPorts
  readonly brokerTlsPort: number | undefined
  readonly brokerTlsHost: string
  readonly dataFolder: string
  readonly ledgerUrl: string | undefined
  readonly databaseUrl: string | undefined
  readonly brokerUrl: string | undefined
  readonly brokerCa: string | undefined
  readonly brokerCert: string | undefined
  readonly brokerKey: string | undefined
  readonly speed: number
  readonly households: number
}

/** The lines that explain the settings in `--help`. */
export function settingsHelp(): string {
  return Object.entries(definitions)
    .map(
      ([flag, { variable, fallback, help }]) =>
        `  --${flag.padEnd(15)} ${help}${fallback === undefined ? '' : ` [${fallback}]`} (${variable})`,
    )
    .join('\n')
}

/** Reads flags, then environment variables, then defaults. Throws `settings-invalid`, naming each flag and variable. */
export function readSettings(
  commandArguments: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): Settings {
  const options: ParseArgsOptionsConfig = Object.fromEntries(
    Object.keys(definitions).map((flag) => [flag, { type: 'string' as const }]),
  )
  const flags = parseFlags(commandArguments, options)
  const problems: string[] = []
  const values = Object.fromEntries(
    Object.entries(definitions).map(([flag, definition]) => {
      const given = flags[flag] ?? (environment[definition.variable] || undefined)
      const parsed = definition.schema.safeParse(given ?? definition.fallback)
      if (!parsed.success) {
        const shown = flag.endsWith('-url') ? '' : ` "${String(given)}"`
        problems.push(
          `--${flag} (${definition.variable})${shown}: ${parsed.error.issues[0]?.message ?? 'is not valid'}`,
        )
      }
      return [flag, parsed.data]
    }),
  ) as Record<keyof typeof definitions, never>
  if (problems.length > 0) throw new DomainError('settings-invalid', problems.join('\n'))
  return {
    apiPort: values['api-port'],
    ledgerPort: values['ledger-port'],
    databasePort: values['database-port'],
    brokerPort: values['broker-port'],
    devicePort: values['device-port'],
    lwm2m: {
      port: values['lwm2m-port'],
      dtlsPort: values['lwm2m-dtls-port'],
      tlsPort: values['lwm2m-tls-port'],
      host: values['lwm2m-host'],
    },
    brokerTlsPort: values['broker-tls-port'],
    brokerTlsHost: values['broker-tls-host'],
    dataFolder: path.resolve(values.data),
    ledgerUrl: values['ledger-url'],
    databaseUrl: values['database-url'],
    brokerUrl: values['broker-url'],
    brokerCa: values['broker-ca'],
    brokerCert: values['broker-cert'],
    brokerKey: values['broker-key'],
    speed: values.speed,
    households: values.households,
  }
}

/** `parseArgs` with its refusals in our words. */
export function parseFlags(
  commandArguments: readonly string[],
  options: ParseArgsOptionsConfig,
): Record<string, string | undefined> {
  try {
    return parseArgs({ args: [...commandArguments], options, allowPositionals: false }).values as Record<
      string,
      string | undefined
    >
  } catch (error) {
    throw new DomainError('settings-invalid', `${(error as Error).message.split('. ')[0]}. --help shows the options.`)
  }
}

/** Throws `port-taken` for the first of the ports on which something listens already. */
export async function requireFreePorts(
  ports: readonly { readonly port: number; readonly flag: string; readonly variable: string }[],
): Promise<void> {
  const twice = ports.find(({ port }, position) => ports.findIndex((other) => other.port === port) !== position)
  if (twice !== undefined)
    throw new DomainError(
      'port-taken',
      `port ${twice.port} is given twice: choose another with --${twice.flag} or ${twice.variable}`,
    )
  for (const { port, flag, variable } of ports) {
    if (await isTaken(port)) {
      throw new DomainError(
        'port-taken',
        `port ${port} on 127.0.0.1 is taken: choose another with --${flag} or ${variable}`,
      )
    }
  }
}

/** Throws `data-folder-unusable` where the folder cannot be made or written. */
export function requireWritableFolder(folder: string): void {
  const missing: string[] = []
  let existing = folder
  while (!existsSync(existing)) {
    missing.unshift(existing)
    existing = path.dirname(existing)
  }
  try {
    if (!statSync(existing).isDirectory()) throw new Error('is not a folder')
    accessSync(existing, constants.W_OK)
    // One by one: on some file systems a recursive mkdir never returns.
    for (const part of missing) mkdirSync(part, { mode: 0o711 })
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? (cause as Error).message
    throw new DomainError(
      'data-folder-unusable',
      `the folder ${folder} cannot be written (${existing}: ${reason}): choose another with --data or COMMONWATT_DATA`,
    )
  }
}

/** A port of 127.0.0.1 that was free just now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as net.AddressInfo
      server.close(() => resolve(port))
    })
  })
}

/** The same of UDP. */
export async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const { port: free } = socket.address()
  socket.close()
  return free
}

/** Ports that were free just now, for a platform of its own beside whatever else runs here. */
export async function freePorts() {
  return {
    api: await freePort(),
    ledger: await freePort(),
    database: await freePort(),
    broker: await freePort(),
    devices: 0,
  }
}

function isTaken(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = net.createServer()
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' || error.code === 'EACCES' ? resolve(true) : reject(error),
    )
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(false)))
  })
}
