import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { readKey } from '../services/chain/role-keys.ts'
import { DomainError } from '../services/domain/errors.ts'
import { readCommandArguments } from './command-arguments.ts'
import { readSettings } from './settings.ts'
import { signInWithKey } from './sign-in-link.ts'

/** A file that the metering operator hands in over the api of the running neighbourhood. */
export type OperatorFile = {
  readonly bytes: Uint8Array<ArrayBuffer>
  /** Where a path such as `/api/devices` is. */
  readonly urlOf: (path: string) => string
  /** Of the metering operator's sign-in. */
  readonly headers: Readonly<Record<string, string>>
  readonly flags: Readonly<Record<string, string | undefined>>
}

const PATIENCE_MS = 60_000

const refusal = z.object({
  code: z.string(),
  detail: z.string(),
  faults: z
    .object({
      total: z.number(),
      shown: z.array(
        z.object({ row: z.number(), column: z.string().nullable(), problem: z.string(), remedy: z.string() }),
      ),
    })
    .optional(),
})

/** Reads the file that is named first, and signs in. Throws `settings-invalid`, `file-missing` or what the api refuses with. */
export async function openOperatorFile(
  commandArguments: readonly string[],
  flagNames: readonly string[] = [],
): Promise<OperatorFile> {
  const { words, flags } = readCommandArguments(commandArguments, [...flagNames, 'data', 'api-port'])
  const [file, ...more] = words
  if (file === undefined || more.length > 0) {
    throw new DomainError('settings-invalid', 'name one file first. --help shows how.')
  }
  const given = (['data', 'api-port'] as const).flatMap((flag) =>
    flags[flag] === undefined ? [] : [`--${flag}`, flags[flag]],
  )
  const { apiPort, dataFolder } = readSettings(given)
  const bytes = await readFile(file).catch(() => {
    throw new DomainError('file-missing', `${file} cannot be read`)
  })
  const origin = `http://127.0.0.1:${apiPort}`
  const cookie = await signInWithKey(origin, await readKey(dataFolder, 'metering-operator'))
  return {
    bytes: new Uint8Array(bytes),
    urlOf: (path) => `${origin}${path}`,
    headers: { cookie, 'x-commonwatt': '1' },
    flags,
  }
}

/** The answer as the schema has it; prints every fault of a file that is refused. Throws `api-unreachable`, or the refusal. */
export async function askForFile<Schema extends z.ZodType>(
  url: string,
  init: RequestInit,
  schema: Schema,
): Promise<z.output<Schema>> {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(PATIENCE_MS) }).catch(() => {
    throw new DomainError('api-unreachable', `${new URL(url).origin} does not answer: is it running? See --api-port`)
  })
  const answer: unknown = await response.json()
  if (response.ok) return schema.parse(answer)
  const { code, detail, faults } = refusal.parse(answer)
  for (const { row, column, problem, remedy } of faults?.shown ?? []) {
    console.log(`row ${row}${column === null ? '' : `, ${column}`}: ${problem}; ${remedy}`)
  }
  throw new DomainError(code, detail)
}
