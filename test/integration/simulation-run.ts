import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Report } from '../../scripts/simulation/report.ts'
import { projectFolder } from '../../scripts/project-folder.ts'

export type FinishedSimulation = { readonly code: number; readonly output: string; readonly report: Report | null }

/** Runs `commonwatt simulate` as a user does, in a process of its own; `onProgress` may meddle with its processes. */
export async function runSimulation(
  flags: readonly string[],
  onProgress: (drawnUpPeriods: number, killService: (name: string) => void) => void = () => undefined,
): Promise<FinishedSimulation> {
  const folder = mkdtempSync(path.join(tmpdir(), 'commonwatt-simulation-'))
  const file = path.join(folder, 'report.json')
  try {
    const child = spawn(
      process.execPath,
      [path.join(projectFolder, 'scripts', 'commonwatt.mjs'), 'simulate', ...flags, '--report', file],
      {
        cwd: projectFolder,
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    )
    let output = ''
    const hear = (chunk: Buffer) => {
      output += chunk.toString()
      const drawnUp = [...chunk.toString().matchAll(/^(\d+) of \d+ periods drawn up/gm)].at(-1)?.[1]
      if (drawnUp !== undefined) onProgress(Number(drawnUp), (name) => killChild(child.pid!, name))
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    const code = await new Promise<number>((resolve) => child.once('close', (status) => resolve(status ?? 1)))
    let report: Report | null = null
    try {
      report = JSON.parse(readFileSync(file, 'utf8')) as Report
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
    return { code, output, report }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** SIGKILL for the service of that name among the children of a process. */
function killChild(parent: number, service: string): void {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,command=']).toString().split('\n')
  const pids = lines.flatMap((line) => {
    const [, pid, ppid, command = ''] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? []
    return Number(ppid) === parent && command.includes(`services/${service}/main.ts`) ? [Number(pid)] : []
  })
  if (pids.length !== 1) throw new Error(`expected one ${service} below ${parent}, found ${pids.length}`)
  process.kill(pids[0]!, 'SIGKILL')
}
