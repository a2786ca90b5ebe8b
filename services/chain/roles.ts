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
    id: 1n,
    label: 'registrar',
    holders: ({ keys }) => [addressOfKey(keys.administrator)],
    functions: {
      memberRegistry: ['registerMembers', 'deactivateMember'],
      areaRegistry: ['openArea', 'setLevy', 'setPlatformFee'],
    },
  },
  {
    id: 2n,
    label: 'market operator',
    holders: ({ keys }) => [addressOfKey(keys.marketOperator)],
    functions: {
      callAuction: ['closeGate'],
      settlement: ['commitStatements'],
      accounts: ['announceBondWithdrawal', 'withdrawBond'],
    },
  },
  {
    id: 3n,
    label: 'metering operator',
    holders: ({ keys }) => [addressOfKey(keys.gateway)],
    functions: { meterReadings: ['commitReadings', 'correctReadings'] },
  },
  {
    id: 4n,
    label: 'supplier',
    holders: ({ keys }) => [addressOfKey(keys.supplier)],
    functions: { areaRegistry: ['setDefaultEnergyRates', 'publishEnergyRates'] },
  },
  {
    id: 5n,
    label: 'DSO',
    holders: ({ keys }) => [addressOfKey(keys.dso)],
    functions: { areaRegistry: ['setGridTariff', 'publishGridRates'] },
  },
  {
    id: 6n,
    label: 'settlement bank',
    holders: ({ keys }) => [addressOfKey(keys.settlementBank)],
    functions: { settlementCurrency: ['mint'] },
  },
  {
    id: 7n,
    label: 'settlement',
    holders: ({ addresses }) => [addresses.settlement],
    functions: { accounts: ['applyPayments'], tradingDays: ['releaseDay'] },
  },
  { id: 8n, label: 'receipt signer', holders: ({ keys }) => [addressOfKey(keys.receipts)], functions: {} },
  {
    id: 9n,
    label: 'challenges',
    holders: ({ addresses }) => [addresses.callAuction, addresses.orderReceipts, addresses.challenges],
    functions: { accounts: ['correct', 'reward', 'forfeit', 'fine'], settlement: ['withhold'] },
  },
  {
    id: 10n,
    label: 'consortium',
    holders: ({ addresses }) => [addresses.council],
    functions: { tradingPause: ['extendPause'] },
  },
  {
    id: 11n,
    label: 'guardian',
    holders: ({ consortium }) => [consortium.guardian],
    functions: { tradingPause: ['pause'] },
  },
  // The council holds these two from the hand-over on.
  { id: 12n, label: 'accreditation', holders: ({ keys }) => [addressOfKey(keys.administrator)], functions: {} },
  {
    id: 13n,
    label: 'credit',
    holders: ({ keys }) => [addressOfKey(keys.administrator)],
    functions: { accounts: ['setCreditLine'] },
  },
]

/** The call by which the administrator gives every actor its role, and every restricted function the role it needs. */
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
