import { glob, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { functionRoles } from '../../services/chain/roles.ts'
import { projectFolder } from '../project-folder.ts'
import { accessRowsOf, formatAccessTable, refusalsIn, roleNamesIn, type InheritedAccess } from './access-rows.ts'
import { readContractDocuments } from './contract-documents.ts'

const DOCUMENT = 'docs/access.md'

const administrator = (refusedBy: string): InheritedAccess => ({ who: 'role 0, administrator', refusedBy })
const ownTokens: InheritedAccess = { who: "anyone: it moves the caller's own tokens" }

/** Functions that OpenZeppelin's contracts bring along: with the contract in front where only one has it. */
const INHERITED: Readonly<Record<string, InheritedAccess>> = {
  'setAuthority(address)': { who: 'the access manager', refusedBy: 'AccessManaged.setAuthority' },
  'Accounts.multicall(bytes[])': { who: 'anyone: each of its calls is the caller’s, and checked as if made alone' },
  'AccessManager.multicall(bytes[])': {
    who: 'anyone: each of its calls is the caller’s, and checked as if made alone',
  },
  'AccessManager.labelRole(uint64,string)': administrator('AccessManager.labelRole'),
  'AccessManager.setRoleAdmin(uint64,uint64)': administrator('AccessManager.setRoleAdmin'),
  'AccessManager.setRoleGuardian(uint64,uint64)': administrator('AccessManager.setRoleGuardian'),
  'AccessManager.setGrantDelay(uint64,uint32)': administrator('AccessManager.setGrantDelay'),
  'AccessManager.setTargetAdminDelay(address,uint32)': administrator('AccessManager.setTargetAdminDelay'),
  'AccessManager.setTargetClosed(address,bool)': administrator('AccessManager.setTargetClosed'),
  'AccessManager.setTargetFunctionRole(address,bytes4[],uint64)': administrator('AccessManager.setTargetFunctionRole'),
  'AccessManager.updateAuthority(address,address)': administrator('AccessManager.updateAuthority'),
  'AccessManager.grantRole(uint64,address,uint32)': {
    who: "holders of the role's administrating role: 0 where there is no other",
    refusedBy: 'AccessManager.grantRole',
  },
  'AccessManager.revokeRole(uint64,address)': {
    who: "holders of the role's administrating role: 0 where there is no other",
    refusedBy: 'AccessManager.revokeRole',
  },
  'AccessManager.renounceRole(uint64,address)': {
    who: 'the holder, of its own role',
    refusedBy: 'AccessManager.renounceRole',
  },
  'AccessManager.schedule(address,bytes,uint48)': {
    who: 'whoever may make the call, after a delay',
    refusedBy: 'AccessManager.schedule',
  },
  'AccessManager.execute(address,bytes)': { who: 'whoever may make the call', refusedBy: 'AccessManager.execute' },
  'AccessManager.cancel(address,address,bytes)': {
    who: 'whoever scheduled the call, role 0, and guardians of the role that it needs',
    refusedBy: 'AccessManager.cancel',
  },
  'AccessManager.consumeScheduledOp(address,bytes)': {
    who: 'the contract that is called, while it is',
    refusedBy: 'AccessManager.consumeScheduledOp',
  },
  'SettlementCurrency.approve(address,uint256)': ownTokens,
  'SettlementCurrency.transfer(address,uint256)': ownTokens,
  'SettlementCurrency.transferFrom(address,address,uint256)': {
    who: 'whom the owner allowed so much',
    refusedBy: 'SettlementCurrency.transferFrom',
  },
  'SettlementCurrency.permit(address,address,uint256,uint256,uint8,bytes32,bytes32)': {
    who: 'whoever has the signature of the owner',
    refusedBy: 'SettlementCurrency.permit',
  },
}

/** docs/access.md as it has to be. */
export async function makeAccessTable(): Promise<string> {
  const contracts = await readContractDocuments()
  const nameOf = new Map(contracts.map(({ name, contract }) => [name, contract]))
  const roles = functionRoles()
  const tests: { file: string; source: string }[] = []
  for await (const file of glob('test/contracts/**/*.t.sol', { cwd: projectFolder })) {
    tests.push({ file: file.replaceAll('\\', '/'), source: await readFile(path.join(projectFolder, file), 'utf8') })
  }
  tests.sort((left, right) => (left.file < right.file ? -1 : 1))
  return formatAccessTable(
    accessRowsOf({
      contracts,
      roles: roles.map(({ contract, name, role }) => ({ contract: nameOf.get(contract)!, name, role })),
      roleNames: roleNamesIn(await readFile(path.join(projectFolder, 'contracts', 'types', 'Roles.sol'), 'utf8')),
      labels: new Map(roles.map(({ role, label }) => [role, label])),
      refusals: refusalsIn(tests),
      inherited: INHERITED,
    }),
  )
}

/** Writes docs/access.md; with `--check` it only says whether it is up to date. */
async function main(isCheck: boolean): Promise<void> {
  const file = path.join(projectFolder, DOCUMENT)
  const made = await makeAccessTable()
  if (!isCheck) return writeFile(file, made)
  if ((await readFile(file, 'utf8').catch(() => '')) === made) return
  console.error(`${DOCUMENT} is not what contracts, roles and tests say: run node scripts/build/access-table.ts`)
  process.exitCode = 1
}

if (import.meta.main) await main(process.argv.includes('--check'))
