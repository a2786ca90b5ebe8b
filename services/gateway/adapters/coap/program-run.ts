import { spawn, spawnSync } from 'node:child_process'

export type ProgramRun = { readonly output: string; readonly code: number | null }

export type RunOptions = { readonly until?: RegExp; readonly env?: Readonly<Record<string, string>> }

/** Whether a program that only tests use is there. */
export function isInstalled(program: string): boolean {
  return spawnSync('which', [program]).status === 0
}

/** Runs a program to its end, or to what a pattern finds in its output; 20 s at most. */
export function runProgram(
  program: string,
  args: readonly string[],
  { until, env = {} }: RunOptions = {},
): Promise<ProgramRun> {
  const child = spawn(program, args, { stdio: 'pipe', env: { ...process.env, ...env } })
  const pieces: Buffer[] = []
  const read = (piece: Buffer): void => {
    pieces.push(piece)
    if (until?.test(Buffer.concat(pieces).toString()) === true) child.kill()
  }
  child.stdout.on('data', read)
  child.stderr.on('data', read)
  const patience = setTimeout(() => child.kill('SIGKILL'), 20_000)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      clearTimeout(patience)
      resolve({ output: Buffer.concat(pieces).toString(), code })
    })
  })
}
