import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { DomainError } from '../services/domain/errors.ts'

/**
 * Keeps a second run out of a data folder; resolves to the function that lets the next one in. What a run left that was
 * killed is taken over. Throws `data-folder-in-use`.
 */
export function holdDataFolder(folder: string): () => void {
  const file = path.join(folder, 'running.pid')
  const write = () => writeFileSync(file, String(process.pid), { flag: 'wx' })
  try {
    write()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    const pid = Number(readFileSync(file, 'utf8'))
    if (isRunning(pid)) {
      throw new DomainError(
        'data-folder-in-use',
        `process ${pid} works with the data folder ${folder}: stop it, or choose another folder with --data or COMMONWATT_DATA`,
      )
    }
    rmSync(file)
    write()
  }
  return () => rmSync(file, { force: true })
}

/** Whether it is a run of ours; where the system does not say what a process runs, being alive counts. */
function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 1 || pid === process.pid) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('commonwatt')
  } catch {
    return true
  }
}
