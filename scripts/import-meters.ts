import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import { DomainError } from '../services/domain/errors.ts'
import { readKey } from '../services/chain/role-keys.ts'
import { readCommandArguments } from './command-arguments.ts'
import { readSettings } from './settings.ts'
import { signInWithKey } from './sign-in-link.ts'

const HELP = `usage: commonwatt import-meters <file.csv> [--rows <number>] [--data <folder>] [--api-port <port>]

Hands in a file of meters as the metering operator, with its key of the data folder, and waits until they are recorded. Its
columns are in docs/identity.md. Where a row has a fault nothing is taken, and every fault is printed. --rows says how many
meters the file should have. The same file again is the same import.`

const LOOK_MS = 500
const PATIENCE_MS = 60_000

const progress = z.object({
  id: z.string(),
  state: z.enum(['waiting', 'recording', 'held-back', 'done']),
  meters: z.number(),
  recorded: z.number(),
  uncertified: z.number(),
  refused: z.number(),
  heldBack: z.object({ code: z.string(), message: z.string() }).nullable(),
})
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

type Progress = z.infer<typeof progress>

/** `commonwatt import-meters`: hands in a file of meters, and waits until they are recorded. */
export async function importMeters(commandArguments: readonly string[]): Promise<number> {
  if (commandArguments.includes('--help')) {
    console.log(HELP)
    return 0
  }
  const { words, flags } = readCommandArguments(commandArguments, ['rows', 'data', 'api-port'])
  const [file, ...more] = words
  if (file === undefined || more.length > 0) {
    throw new DomainError('settings-invalid', 'name one file first. --help shows how.')
  }
  const given = (['data', 'api-port'] as const).flatMap((flag) =>
    flags[flag] === undefined ? [] : [`--${flag}`, flags[flag]],
  )
  const { apiPort, dataFolder } = readSettings(given)
  const bytes = await readFile(file).catch(() => {
    throw new DomainError('meter-file-missing', `${file} cannot be read`)
  })

  const imports = `http://127.0.0.1:${apiPort}/api/meters/imports`
  const cookie = await signInWithKey(new URL(imports).origin, await readKey(dataFolder, 'metering-operator'))
  const query = flags.rows === undefined ? '' : `?${new URLSearchParams({ rows: flags.rows }).toString()}`
  const headers = { cookie, 'x-commonwatt': '1', 'content-type': 'text/csv' }
  const made = await answerOf(await ask(`${imports}${query}`, { method: 'POST', headers, body: new Uint8Array(bytes) }))
  let seen = ''
  for (let now = made; ; now = await answerOf(await ask(`${imports}/${made.id}`, { headers: { cookie } }))) {
    const line = lineOf(now)
    if (line !== seen) console.log(line)
    seen = line
    if (now.state === 'done') return now.refused === 0 ? 0 : 1
    await delay(LOOK_MS)
  }
}

function lineOf({ state, meters, recorded, uncertified, refused, heldBack }: Progress): string {
  const counts = `${recorded} recorded, ${uncertified} not certified, ${refused} refused, of ${meters}`
  return heldBack === null ? `${state}: ${counts}` : `${state}: ${heldBack.message} [${heldBack.code}]; ${counts}`
}

async function answerOf(response: Response): Promise<Progress> {
  const answer: unknown = await response.json()
  if (response.ok) return progress.parse(answer)
  const { code, detail, faults } = refusal.parse(answer)
  for (const { row, column, problem, remedy } of faults?.shown ?? []) {
    console.log(`row ${row}${column === null ? '' : `, ${column}`}: ${problem}; ${remedy}`)
  }
  throw new DomainError(code, detail)
}

function ask(url: string, init: RequestInit): Promise<Response> {
  return fetch(url, { ...init, signal: AbortSignal.timeout(PATIENCE_MS) }).catch(() => {
    throw new DomainError('api-unreachable', `${new URL(url).origin} does not answer: is it running? See --api-port`)
  })
}
