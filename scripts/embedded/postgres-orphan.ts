import { readFile } from 'node:fs/promises'
import path from 'node:path'

const ORPHAN_STOP_MS = 15_000

/** Stops a PostgreSQL of this folder that outlived the process which had started it. */
export async function stopOrphan(folder: string): Promise<void> {
  const pid = Number(
    (await readFile(path.join(folder, 'data', 'postmaster.pid'), 'utf8').catch(() => '')).split('\n')[0],
  )
  if (!Number.isInteger(pid) || pid <= 1 || !(await isPostgres(pid))) return
  process.kill(pid, 'SIGINT')
  const deadline = Date.now() + ORPHAN_STOP_MS
  while (Date.now() < deadline && (await isPostgres(pid))) await new Promise((resolve) => setTimeout(resolve, 50))
}

/** Whether the process is one of PostgreSQL's; where the system does not say what a process runs, being alive counts. */
async function isPostgres(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => 'postgres')
  return command.includes('postgres')
}
