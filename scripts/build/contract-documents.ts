import { createRequire } from 'node:module'
import { glob, readFile } from 'node:fs/promises'
import path from 'node:path'
import type { ContractName } from '../../services/chain/ledger.ts'
import { projectFolder } from '../project-folder.ts'
import { CONTRACTS } from './contracts.ts'
import type { DocumentedContract } from './access-rows.ts'

type CompilerOutput = {
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[]
  readonly contracts: Readonly<
    Record<
      string,
      Readonly<
        Record<
          string,
          {
            readonly abi: DocumentedContract['abi']
            readonly devdoc: { readonly methods?: Readonly<Record<string, Readonly<Record<string, unknown>>>> }
          }
        >
      >
    >
  >
}

const ACCESS_MANAGER = '@openzeppelin/contracts/access/manager/AccessManager.sol'
const require = createRequire(import.meta.url)

/** What the compiler says of the deployed contracts' functions and of the comments on them; it makes no code. */
export async function readContractDocuments(): Promise<(DocumentedContract & { readonly name: ContractName })[]> {
  const files: string[] = [ACCESS_MANAGER]
  for await (const file of glob('contracts/**/*.sol', { cwd: projectFolder })) files.push(file.replaceAll('\\', '/'))
  const sources = await Promise.all(files.sort().map(async (file) => [file, { content: await readSource(file) }]))
  const input = {
    language: 'Solidity',
    sources: Object.fromEntries(sources) as object,
    settings: { evmVersion: 'cancun', outputSelection: { '*': { '*': ['abi', 'devdoc'] } } },
  }
  const imported = await readImports(sources as [string, { content: string }][])
  const solc = require('solc') as { compile: (input: string, callbacks: object) => string }
  const find = (file: string) => {
    const contents = imported.get(file)
    return contents === undefined ? { error: `${file} was not found` } : { contents }
  }
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: find })) as CompilerOutput
  const failure = output.errors?.find(({ severity }) => severity === 'error')
  if (failure !== undefined) throw new Error(failure.formattedMessage)
  return Object.entries(CONTRACTS).map(([name, contract]) => {
    // What a contract inherits of its comments it does not repeat: they stand in its interface.
    const [own, ...others] = [contract, `I${contract}`].map((each) =>
      Object.values(output.contracts).flatMap((byName) => byName[each] ?? []),
    )
    if (own?.length !== 1) throw new Error(`${own?.length} contracts have the name ${contract}`)
    const access = [...others.flat(), ...own].flatMap(({ devdoc }) =>
      Object.entries(devdoc.methods ?? {}).flatMap(([signature, tags]) => {
        const text = tags['custom:access']
        return typeof text === 'string' ? [[signature, text.trim()] as const] : []
      }),
    )
    return { name: name as ContractName, contract, abi: own[0]!.abi, access: new Map(access) }
  })
}

/** Everything that sources import from packages, by its name. */
async function readImports(sources: readonly (readonly [string, { content: string }])[]): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  const waiting = sources.map(([file, { content }]) => [file, content] as const)
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [file, content] = next
    for (const [, target] of content.matchAll(/^import (?:[^;]*? from )?"([^"]+)";/gm)) {
      const name = target!.startsWith('.') ? path.posix.join(path.posix.dirname(file), target!) : target!
      if (found.has(name)) continue
      const text = await readSource(name)
      found.set(name, text)
      waiting.push([name, text])
    }
  }
  return found
}

function readSource(file: string): Promise<string> {
  const folder = file.startsWith('contracts/') ? projectFolder : path.join(projectFolder, 'node_modules')
  return readFile(path.join(folder, file), 'utf8')
}
