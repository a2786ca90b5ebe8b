import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import { askForFile, openOperatorFile } from './operator-file.ts'

const HELP = `usage: commonwatt import-meters <file.csv> [--rows <number>] [--data <folder>] [--api-port <port>]

Hands in a file of meters as the metering operator, with its key of the data folder, and waits until they are recorded. Its
columns are in docs/identity.md. Where a row has a fault nothing is taken, and every fault is printed. --rows says how many
meters the file should have. The same file again is the same import.`

const LOOK_MS = 500

const progress = z.object({
  id: z.string(),
  state: z.enum(['waiting', 'recording', 'held-back', 'done']),
  meters: z.number(),
  recorded: z.number(),
  uncertified: z.number(),
  refused: z.number(),
  heldBack: z.object({ code: z.string(), message: z.string() }).nullable(),
})

type Progress = z.infer<typeof progress>

/** `commonwatt import-meters`: hands in a file of meters, and waits until they are recorded. */
export async function importMeters(commandArguments: readonly string[]): Promise<number> {
  if (commandArguments.includes('--help')) {
    console.log(HELP)
    return 0
  }
  const { bytes, flags, headers, urlOf } = await openOperatorFile(commandArguments, ['rows'])
  const imports = urlOf('/api/meters/imports')
  const query = flags.rows === undefined ? '' : `?${new URLSearchParams({ rows: flags.rows }).toString()}`
  const sent = { method: 'POST', headers: { ...headers, 'content-type': 'text/csv' }, body: bytes }
  const made = await askForFile(`${imports}${query}`, sent, progress)
  let seen = ''
  for (let now = made; ; now = await askForFile(`${imports}/${made.id}`, { headers }, progress)) {
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
