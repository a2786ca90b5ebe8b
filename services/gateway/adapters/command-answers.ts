import type { CommandAnswer } from '../../domain/devices/command.ts'

/** Brings answers, in whichever way they come, to whoever waits for them. */
export type CommandAnswers = {
  /** Resolves to the answer, or to null after so long. */
  readonly wait: (device: string, commandId: string, milliseconds: number) => Promise<CommandAnswer | null>
  /** An answer that nobody waits for goes to `onUnawaited`. */
  readonly receive: (device: string, commandId: string, answer: CommandAnswer) => void
  /** Ends every wait without an answer. */
  readonly close: () => void
}

export function createCommandAnswers(
  onUnawaited: (device: string, commandId: string, answer: CommandAnswer) => void,
): CommandAnswers {
  const waiting = new Map<string, (answer: CommandAnswer | null) => void>()
  const nameOf = (device: string, commandId: string) => `${device} ${commandId}`

  return {
    wait: (device, commandId, milliseconds) =>
      new Promise((resolve) => {
        const name = nameOf(device, commandId)
        const end = (answer: CommandAnswer | null): void => {
          clearTimeout(timer)
          if (waiting.get(name) === end) waiting.delete(name)
          resolve(answer)
        }
        const timer = setTimeout(() => end(null), milliseconds)
        waiting.get(name)?.(null)
        waiting.set(name, end)
      }),
    receive(device, commandId, answer) {
      const end = waiting.get(nameOf(device, commandId))
      if (end === undefined) onUnawaited(device, commandId, answer)
      else end(answer)
    },
    close() {
      for (const end of [...waiting.values()]) end(null)
    },
  }
}
