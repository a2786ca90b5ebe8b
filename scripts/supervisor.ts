import { fork, type ChildProcess } from 'node:child_process'
import { createWriteStream, mkdirSync, type WriteStream } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { projectFolder } from './project-folder.ts'

export type ProcessDefinition = {
  readonly name: string
  /** From the project's folder. */
  readonly script: string
  readonly arguments?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  /** A process whose state lives in its memory is not started again: its end is the end of everything. */
  readonly isRestarted: boolean
}

export type Supervisor = {
  /** Starts a process; resolves when it said over IPC that it is ready, or at once where it does not say so. */
  readonly start: (definition: ProcessDefinition, options?: { waitsForReady: boolean }) => Promise<void>
  readonly pidOf: (name: string) => number | undefined
  readonly restartsOf: (name: string) => number
  /** Stops everything, last started first. */
  readonly stop: () => Promise<void>
}

type Supervised = { readonly definition: ProcessDefinition; child: ChildProcess; restarts: number; lastStart: number; timer?: NodeJS.Timeout }

const STOP_MS = 10_000
const MAX_BACKOFF_MS = 10_000
const LOG_BYTES = 64 * 1024 * 1024

/**
 * Runs the services as processes of their own, writes what they say to `<logFolder>/<name>.log`, and starts again what
 * ends by itself, at once the first time and with a growing pause where it ends again and again.
 */
export function superviseProcesses(options: {
  readonly logFolder: string
  /** Tells a person what happened to a process. */
  readonly onNotice: (notice: string) => void
  /** A process that cannot be started again has ended. */
  readonly onFatal: (reason: string) => void
}): Supervisor {
  const running = new Map<string, Supervised>()
  let stopping = false
  mkdirSync(options.logFolder, { recursive: true })

  function launch(supervised: Pick<Supervised, 'definition'>): ChildProcess {
    const { definition } = supervised
    const child = fork(path.join(projectFolder, definition.script), [...(definition.arguments ?? [])], {
      cwd: projectFolder,
      env: { ...process.env, ...definition.environment },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    const file = path.join(options.logFolder, `${definition.name}.log`)
    keepLog(child, createWriteStream(file, { flags: 'a' }), (line) => options.onNotice(`${definition.name}: ${line}`))
    return child
  }

  function watch(supervised: Supervised): void {
    supervised.child.once('exit', (code, signal) => {
      if (stopping) return
      const { definition } = supervised
      const how = signal === null ? `ended with status ${code}` : `was ended by ${signal}`
      const log = path.join(options.logFolder, `${definition.name}.log`)
      if (!definition.isRestarted) {
        options.onFatal(`${definition.name} ${how}; see ${log}`)
        return
      }
      const ranMs = Date.now() - supervised.lastStart
      supervised.restarts = ranMs > 60_000 ? 1 : supervised.restarts + 1
      const pause = supervised.restarts === 1 ? 0 : Math.min(MAX_BACKOFF_MS, 250 * 2 ** supervised.restarts)
      options.onNotice(`${definition.name} ${how}; starting it again${pause > 0 ? ` in ${pause / 1000} s` : ''} (see ${log})`)
      supervised.timer = setTimeout(() => {
        if (stopping) return
        supervised.lastStart = Date.now()
        supervised.child = launch(supervised)
        watch(supervised)
      }, pause)
    })
  }

  return {
    async start(definition, { waitsForReady } = { waitsForReady: false }) {
      const supervised: Supervised = { definition, child: launch({ definition }), restarts: 0, lastStart: Date.now() }
      if (waitsForReady) await readiness(supervised.child, definition.name, options.logFolder)
      running.set(definition.name, supervised)
      watch(supervised)
    },
    pidOf: (name) => running.get(name)?.child.pid,
    restartsOf: (name) => running.get(name)?.restarts ?? 0,
    async stop() {
      stopping = true
      for (const { child, timer } of [...running.values()].reverse()) {
        clearTimeout(timer)
        await stopChild(child)
      }
    },
  }
}

function readiness(child: ChildProcess, name: string, logFolder: string): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('message', () => resolve())
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`${name} did not start (status ${code}); see ${path.join(logFolder, `${name}.log`)}`)))
  })
}

function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => {
    const force = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
    child.once('exit', () => {
      clearTimeout(force)
      resolve()
    })
    child.kill('SIGTERM')
  })
}

/** Writes every line to the file, up to a bound, and passes on the words of warnings and errors. */
function keepLog(child: ChildProcess, file: WriteStream, onTrouble: (line: string) => void): void {
  let written = 0
  const keep = (line: string) => {
    written += line.length + 1
    if (written < LOG_BYTES) file.write(`${line}\n`)
  }
  if (child.stdout !== null) {
    createInterface({ input: child.stdout }).on('line', (line) => {
      keep(line)
      const trouble = troubleOf(line)
      if (trouble !== undefined) onTrouble(trouble)
    })
  }
  if (child.stderr !== null) createInterface({ input: child.stderr }).on('line', keep)
  child.once('close', () => file.end())
}

const ERROR_LEVEL = 50

function troubleOf(line: string): string | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    const { level, msg, err } = JSON.parse(line) as { level?: number; msg?: string; err?: { message?: string } | string }
    if (level === undefined || level < ERROR_LEVEL) return undefined
    const cause = typeof err === 'string' ? err : err?.message
    return [msg, cause].filter((part) => part !== undefined).join(': ')
  } catch {
    return undefined
  }
}
