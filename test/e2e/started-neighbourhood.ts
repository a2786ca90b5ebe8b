import { spawn, type ChildProcess } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { projectFolder } from '../../scripts/project-folder.ts'
import { freePort } from '../../scripts/settings.ts'

export type StartedNeighbourhood = {
  readonly url: string
  readonly pid: number
  readonly folder: string
  /** All that it printed so far. */
  readonly output: () => string
  /** Ctrl-C; resolves to the exit code. */
  readonly interrupt: () => Promise<number>
  readonly remove: () => void
}

/** Runs `npm start` as a user does, on free ports, 300 times as fast as real time: a quarter-hour takes 3 s. */
export async function startNeighbourhood(folder = makeFolder()): Promise<StartedNeighbourhood> {
  const ports = ['api', 'ledger', 'database', 'broker']
  const flags = (await Promise.all(ports.map(async (name) => [`--${name}-port`, String(await freePort())]))).flat()
  const child = spawn(
    process.execPath,
    [path.join(projectFolder, 'scripts', 'commonwatt.mjs'), 'start', '--speed', '300', '--data', folder, ...flags],
    { cwd: projectFolder, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
  await untilReady(child, () => output)
  return {
    url: `http://127.0.0.1:${flags[1]}`,
    pid: child.pid!,
    folder,
    output: () => output,
    interrupt: () =>
      new Promise((resolve) => {
        if (child.exitCode !== null) resolve(child.exitCode)
        child.once('exit', (code) => resolve(code ?? -1))
        child.kill('SIGINT')
      }),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

function makeFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'commonwatt-e2e-'))
  chmodSync(folder, 0o711)
  return folder
}

async function untilReady(child: ChildProcess, output: () => string): Promise<void> {
  const deadline = Date.now() + 180_000
  while (!/^Ready after/m.test(output())) {
    if (child.exitCode !== null) throw new Error(`npm start ended with ${child.exitCode}:\n${output()}`)
    if (Date.now() > deadline) throw new Error(`not ready after three minutes:\n${output()}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
