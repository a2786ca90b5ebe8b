import { Interface } from 'ethers'
import type { ActorKeys } from './deploy.ts'
import { abis } from './generated/contracts.ts'
import type { ContractName, LedgerAddresses } from './ledger.ts'
import type { SetUpCall } from './set-up-transactions.ts'
import { addressOfKey } from './typed-data.ts'

type Role = {
  /** Number as in contracts/types/Roles.sol. */
  readonly id: bigint
  readonly label: string
  readonly holders: readonly string[]
  /** What holders may call; a role without functions is asked for by contracts themselves. */
  readonly functions: Partial<Readonly<Record<ContractName, readonly string[]>>>
}

const EXECUTION_DELAY = 0

/** The call by which the administrator gives contracts and consortium their roles, and restricted functions the role they need. */
export function rolesCall(addresses: LedgerAddresses, keys: ActorKeys): SetUpCall {
  const manager = new Interface(abis.accessManager)
  const calls = rolesOf(addresses, keys).flatMap(({ id, label, holders, functions }) => [
    manager.encodeFunctionData('labelRole', [id, label]),
    ...holders.map((holder) => manager.encodeFunctionData('grantRole', [id, holder, EXECUTION_DELAY])),
    ...Object.entries(functions).map(([target, names]) => {
      const contract = new Interface(abis[target as ContractName])
      const selectors = names.map((name) => contract.getFunction(name)!.selector)
      return manager.encodeFunctionData('setTargetFunctionRole', [addresses[target as ContractName], selectors, id])
    }),
  ])
  return { to: addresses.accessManager, data: manager.encodeFunctionData('multicall', [calls]) }
}

function rolesOf(addresses: LedgerAddresses, keys: ActorKeys): Role[] {
  return [
    {
      id: 7n,
      label: 'settlement',
      holders: [addresses.settlement],
      functions: { accounts: ['applyPayments'], tradingDays: ['releaseDay'] },
    },
    {
      id: 9n,
      label: 'challenges',
      holders: [addresses.callAuction, addresses.orderReceipts, addresses.challenges],
      functions: { accounts: ['correct', 'reward', 'forfeit', 'fine'], settlement: ['withhold'] },
    },
    {
      id: 10n,
      label: 'consortium',
      holders: [addressOfKey(keys.administrator)],
      functions: { credentialRegistry: ['accreditIssuer', 'suspendIssuer', 'removeIssuer'] },
    },
  ]
}
