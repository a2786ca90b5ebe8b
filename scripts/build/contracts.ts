import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { glob, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { HardhatUserConfig } from 'hardhat/config'
import { createHardhatRuntimeEnvironment } from 'hardhat/hre'
import { projectFolder } from '../project-folder.ts'

/** The contracts that are deployed, by the names that services know them by. */
export const CONTRACTS = {
  accessManager: 'AccessManager',
  memberRegistry: 'MemberRegistry',
  areaRegistry: 'AreaRegistry',
  tradingDays: 'TradingDays',
  callAuction: 'CallAuction',
  orderReceipts: 'OrderReceipts',
  meterReadings: 'MeterReadings',
  settlement: 'Settlement',
  challenges: 'Challenges',
  accounts: 'Accounts',
  settlementCurrency: 'SettlementCurrency',
  didRegistry: 'DidRegistry',
  credentialRegistry: 'CredentialRegistry',
  recovery: 'Recovery',
  delegations: 'Delegations',
  passkeyAccounts: 'PasskeyAccounts',
  council: 'Council',
  tradingPause: 'TradingPause',
  flexProducts: 'FlexProducts',
  congestionPoints: 'CongestionPoints',
  flexPortfolios: 'FlexPortfolios',
  flexReservations: 'FlexReservations',
  flexRequests: 'FlexRequests',
  flexOrders: 'FlexOrders',
  flexNominations: 'FlexNominations',
  flexCalendars: 'FlexCalendars',
  flexBaselines: 'FlexBaselines',
  flexSettlement: 'FlexSettlement',
  flexChallenges: 'FlexChallenges',
} as const

/** What accounts are clones of, each at an address of its own. */
export const ACCOUNT = 'PasskeyAccount'

const OUTPUT = path.join(projectFolder, 'services', 'chain', 'generated', 'contracts.ts')

const INPUTS = ['hardhat.config.ts', 'package-lock.json', 'scripts/build/contracts.ts']

/** Compiles the contracts and writes their interfaces and bytecodes for services; does nothing while they are up to date. */
export async function buildContracts(): Promise<void> {
  const stamp = `// Made from contracts/ by scripts/build/contracts.ts; inputs ${await hashFiles(['contracts/**/*.sol'], INPUTS)}`
  if (existsSync(OUTPUT) && (await readFile(OUTPUT, 'utf8')).startsWith(`${stamp}\n`)) return

  console.error('Compiling the contracts …')
  const configuration = path.join(projectFolder, 'hardhat.config.ts')
  const { default: userConfiguration } = (await import(configuration)) as { default: HardhatUserConfig }
  const hre = await createHardhatRuntimeEnvironment(userConfiguration, { config: configuration }, projectFolder)
  await hre.tasks.getTask('build').run({ noTests: true, quiet: true })

  const abis: string[] = []
  const bytecodes: string[] = []
  for (const [name, contract] of Object.entries(CONTRACTS)) {
    const artifact = await hre.artifacts.readArtifact(contract)
    abis.push(`  ${name}: ${JSON.stringify(artifact.abi)},`)
    bytecodes.push(`  ${name}: '${artifact.bytecode}',`)
  }
  const account = await hre.artifacts.readArtifact(ACCOUNT)
  await writeWhole(
    OUTPUT,
    [
      stamp,
      "import type { InterfaceAbi } from 'ethers'",
      "import type { ContractName } from '../ledger.ts'",
      '',
      'export const abis: Readonly<Record<ContractName, InterfaceAbi>> = {',
      ...abis,
      '}',
      '',
      'export const bytecodes: Readonly<Record<ContractName, string>> = {',
      ...bytecodes,
      '}',
      '',
      `export const passkeyAccountAbi: InterfaceAbi = ${JSON.stringify(account.abi)}`,
      '',
    ].join('\n'),
  )
}

/** The hash of names and contents of all files of the project that match, and of the others. */
export async function hashFiles(patterns: readonly string[], others: readonly string[]): Promise<string> {
  const files: string[] = []
  for await (const file of glob(patterns, { cwd: projectFolder })) files.push(file)
  const hash = createHash('sha256')
  for (const file of [...files.sort(), ...others]) {
    hash
      .update(file)
      .update('\0')
      .update(await readFile(path.join(projectFolder, file)))
      .update('\0')
  }
  return hash.digest('hex')
}

/** Never leaves half a file behind, whoever else builds or reads at the same time. */
async function writeWhole(file: string, text: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true })
  const draft = `${file}.${process.pid}`
  await writeFile(draft, text)
  await rename(draft, file)
}

if (import.meta.main) await buildContracts()
