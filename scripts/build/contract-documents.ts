import { createRequire } from 'node:module'
import { glob, readFile } from 'node:fs/promises'
import path from 'node:path'
import type { ContractName } from '../../services/chain/ledger.ts'
import { projectFolder } from '../project-folder.ts'
import type { DocumentedContract } from './access-rows.ts'
import { ACCOUNT, CONTRACTS } from './contracts.ts'
import { askedRoles, type Syntax } from './asked-roles.ts'

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
            readonly evm: { readonly methodIdentifiers: Readonly<Record<string, string>> }
            readonly devdoc: { readonly methods?: Readonly<Record<string, Readonly<Record<string, unknown>>>> }
          }
        >
      >
    >
  >
  readonly sources: Readonly<Record<string, { readonly ast: Syntax }>>
}

const ACCESS_MANAGER = '@openzeppelin/contracts/access/manager/AccessManager.sol'
const require = createRequire(import.meta.url)

/**
 * What the compiler says of the deployed contracts' functions and of the comments on them; it makes no code. Without a
 * name there is the contract of which accounts are clones.
 */
export async function readContractDocuments(): Promise<
  (DocumentedContract & { readonly name: ContractName | null })[]
> {
  const files: string[] = [ACCESS_MANAGER]
  for await (const file of glob('contracts/**/*.sol', { cwd: projectFolder })) files.push(file.replaceAll('\\', '/'))
  const sources = await Promise.all(files.sort().map(async (file) => [file, { content: await readSource(file) }]))
  const input = {
    language: 'Solidity',
    sources: Object.fromEntries(sources) as object,
    settings: {
      evmVersion: 'cancun',
      outputSelection: { '*': { '*': ['abi', 'devdoc', 'evm.methodIdentifiers'], '': ['ast'] } },
    },
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
  const roles = askedRoles(Object.values(output.sources).map(({ ast }) => ast))
  const deployed = [...Object.entries(CONTRACTS), [null, ACCOUNT] as const]
  return deployed.map(([name, contract]) => {
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
    const { abi, evm } = own[0]!
    const credentials = Object.entries(evm.methodIdentifiers).flatMap(([signature, selector]) => {
      const role = roles.get(contract)?.get(selector)
      return role === undefined ? [] : [[signature, role] as const]
    })
    return {
      name: name as ContractName | null,
      contract,
      abi,
      access: new Map(access),
      credentials: new Map(credentials),
    }
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
