import type { Command, CommandAnswer } from '../../domain/devices/command.ts'
import { DomainError } from '../../domain/errors.ts'

/** How a command and its answer are written in a protocol. */
export type CommandFormat = {
  readonly write: (command: Command) => string
  /** What the device answers, and to what. Throws `command-answer-malformed`. */
  readonly parseAnswer: (device: string, payload: Uint8Array) => AnsweredCommand
}

export type AnsweredCommand = { readonly commandId: string; readonly answer: CommandAnswer }

export const ANSWER_BYTES = 1_024
export const LONGEST_REASON = 200

export function malformedAnswer(reason: string): DomainError {
  return new DomainError('command-answer-malformed', `the answer cannot be understood: ${reason}`.slice(0, 300))
}
