import { Interface } from 'ethers'
import { abis } from './generated/contracts.ts'
import { readContract, type Ledger } from './ledger.ts'
import { sendSetUpCalls, type SetUpCall } from './set-up-transactions.ts'
import { addressOfKey } from './typed-data.ts'

/** Who administers the ledger: the members of the council, of whom `threshold` decide together. */
export type Consortium = {
  readonly members: readonly string[]
  readonly threshold: number
  /** Pauses trading, and cancels what the council has scheduled. */
  readonly guardian: string
}

/** A call of one of our contracts as the council proposes it. */
export type CouncilCall = { readonly target: string; readonly data: string }

// Numbers as in contracts/types/Roles.sol.
const ADMINISTRATOR = 0n
const CONSORTIUM = 10n
const GUARDIAN = 11n
const ACCREDITATION = 12n
const ADMINISTRATION = 14n

/** Between the council's decision to accredit an issuer, and that it is done. */
export const ACCREDITATION_DELAY_SECONDS = 86_400
/** Between the council's decision to change who may do what and that it is done. */
export const DANGEROUS_DELAY_SECONDS = 2 * 86_400
/** What the deployer has while it sets things up, and not afterwards. */
const ROLES_OF_SET_UP = [ADMINISTRATOR, ACCREDITATION]

const ADMINISTRATOR_FUNCTIONS = [
  'labelRole',
  'setRoleAdmin',
  'setRoleGuardian',
  'setGrantDelay',
  'setTargetAdminDelay',
  'updateAuthority',
  'setTargetClosed',
  'setTargetFunctionRole',
  'grantRole',
  'revokeRole',
]

/**
 * Makes the council the administrator, with a delay for what is dangerous, in which the guardian can cancel it, and takes
 * every right of the set-up from the deployer. Throws where it has one left.
 */
export async function handOver(ledger: Ledger, deployerKey: string): Promise<void> {
  const deployer = addressOfKey(deployerKey)
  await sendSetUpCalls(ledger.provider, deployerKey, [handOverCall(ledger, deployer)])
  for (const role of ROLES_OF_SET_UP) {
    const [isMember] = await readContract(ledger, 'accessManager', 'hasRole', role, deployer)
    if (isMember === true) throw new Error(`the deployer ${deployer} still holds role ${role}`)
  }
}

function handOverCall({ addresses: { accessManager, council } }: Ledger, deployer: string): SetUpCall {
  const manager = new Interface(abis.accessManager)
  const call = (name: string, ...values: readonly unknown[]) => manager.encodeFunctionData(name, values)
  const selectors = ADMINISTRATOR_FUNCTIONS.map((name) => manager.getFunction(name)!.selector)
  const calls = [
    call('labelRole', ADMINISTRATION, 'administration'),
    // The guardian of the role that a function is said to need cancels it: that of the administrator's can have none.
    call('setTargetFunctionRole', accessManager, selectors, ADMINISTRATION),
    ...[ACCREDITATION, ADMINISTRATION].map((role) => call('setRoleGuardian', role, GUARDIAN)),
    // A guardian that cancels what it should not is removed at once; a new one begins two days after it was named.
    call('setRoleAdmin', GUARDIAN, CONSORTIUM),
    call('setGrantDelay', GUARDIAN, DANGEROUS_DELAY_SECONDS),
    call('grantRole', ACCREDITATION, council, ACCREDITATION_DELAY_SECONDS),
    call('grantRole', ADMINISTRATOR, council, DANGEROUS_DELAY_SECONDS),
    ...[ACCREDITATION, ADMINISTRATOR].map((role) => call('renounceRole', role, deployer)),
  ]
  return { to: accessManager, data: call('multicall', calls) }
}
