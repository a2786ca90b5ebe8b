import { z } from 'zod'
import { DomainError } from '../../../domain/errors.ts'
import { LOCAL_NETWORKS } from './device-endpoint.ts'

const milliseconds = (fallback: number) => z.number().int().min(10).max(3_600_000).default(fallback)
const schema = z.strictObject({
  /** A device is asked so often. */
  intervalMs: milliseconds(10_000),
  /** How often it is looked whose turn it is. */
  tickMs: milliseconds(1_000),
  connectMs: milliseconds(3_000),
  requestMs: milliseconds(2_000),
  visitMs: milliseconds(15_000),
  /** Measurements that could not be taken are offered again after so long. */
  retryMs: milliseconds(1_000),
  connectionsAtOnce: z.number().int().min(1).max(1_000).default(64),
  /** What stands before devices on a serial line serves few connections. */
  connectionsPerHost: z.number().int().min(1).max(64).default(2),
  networks: z
    .array(z.string())
    .max(64)
    .default([...LOCAL_NETWORKS]),
})

export type ModbusOptions = Readonly<z.input<typeof schema>>
export type ModbusSettings = Readonly<z.output<typeof schema>>

/** Throws `modbus-options-malformed`. */
export function parseModbusOptions(options: ModbusOptions): ModbusSettings {
  const parsed = schema.safeParse(options)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new DomainError('modbus-options-malformed', `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not valid'}`)
}
