import { signatureOf, type AbiParameter } from '../audit/abi.ts'

type Parameter = AbiParameter & { readonly internalType?: string }
type Item = {
  readonly type: string
  readonly name?: string
  readonly inputs?: readonly Parameter[]
  readonly stateMutability?: string
}

/**
 * A deployed contract with what its `@custom:access` tags say, and which credential the code asks the caller for, by the
 * signatures of its functions.
 */
export type DocumentedContract = {
  readonly contract: string
  readonly abi: readonly Item[]
  readonly access: ReadonlyMap<string, string>
  readonly credentials: ReadonlyMap<string, string>
}

/** A function that asks the access manager, with the role it asks for, as it is set up. */
export type RoleOfFunction = { readonly contract: string; readonly name: string; readonly role: bigint }

/** A test that a `@custom:refuses` tag stands on. */
export type Refusal = { readonly file: string; readonly test: string }

/** Who may call a function that is not ours, and which `@custom:refuses` tag shows it; without one anyone may. */
export type InheritedAccess = { readonly who: string; readonly refusedBy?: string }

export type AccessSources = {
  readonly contracts: readonly DocumentedContract[]
  readonly roles: readonly RoleOfFunction[]
  /** Names in contracts/types/Roles.sol, by number. */
  readonly roleNames: ReadonlyMap<bigint, string>
  readonly labels: ReadonlyMap<bigint, string>
  readonly refusals: ReadonlyMap<string, Refusal>
  readonly inherited: Readonly<Record<string, InheritedAccess>>
}

/** `test` is null where anyone may call the function. */
export type AccessRow = {
  readonly contract: string
  readonly function: string
  readonly who: string
  readonly test: Refusal | null
}

const ANYONE = /^anyone: (.+)$/
const ROLE = /^role ([A-Z_]+)$/
const CREDENTIAL = /^credential (\w+) of .+$/

/**
 * One row for every function with which a contract's state can be changed. Throws where a function says not who may call
 * it, where it says another role than it is set up with or another credential than the code asks for, where no test shows that outsiders are refused, and where a test
 * or a role is of a function that there is not.
 */
export function accessRowsOf(sources: AccessSources): AccessRow[] {
  const problems: string[] = []
  const usedRefusals = new Set<string>()
  const usedRoles = new Set<RoleOfFunction>()
  const rows = sources.contracts.flatMap(({ contract, abi, access, credentials }) =>
    abi
      .filter(({ type, stateMutability }) => type === 'function' && !/^(view|pure)$/.test(stateMutability ?? ''))
      .map((item) => ({ item, signature: signatureOf({ name: item.name!, inputs: item.inputs ?? [] }) }))
      .sort((left, right) => (left.signature < right.signature ? -1 : 1))
      .flatMap(({ item, signature }): AccessRow[] => {
        const place = `${contract}.${item.name!}`
        const inherited = sources.inherited[`${contract}.${signature}`] ?? sources.inherited[signature]
        const said = access.get(signature)
        const role = sources.roles.find((each) => each.contract === contract && each.name === item.name)
        if (role !== undefined) usedRoles.add(role)
        if (said === undefined && inherited === undefined) {
          problems.push(`${place} does not say who may call it: give it a @custom:access tag`)
          return []
        }
        if (said !== undefined && inherited !== undefined)
          problems.push(`${place} is ours, and among the inherited functions nonetheless`)
        problems.push(...roleProblemsOf(place, said, role, sources.roleNames))
        problems.push(...credentialProblemsOf(place, said, credentials.get(signature)))
        const who = said === undefined ? inherited!.who : whoOf(said, role, sources.labels)
        const row = { contract, function: readableOf(item), who }
        if (ANYONE.test(who)) return [{ ...row, test: null }]
        const tag = inherited?.refusedBy ?? place
        const test = sources.refusals.get(tag)
        if (test === undefined) {
          problems.push(`no test shows that ${place} refuses outsiders: tag it with @custom:refuses ${tag}`)
          return []
        }
        usedRefusals.add(tag)
        return [{ ...row, test }]
      }),
  )
  for (const [tag, { file, test }] of sources.refusals) {
    if (!usedRefusals.has(tag)) problems.push(`${test} in ${file} is about ${tag}, which is no restricted function`)
  }
  for (const role of sources.roles) {
    if (!usedRoles.has(role))
      problems.push(`role ${role.role} is given for ${role.contract}.${role.name}, which is not there`)
  }
  if (problems.length > 0) throw new Error(`the access table cannot be made:\n- ${problems.join('\n- ')}`)
  return rows
}

