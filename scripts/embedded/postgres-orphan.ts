import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'

const ORPHAN_STOP_MS = 15_000

/** Stops a PostgreSQL of this folder that outlived the process which had started it. */
export async function stopOrphan(folder: string): Promise<void> {
  const pid = Number(
    (await readFile(path.join(folder, 'data', 'postmaster.pid'), 'utf8').catch(() => '')).split('\n')[0],
  )
  if (!Number.isInteger(pid) || pid <= 1 || !(await isServerOf(folder, pid))) return
  process.kill(pid, 'SIGINT')
  const deadline = Date.now() + ORPHAN_STOP_MS
  while (Date.now() < deadline && (await isServerOf(folder, pid)))
    await new Promise((resolve) => setTimeout(resolve, 50))
}

/** Whether the process is the server of that folder; where the system does not say what a process runs, it is not. */
async function isServerOf(folder: string, pid: number): Promise<boolean> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'command=', '-p', String(pid)]).catch(() => ({
    stdout: '',
  }))
  return stdout.includes(path.join(folder, 'data')) && stdout.includes('postgres')
}
