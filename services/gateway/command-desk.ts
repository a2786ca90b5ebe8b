import type { CommandHappened } from '../chain/command-trail.ts'
import { parseCommandAction } from '../domain/devices/command-action.ts'
import { isFinal, nextOf, pauseAfter, stateOf } from '../domain/devices/command-life.ts'
import type { Command, CommandAnswer } from '../domain/devices/command.ts'
import {
  limitsUnlessSet,
  requireSourceAllowed,
  requireWithinLimits,
  type DeviceLimits,
} from '../domain/devices/device-limits.ts'
import type { DeviceProtocol, KnownDevice } from '../domain/devices/device.ts'
import { DomainError } from '../domain/errors.ts'
import type { DeviceCommand, OpenCommand } from '../store/device-commands.ts'
import type { RunningAdapter } from './adapters/adapter.ts'
import type { CommandRecorder } from './command-recorder.ts'

export type CommandDesk = {
  /** Starts what is to be done now with the commands that have not ended; resolves before it is done. */
  readonly look: () => Promise<void>
  /** Has a command for the device tried at once, since it was heard; whether there is one. */
  readonly wake: (device: string) => boolean
  /**
   * Takes an answer that no attempt waits for: of an attempt before, or too late. Throws `command-unknown` or
   * `command-answers-too-fast`.
   */
  readonly receive: (device: string, commandId: string, answer: CommandAnswer) => Promise<void>
  /** Starts nothing more; resolves when nothing is under way. */
  readonly stop: () => Promise<void>
}

export type CommandDeskOptions = {
  /** Unix seconds by the ledger's clock. */
  readonly now: () => number
  /** Milliseconds of a clock that never steps. */
  readonly nowMs: () => number
  /** Those behind the number `after`, in sequence, that expire after `since` or later. */
  readonly listOpen: (of: { after: bigint; since: number; limit: number }) => Promise<readonly OpenCommand[]>
  /** With what happened to it; null where there is none of that id. */
  readonly readCommand: (id: string) => Promise<OpenCommand | null>
  readonly readDevice: (address: string) => Promise<KnownDevice | null>
  readonly readLimits: (device: string, memberId: number) => Promise<DeviceLimits | null>
  readonly record: CommandRecorder
  readonly adapterOf: (protocol: DeviceProtocol) => Pick<RunningAdapter, 'send'> | null
  /** Receives what is no refusal. */
  readonly onDefect: (error: unknown) => void
}

/** Read at once. */
const PAGE = 1_000
/** Attempts at once, each with a device of its own. */
const MOST_UNDER_WAY = 64
/** What expired so long ago has ended long since, once all that a former process left was looked at. */
const LEFT_SECONDS = 172_800

/**
 * Brings commands to devices, one at a time to each, and records what becomes of them, before and after. Killed between, it
 * sends again what has no answer: the command's id makes that harmless. What has ended is never sent again.
 */
export function createCommandDesk(options: CommandDeskOptions): CommandDesk {
  const { now, nowMs } = options
  /** By device. */
  const underWay = new Map<string, Promise<void>>()
  /** By device: a command that had no answer, and until when it is left alone. */
  const paused = new Map<string, { readonly id: string; readonly untilMs: number }>()
  const receiving = new Set<string>()
  let cursor = 0n
  let since = 0
  let isStopped = false

  const take = (device: string, work: () => Promise<void>): Promise<void> => {
    const done = work().finally(() => underWay.delete(device))
    underWay.set(device, done)
    return done
  }
  const start = ({ id, device, ...step }: OpenCommand): void => {
    if (isStopped || underWay.has(device) || underWay.size >= MOST_UNDER_WAY) return
    const pause = paused.get(device)
    if (pause?.id === id && nowMs() < pause.untilMs && nextOf(stepOf(step), now()) === 'send') return
    const work = async (): Promise<void> => {
      // Read anew: what was listed may have ended meanwhile.
      const command = await options.readCommand(id)
      if (command === null || isFinal(stateOf(command.happenings))) return
      const pauseMs = await advance(options, command)
      if (pauseMs !== null) paused.set(device, { id, untilMs: nowMs() + pauseMs })
      else if (paused.get(device)?.id === id) paused.delete(device)
    }
    take(device, work).catch(options.onDefect)
  }

  return {
    async look() {
      const open = await options.listOpen({ after: cursor, since, limit: PAGE })
      const isLastPage = open.length < PAGE
      if (isLastPage && cursor === 0n) since = Math.max(0, now() - LEFT_SECONDS)
      cursor = isLastPage ? 0n : open.at(-1)!.number
      for (const command of open) start(command)
    },
    wake(device) {
      const pause = paused.get(device)
      if (pause !== undefined) paused.set(device, { ...pause, untilMs: 0 })
      return pause !== undefined
    },
    async receive(device, commandId, answer) {
      if (receiving.has(device)) {
        throw new DomainError('command-answers-too-fast', `device ${device} answers before its last answer is noted`)
      }
      receiving.add(device)
      try {
        while (underWay.has(device)) await underWay.get(device)!.catch(() => undefined)
        if (isStopped) return
        await take(device, async () => {
          const command = await options.readCommand(commandId)
          if (command === null || command.device !== device) {
            throw new DomainError('command-unknown', `device ${device} was not told what it answers`)
          }
          await takeUnawaited(options, command, answer)
        })
      } finally {
        receiving.delete(device)
      }
    },
    async stop() {
      isStopped = true
      await Promise.allSettled(underWay.values())
    },
  }
}