/** The tests that `@custom:refuses` tags stand on, by what they are about. Throws where two are about the same. */
export function refusalsIn(files: readonly { readonly file: string; readonly source: string }[]): Map<string, Refusal> {
  const refusals = new Map<string, Refusal>()
  for (const { file, source } of files) {
    for (const [, tags, test] of source.matchAll(
      /((?: *\/\/\/ @custom:refuses [\w.]+\n)+)(?: *\/\/\/ .*\n)* *function (test\w+)\(/g,
    )) {
      for (const [, tag] of tags!.matchAll(/@custom:refuses ([\w.]+)/g)) {
        const other = refusals.get(tag!)
        if (other !== undefined) throw new Error(`${test} and ${other.test} are both tagged @custom:refuses ${tag}`)
        refusals.set(tag!, { file, test: test! })
      }
    }
  }
  return refusals
}

/** Numbers and names of the roles in contracts/types/Roles.sol. */
export function roleNamesIn(source: string): Map<bigint, string> {
  const names = source.matchAll(/^uint64 constant ([A-Z_]+) = (\d+);/gm)
  return new Map([...names].map(([, name, number]) => [BigInt(number!), name!]))
}

export function formatAccessTable(rows: readonly AccessRow[]): string {
  const contracts = [...new Set(rows.map(({ contract }) => contract))]
  const sections = contracts.map((contract) => {
    const lines = rows
      .filter((row) => row.contract === contract)
      .map(({ function: name, who, test }) => `| \`${name}\` | ${who} | ${test === null ? '–' : testLinkOf(test)} |`)
    return [
      `## ${contract}`,
      '',
      '| function | who may call it | outsiders are refused |',
      '| --- | --- | --- |',
      ...lines,
    ]
  })
  return [
    '# Who may call what',
    '',
    '<!-- Made by scripts/build/access-table.ts out of the contracts, their roles and their tests: change those. -->',
    '',
    'Every function with which the state of a deployed contract can be changed, who may call it, and the test that shows that',
    'anybody else is refused. A role is one of the access manager ([services/chain](../services/chain/roles.ts)), a credential',
    'one of the credential registry ([identity](identity.md)), valid when the call is made.',
    ...sections.flatMap((section) => ['', ...section]),
    '',
  ].join('\n')
}

function roleProblemsOf(
  place: string,
  said: string | undefined,
  role: RoleOfFunction | undefined,
  roleNames: ReadonlyMap<bigint, string>,
): string[] {
  const name = ROLE.exec(said ?? '')?.[1]
  const given = role === undefined ? undefined : (roleNames.get(role.role) ?? `${role.role}`)
  if (name === given) return []
  if (given === undefined) return [`${place} is said to need the role ${name}, and is given none`]
  return [`${place} is given the role ${given}, and is said to be for: ${said ?? 'nobody in particular'}`]
}

function credentialProblemsOf(place: string, said: string | undefined, asked: string | undefined): string[] {
  const name = CREDENTIAL.exec(said ?? '')?.[1]
  if (name === asked) return []
  if (asked === undefined) return [`${place} is said to need a credential as ${name}, and asks for none`]
  return [`${place} asks for a credential as ${asked}, and is said to be for: ${said ?? 'nobody in particular'}`]
}

function whoOf(said: string, role: RoleOfFunction | undefined, labels: ReadonlyMap<bigint, string>): string {
  if (role === undefined) return said
  return `role ${role.role}, ${labels.get(role.role) ?? 'without a label'}`
}

/** With the types as they are written in Solidity. */
function readableOf({ name, inputs = [] }: Item): string {
  const types = inputs.map(({ type, internalType }) => (internalType ?? type).replace(/^(\w+ )?(\w+\.)?/, ''))
  return `${name!}(${types.join(', ')})`
}

function testLinkOf({ file, test }: Refusal): string {
  return `[${test}](../${file})`
}
