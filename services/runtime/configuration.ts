import { isIP } from 'node:net'
import { z } from 'zod'
import { DomainError } from '../domain/errors.ts'
import type { BrokerTarget } from './broker-connection.ts'

/** What every service is told through its environment; flags of the command line end up here too. */
export type ServiceConfiguration = {
  readonly ledgerUrl: string
  readonly databaseUrl: string
  readonly broker: BrokerTarget
  /** Folder with the service's keys and whatever else it keeps outside the database. */
  readonly dataFolder: string
  /** Milliseconds between two looks at the ledger. */
  readonly pollMs: number
  /** How fast the ledger's clock runs: 1 is real time, `stepped` is driven from outside. */
  readonly speed: number | 'stepped'
  readonly apiPort: number
  /** Of the gateway, for devices over HTTP; 0 takes a free one. */
  readonly devicePort: number
  readonly lwm2m: Lwm2mPorts
  /** How browsers call the api through a proxy, such as https://market.example; by its own address unless told. */
  readonly apiOrigin?: string | undefined
  /** Days for which the law has a member's records kept after it left; none unless told. */
  readonly retentionDays?: number | undefined
  /** Of how many keys each signs the commitments of some of the areas; 1 unless told. */
  readonly gatewaySigners?: number | undefined
  /** Milliseconds that a request to the ledger may take in all; 30,000 unless told. */
  readonly ledgerTimeoutMs?: number | undefined
  /** The most that a transaction offers for a unit of gas, in wei; 1,000 gwei unless told. */
  readonly highestFeePerGas?: bigint | undefined
}

/** Where the gateway listens to LwM2M; 0 takes a free port. */
export type Lwm2mPorts = {
  /** Of 127.0.0.1, without security. */
  readonly port: number
  /** With the keys of devices, where given: over UDP, and over TCP. */
  readonly dtlsPort?: number | undefined
  readonly tlsPort?: number | undefined
  /** Where those with keys listen. */
  readonly host: string
}

const url = (protocols: readonly string[]) =>
  z.string().refine((value) => URL.canParse(value) && protocols.includes(new URL(value).protocol), {
    error: `is not a URL with ${protocols.join(' or ')}`,
  })

const schema = z.object({
  COMMONWATT_LEDGER_URL: url(['http:', 'https:']),
  COMMONWATT_DATABASE_URL: url(['postgresql:', 'postgres:']),
  COMMONWATT_BROKER_URL: url(['mqtt:', 'mqtts:']),
  COMMONWATT_BROKER_CA: z.string().min(1).optional(),
  COMMONWATT_BROKER_CERT: z.string().min(1).optional(),
  COMMONWATT_BROKER_KEY: z.string().min(1).optional(),
  COMMONWATT_DATA: z.string().min(1),
  COMMONWATT_POLL_MS: z.coerce.number().int().min(5).max(60_000).default(500),
  COMMONWATT_SPEED: z
    .union([z.literal('stepped'), z.coerce.number().min(1).max(900, { error: 'must be from 1 to 900' })])
    .default(1),
  COMMONWATT_API_PORT: z.coerce.number().int().min(0).max(65_535).default(8420),
  COMMONWATT_DEVICE_PORT: z.coerce.number().int().min(0).max(65_535).default(0),
  COMMONWATT_LWM2M_PORT: z.coerce.number().int().min(0).max(65_535).default(0),
  COMMONWATT_LWM2M_DTLS_PORT: z.coerce.number().int().min(0).max(65_535).optional(),
  COMMONWATT_LWM2M_TLS_PORT: z.coerce.number().int().min(0).max(65_535).optional(),
  COMMONWATT_LWM2M_HOST: z
    .string()
    .refine((value) => isIP(value) !== 0, { error: 'is not an IP address' })
    .default('127.0.0.1'),
  COMMONWATT_API_ORIGIN: z
    .string()
    .refine((value) => URL.canParse(value) && new URL(value).origin === value, { error: 'is not an origin' })
    .optional(),
  COMMONWATT_RETENTION_DAYS: z.coerce.number().int().min(0).max(36_500).default(0),
  COMMONWATT_GATEWAY_SIGNERS: z.coerce.number().int().min(1).max(64).default(1),
  COMMONWATT_LEDGER_TIMEOUT_MS: z.coerce.number().int().min(100).max(600_000).optional(),
  COMMONWATT_HIGHEST_FEE_PER_GAS: z
    .string()
    .regex(/^[0-9]{1,18}$/, { error: 'must be a number of wei, of at most 18 digits' })
    .transform(BigInt)
    .optional(),
})

/** Throws `configuration-invalid`, naming every variable that is wrong. Values are never repeated: URLs hold secrets. */
export function readServiceConfiguration(environment: NodeJS.ProcessEnv = process.env): ServiceConfiguration {
  const parsed = schema.safeParse(environment)
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => {
      const name = String(issue.path[0])
      return environment[name] === undefined ? `${name} is not set` : `${name} ${issue.message}`
    })
    throw new DomainError('configuration-invalid', problems.join('; '))
  }
  const values = parsed.data
  return {
    ledgerUrl: values.COMMONWATT_LEDGER_URL,
    databaseUrl: values.COMMONWATT_DATABASE_URL,
    broker: {
      url: values.COMMONWATT_BROKER_URL,
      caFile: values.COMMONWATT_BROKER_CA,
      certificateFile: values.COMMONWATT_BROKER_CERT,
      keyFile: values.COMMONWATT_BROKER_KEY,
    },
    dataFolder: values.COMMONWATT_DATA,
    pollMs: values.COMMONWATT_POLL_MS,
    speed: values.COMMONWATT_SPEED,
    apiPort: values.COMMONWATT_API_PORT,
    devicePort: values.COMMONWATT_DEVICE_PORT,
    lwm2m: {
      port: values.COMMONWATT_LWM2M_PORT,
      dtlsPort: values.COMMONWATT_LWM2M_DTLS_PORT,
      tlsPort: values.COMMONWATT_LWM2M_TLS_PORT,
      host: values.COMMONWATT_LWM2M_HOST,
    },
    apiOrigin: values.COMMONWATT_API_ORIGIN,
    retentionDays: values.COMMONWATT_RETENTION_DAYS,
    gatewaySigners: values.COMMONWATT_GATEWAY_SIGNERS,
    ledgerTimeoutMs: values.COMMONWATT_LEDGER_TIMEOUT_MS,
    highestFeePerGas: values.COMMONWATT_HIGHEST_FEE_PER_GAS,
  }
}