function stepOf({ expiresAt, cancelledAt, isLatest }: Pick<OpenCommand, 'expiresAt' | 'cancelledAt' | 'isLatest'>) {
  return { expiresAt, isCancelled: cancelledAt !== null, isLatest }
}

/** Resolves to how long to leave the command alone, in milliseconds; to null where it has ended. */
async function advance(options: CommandDeskOptions, command: OpenCommand): Promise<number | null> {
  const { now, record } = options
  const noted = (happening: CommandHappened['happening'], attempt: number, detail = '') =>
    record(command, { happening, at: now(), attempt, detail })
  const next = nextOf(stepOf(command), now())
  if (next !== 'send') {
    await noted(next, command.attempt)
    return null
  }
  let told: Awaited<ReturnType<typeof requireSendable>>
  try {
    told = await requireSendable(options, command)
  } catch (error) {
    if (!(error instanceof DomainError)) throw error
    await noted('refused', command.attempt, `${error.code}: ${error.message}`)
    return null
  }
  const attempt = command.attempt + 1
  await noted('sent', attempt)
  const answer = await attemptOf(told.adapter, told.device, told.command)
  if (answer === null) {
    await noted('unanswered', attempt)
    return pauseAfter(attempt)
  }
  await noteAnswer(options, command, attempt, answer)
  return null
}

/** Checked again for each attempt: limits, and whose the device is, may have changed. */
async function requireSendable(options: CommandDeskOptions, command: OpenCommand) {
  const device = await options.readDevice(command.device)
  if (device === null || device.memberId !== command.memberId) {
    throw new DomainError('device-not-theirs', `device ${command.device} is not that member's any more`)
  }
  const action = parseCommandAction(JSON.parse(command.action))
  const limits = (await options.readLimits(device.address, command.memberId)) ?? limitsUnlessSet(device)
  requireSourceAllowed(command.source, limits)
  requireWithinLimits(action, limits, device)
  const adapter = options.adapterOf(device.protocol)
  if (adapter === null) {
    throw new DomainError('protocol-without-commands', `nothing is sent by ${device.protocol} for now`)
  }
  const { id, expiresAt } = command
  return { device, adapter, command: { id, device: device.address, action, expiresAt } }
}

async function attemptOf(
  adapter: Pick<RunningAdapter, 'send'>,
  device: KnownDevice,
  command: Command,
): Promise<CommandAnswer | null> {
  try {
    return await adapter.send(device, command)
  } catch (error) {
    if (!(error instanceof DomainError)) throw error
    return { status: 'refused', reason: `${error.code}: ${error.message}` }
  }
}

/** From its expiry on an answer is not believed: the command expired, and the answer is a note behind that. */
async function noteAnswer(
  { now, record }: CommandDeskOptions,
  command: DeviceCommand,
  attempt: number,
  answer: CommandAnswer,
): Promise<void> {
  const at = now()
  if (at < command.expiresAt) return record(command, { ...happenedOf(answer), at, attempt })
  await record(command, { happening: 'expired', at, attempt, detail: '' })
  await record(command, { ...lateOf(answer), at, attempt })
}

async function takeUnawaited(options: CommandDeskOptions, command: OpenCommand, answer: CommandAnswer): Promise<void> {
  const { attempt, happenings } = command
  switch (stateOf(happenings)) {
    case 'sent':
      return noteAnswer(options, command, attempt, answer)
    // A device that was told twice answers twice: only what it says of something that ended without it is news, once.
    case 'expired':
    case 'cancelled':
    case 'superseded':
      if (attempt === 0 || happenings.includes('answered-late')) return
      return options.record(command, { ...lateOf(answer), at: options.now(), attempt })
    case 'pending':
    case 'done':
    case 'refused':
      return
  }
}

function happenedOf(answer: CommandAnswer): Pick<CommandHappened, 'happening' | 'detail'> {
  return { happening: answer.status, detail: answer.status === 'refused' ? answer.reason : '' }
}

function lateOf(answer: CommandAnswer): Pick<CommandHappened, 'happening' | 'detail'> {
  const { happening, detail } = happenedOf(answer)
  return { happening: 'answered-late', detail: detail === '' ? happening : `${happening}: ${detail}` }
}
