import { fork, type ChildProcess } from 'node:child_process'
import { createWriteStream, mkdirSync, readFileSync, type WriteStream } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { DomainError } from '../services/domain/errors.ts'
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
  readonly start: (definition: ProcessDefinition) => void
  /** Starts a process that says over IPC when it is ready (`{ "ready": … }`); resolves to what it says. */
  readonly startUntilReady: (definition: ProcessDefinition) => Promise<unknown>
  readonly pidOf: (name: string) => number | undefined
  readonly restartsOf: (name: string) => number
  /** Stops everything, last started first. */
  readonly stop: () => Promise<void>
}

type Supervised = {
  readonly definition: ProcessDefinition
  child: ChildProcess
  restarts: number
  lastStart: number
  timer?: NodeJS.Timeout
}

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
      // In a group of its own, so that Ctrl-C reaches the supervisor alone, which stops everything in its order.
      detached: true,
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
      options.onNotice(
        `${definition.name} ${how}; starting it again${pause > 0 ? ` in ${pause / 1000} s` : ''} (see ${log})`,
      )
      supervised.timer = setTimeout(() => {
        if (stopping) return
        supervised.lastStart = Date.now()
        supervised.child = launch(supervised)
        watch(supervised)
      }, pause)
    })
  }

  function supervise(definition: ProcessDefinition): ChildProcess {
    const supervised: Supervised = { definition, child: launch({ definition }), restarts: 0, lastStart: Date.now() }
    running.set(definition.name, supervised)
    return supervised.child
  }

  return {
    start(definition) {
      supervise(definition)
      watch(running.get(definition.name)!)
    },
    async startUntilReady(definition) {
      const child = supervise(definition)
      const ready = await readiness(child, definition.name, path.join(options.logFolder, `${definition.name}.log`))
      watch(running.get(definition.name)!)
      return ready
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

function readiness(child: ChildProcess, name: string, log: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    child.once('message', (message) => resolve((message as { ready: unknown }).ready))
    child.once('error', reject)
    child.once('exit', (code) => {
      const words = lastWordsOf(log)
      reject(
        new DomainError(
          'part-not-started',
          `${name} did not start (status ${code})${words === '' ? '' : `: ${words}`}; see ${log}`,
        ),
      )
    })
  })
}

/** The last line of an error in a log, for a person. */
function lastWordsOf(log: string): string {
  const lines = readFileSync(log, 'utf8').split('\n')
  return lines.findLast((line) => /error/i.test(line))?.trim() ?? ''
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
    const { level, msg, err } = JSON.parse(line) as {
      level?: number
      msg?: string
      err?: { message?: string } | string
    }
    if (level === undefined || level < ERROR_LEVEL) return undefined
    const cause = typeof err === 'string' ? err : err?.message
    return [msg, cause].filter((part) => part !== undefined).join(': ')
  } catch {
    return undefined
  }
}
