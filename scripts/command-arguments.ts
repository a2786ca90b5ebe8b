import type { ParseArgsOptionsConfig } from 'node:util'
import { parseFlags } from './settings.ts'

export type CommandArguments = {
  /** What comes before the first flag. */
  readonly words: readonly string[]
  readonly flags: Readonly<Record<string, string | undefined>>
}

/** The words of a command, and its flags behind them. Throws `settings-invalid` for a flag that is not known. */
export function readCommandArguments(given: readonly string[], flags: readonly string[]): CommandArguments {
  const first = given.findIndex((word) => word.startsWith('--'))
  const at = first < 0 ? given.length : first
  const options: ParseArgsOptionsConfig = Object.fromEntries(flags.map((flag) => [flag, { type: 'string' as const }]))
  return { words: given.slice(0, at), flags: parseFlags(given.slice(at), options) }
}
