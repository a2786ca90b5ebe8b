import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import solc from 'solc'

const ROOT = path.resolve(import.meta.dirname, '../..')

export type CompilerMessage = {
  readonly severity: 'error' | 'warning' | 'info'
  readonly message: string
  readonly formattedMessage: string
  readonly sourceLocation?: { readonly file: string; readonly start: number; readonly end: number }
}
export type CompilerOutput<Contracts> = { readonly errors?: readonly CompilerMessage[]; readonly contracts: Contracts }

// The package's own types leave this open.
const compileText = solc.compile as (
  input: string,
  callbacks: { import: (name: string) => { contents: string } | { error: string } },
) => string

/** Text of a file of the repository, or of a package. */
export function readSource(name: string): string {
  const found = [name, `node_modules/${name}`].map((place) => path.join(ROOT, place)).find((place) => existsSync(place))
  if (found === undefined) throw new Error(`${name} is not there`)
  return readFileSync(found, 'utf8')
}

/** Compiles sources by name; what they import is read from the repository. Throws with the first error. */
export function compile<Contracts>(
  sources: Readonly<Record<string, string>>,
  settings: Readonly<Record<string, unknown>>,
): CompilerOutput<Contracts> {
  const input = {
    language: 'Solidity',
    sources: Object.fromEntries(Object.entries(sources).map(([name, content]) => [name, { content }])),
    settings,
  }
  const output = JSON.parse(
    compileText(JSON.stringify(input), { import: (name) => ({ contents: readSource(name) }) }),
  ) as CompilerOutput<Contracts>
  const failure = output.errors?.find(({ severity }) => severity === 'error')
  if (failure !== undefined) throw new Error(failure.formattedMessage)
  return output
}
