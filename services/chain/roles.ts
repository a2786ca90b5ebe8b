import { Interface } from 'ethers'
import type { ActorKeys } from './deploy.ts'
import { abis } from './generated/contracts.ts'
import type { Consortium } from './governance.ts'
import type { ContractName, LedgerAddresses } from './ledger.ts'
import type { SetUpCall } from './set-up-transactions.ts'
import { addressOfKey } from './typed-data.ts'

type Actors = { readonly addresses: LedgerAddresses; readonly keys: ActorKeys; readonly consortium: Consortium }

type Role = {
  /** Number as in contracts/types/Roles.sol. */
  readonly id: bigint
  readonly label: string
  readonly holders: (actors: Actors) => readonly string[]
  /** What holders may call; a role without functions is asked for by contracts themselves. */
  readonly functions: Partial<Readonly<Record<ContractName, readonly string[]>>>
}

const EXECUTION_DELAY = 0

const ROLES: readonly Role[] = [
  {
    id: 7n,
    label: 'settlement',
    holders: ({ addresses }) => [addresses.settlement, addresses.flexSettlement],
    functions: { accounts: ['applyPayments'], tradingDays: ['releaseDay'] },
  },
  {
    id: 9n,
    label: 'challenges',
    holders: ({ addresses }) => [
      addresses.callAuction,
      addresses.orderReceipts,
      addresses.challenges,
      addresses.flexChallenges,
    ],
    functions: { accounts: ['correct', 'reward', 'forfeit', 'fine'], settlement: ['withhold'] },
  },
  {
    id: 10n,
    label: 'consortium',
    holders: ({ addresses }) => [addresses.council],
    functions: { credentialRegistry: ['suspendIssuer', 'removeIssuer'], tradingPause: ['extendPause'] },
  },
  {
    id: 11n,
    label: 'guardian',
    holders: ({ consortium }) => [consortium.guardian],
    functions: { tradingPause: ['pause'] },
  },
  {
    id: 15n,
    label: 'flex orders',
    holders: ({ addresses }) => [addresses.flexOrders],
    functions: { accounts: ['pledge'], flexRequests: ['noteOrdered', 'noteRevoked'] },
  },
  {
    id: 16n,
    label: 'flex settlement',
    holders: ({ addresses }) => [addresses.flexSettlement],
    functions: { flexOrders: ['releasePledge'] },
  },
  {
    id: 17n,
    label: 'flex challenges',
    holders: ({ addresses }) => [addresses.flexChallenges],
    functions: { flexSettlement: ['voidRun'] },
  },
  // The council holds it from the hand-over on.
  {
    id: 12n,
    label: 'accreditation',
    holders: ({ keys }) => [addressOfKey(keys.administrator)],
    functions: { credentialRegistry: ['accreditIssuer'] },
  },
]

/** The call by which the administrator gives contracts and consortium their roles, and restricted functions the role they need. */
export function rolesCall(actors: Actors): SetUpCall {
  const { addresses } = actors
  const manager = new Interface(abis.accessManager)
  const calls = ROLES.flatMap(({ id, label, holders, functions }) => [
    manager.encodeFunctionData('labelRole', [id, label]),
    ...holders(actors).map((holder) => manager.encodeFunctionData('grantRole', [id, holder, EXECUTION_DELAY])),
    ...Object.entries(functions).map(([target, names]) => {
      const contract = new Interface(abis[target as ContractName])
      const selectors = names.map((name) => contract.getFunction(name)!.selector)
      return manager.encodeFunctionData('setTargetFunctionRole', [addresses[target as ContractName], selectors, id])
    }),
  ])
  return { to: addresses.accessManager, data: manager.encodeFunctionData('multicall', [calls]) }
}

/** Which role every restricted function asks for. */
export function functionRoles(): { contract: ContractName; name: string; role: bigint; label: string }[] {
  return ROLES.flatMap(({ id, label, functions }) =>
    Object.entries(functions).flatMap(([contract, names]) =>
      names.map((name) => ({ contract: contract as ContractName, name, role: id, label })),
    ),
  )
}
