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

/** The call by which the administrator gives every actor its role, and every restricted function the role it needs. */
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
      id: 1n,
      label: 'registrar',
      holders: [addressOfKey(keys.administrator)],
      functions: {
        memberRegistry: ['registerMembers', 'deactivateMember'],
        areaRegistry: ['openArea', 'setLevy', 'setPlatformFee'],
        accounts: ['setCreditLine'],
      },
    },
    {
      id: 2n,
      label: 'market operator',
      holders: [addressOfKey(keys.marketOperator)],
      functions: {
        callAuction: ['closeGate'],
        settlement: ['commitStatements'],
        accounts: ['announceBondWithdrawal', 'withdrawBond'],
      },
    },
    {
      id: 3n,
      label: 'metering operator',
      holders: [addressOfKey(keys.gateway)],
      functions: { meterReadings: ['commitReadings', 'correctReadings'] },
    },
    {
      id: 4n,
      label: 'supplier',
      holders: [addressOfKey(keys.supplier)],
      functions: { areaRegistry: ['setDefaultEnergyRates', 'publishEnergyRates'] },
    },
    {
      id: 5n,
      label: 'DSO',
      holders: [addressOfKey(keys.dso)],
      functions: { areaRegistry: ['setGridTariff', 'publishGridRates'] },
    },
    {
      id: 6n,
      label: 'settlement bank',
      holders: [addressOfKey(keys.settlementBank)],
      functions: { settlementCurrency: ['mint'] },
    },
    {
      id: 7n,
      label: 'settlement',
      holders: [addresses.settlement],
      functions: { accounts: ['applyPayments'], tradingDays: ['releaseDay'] },
    },
    { id: 8n, label: 'receipt signer', holders: [addressOfKey(keys.receipts)], functions: {} },
    {
      id: 9n,
      label: 'challenges',
      holders: [addresses.callAuction, addresses.orderReceipts, addresses.challenges],
      functions: { accounts: ['correct', 'reward', 'forfeit', 'fine'], settlement: ['withhold'] },
    },
  ]
}
