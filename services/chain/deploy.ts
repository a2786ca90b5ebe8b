import { AbiCoder, concat, getCreateAddress, Interface, ZeroAddress } from 'ethers'
import { bytesToHex, concatBytes } from '@noble/hashes/utils.js'
import { encodeInteger } from '../domain/metering/merkle-sum-tree.ts'
import type { DeliveryPeriod, Money, Rate } from '../domain/units.ts'
import { abis, bytecodes } from './generated/contracts.ts'
import { createProvider, readChainId, type ContractName, type Ledger, type LedgerAddresses } from './ledger.ts'
import { nextNonceOf, sendSetUpCalls, type SetUpCall } from './set-up-transactions.ts'
import { addressOfKey } from './typed-data.ts'

/** Private keys, 0x-hex, of those who act on the ledger. */
export type ActorKeys = {
  readonly administrator: string
  readonly marketOperator: string
  readonly gateway: string
  readonly supplier: string
  readonly dso: string
  readonly settlementBank: string
}

export type Deployment = {
  readonly addresses: LedgerAddresses
  /** Hash of the block with the first deployment. */
  readonly deploymentHash: string
}

export type MemberRegistration = {
  readonly kind: 'household' | 'supplier' | 'dso'
  readonly account: string
  /** Null for a member that does not trade. */
  readonly tradingKey: string | null
  /** Null for a member without a meter. */
  readonly meterKey: string | null
  readonly quantityLimitWh: bigint
  /** Salted commitment, 32 bytes as 0x-hex. */
  readonly connectionPoint: string
}

export type AreaPlan = {
  readonly firstPeriod: DeliveryPeriod
  readonly lastPeriod: DeliveryPeriod
  readonly gateClosureLeadSeconds: number
  readonly readingDeadlineSeconds: number
}

export type EnergyRates = { readonly retail: Rate; readonly feedIn: Rate }
export type TariffRates = EnergyRates & { readonly grid: Rate; readonly gridLocal: Rate }

/** In the sequence of their deployment: each is told the addresses of earlier ones. */
const CONSTRUCTORS: readonly (readonly [ContractName, readonly ContractName[]])[] = [
  ['accessManager', []],
  ['memberRegistry', ['accessManager']],
  ['areaRegistry', ['accessManager']],
  ['callAuction', ['accessManager', 'areaRegistry', 'memberRegistry']],
  ['meterReadings', ['accessManager']],
  ['settlementCurrency', ['accessManager']],
  ['accounts', ['accessManager', 'settlementCurrency', 'memberRegistry']],
  ['settlement', ['accessManager', 'memberRegistry', 'callAuction', 'meterReadings', 'accounts']],
]

/** Numbers as in contracts/types/Roles.sol, and what holders of each may call. */
const ROLES: readonly { id: bigint; label: string; target: ContractName; functions: readonly string[] }[] = [
  { id: 1n, label: 'registrar', target: 'memberRegistry', functions: ['registerMembers', 'deactivateMember'] },
  { id: 1n, label: 'registrar', target: 'areaRegistry', functions: ['openArea'] },
  { id: 2n, label: 'market operator', target: 'callAuction', functions: ['closeGate'] },
  { id: 2n, label: 'market operator', target: 'settlement', functions: ['settle'] },
  { id: 3n, label: 'metering operator', target: 'meterReadings', functions: ['commitReadings'] },
  { id: 4n, label: 'supplier', target: 'areaRegistry', functions: ['setDefaultEnergyRates', 'publishEnergyRates'] },
  { id: 5n, label: 'DSO', target: 'areaRegistry', functions: ['setGridTariff'] },
  { id: 6n, label: 'settlement bank', target: 'settlementCurrency', functions: ['mint'] },
  { id: 7n, label: 'settlement', target: 'accounts', functions: ['applyPayments'] },
]

// So many fit into one transaction with room to spare.
const REGISTRATIONS_PER_TRANSACTION = 100
const DEPOSITS_PER_TRANSACTION = 200
const RATES_PER_TRANSACTION = 1_000
const EXECUTION_DELAY = 0

/** Deploys every contract and gives every actor its role. `onStep` hears of each step when it is mined. */
export async function deployContracts(
  { url, keys }: { url: string; keys: ActorKeys },
  onStep: (step: string) => void = () => undefined,
): Promise<Deployment> {
  const provider = createProvider(url, await readChainId(url))
  try {
    const deployer = addressOfKey(keys.administrator)
    const firstNonce = await nextNonceOf(provider, keys.administrator)
    const addresses = Object.fromEntries(
      CONSTRUCTORS.map(([name], index) => [name, getCreateAddress({ from: deployer, nonce: firstNonce + index })]),
    ) as LedgerAddresses

    const deployments = CONSTRUCTORS.map(([name, parameters]) => ({
      to: null,
      data: concat([
        bytecodes[name],
        name === 'accessManager'
          ? AbiCoder.defaultAbiCoder().encode(['address'], [deployer])
          : AbiCoder.defaultAbiCoder().encode(
              parameters.map(() => 'address'),
              parameters.map((parameter) => addresses[parameter]),
            ),
      ]),
    }))
    const receipts = await sendSetUpCalls(provider, keys.administrator, deployments)
    for (const [name] of CONSTRUCTORS) onStep(`deployed ${name} at ${addresses[name]}`)

    await sendSetUpCalls(provider, keys.administrator, [grantRoles(addresses, keys)])
    onStep('granted the roles')
    return { addresses, deploymentHash: receipts[0]!.blockHash }
  } finally {
    provider.destroy()
  }
}

export async function openArea(ledger: Ledger, administratorKey: string, area: number, plan: AreaPlan): Promise<void> {
  const calendar = [plan.firstPeriod, plan.lastPeriod, plan.gateClosureLeadSeconds, plan.readingDeadlineSeconds]
  await sendSetUpCalls(ledger.provider, administratorKey, [
    callOf(ledger, 'areaRegistry', 'openArea', [area, calendar]),
  ])
}

/** The rates of every period for which none are published. Only before the area's first period starts. */
export async function setTariff(
  ledger: Ledger,
  { supplierKey, dsoKey }: { supplierKey: string; dsoKey: string },
  area: number,
  { retail, feedIn, grid, gridLocal }: TariffRates,
): Promise<void> {
  await sendSetUpCalls(ledger.provider, supplierKey, [
    callOf(ledger, 'areaRegistry', 'setDefaultEnergyRates', [area, retail, feedIn]),
  ])
  await sendSetUpCalls(ledger.provider, dsoKey, [
    callOf(ledger, 'areaRegistry', 'setGridTariff', [area, grid, gridLocal]),
  ])
}

/** The supplier's rates of consecutive periods from `firstPeriod`, before that period starts. */
export async function publishEnergyRates(
  ledger: Ledger,
  supplierKey: string,
  area: number,
  firstPeriod: DeliveryPeriod,
  rates: readonly EnergyRates[],
): Promise<void> {
  const calls = chunksOf(rates, RATES_PER_TRANSACTION).map((chunk, index) => {
    const bytes = concatBytes(
      ...chunk.flatMap(({ retail, feedIn }) => [encodeInteger(retail, 3), encodeInteger(feedIn, 3)]),
    )
    const period = firstPeriod + index * RATES_PER_TRANSACTION
    return callOf(ledger, 'areaRegistry', 'publishEnergyRates', [area, period, `0x${bytesToHex(bytes)}`])
  })
  await sendSetUpCalls(ledger.provider, supplierKey, calls)
}

/** Member ids are given in the sequence of the registrations. */
export async function registerMembers(
  ledger: Ledger,
  administratorKey: string,
  area: number,
  registrations: readonly MemberRegistration[],
): Promise<void> {
  const calls = chunksOf(registrations, REGISTRATIONS_PER_TRANSACTION).map((chunk) =>
    callOf(ledger, 'memberRegistry', 'registerMembers', [area, chunk.map(encodeRegistration)]),
  )
  await sendSetUpCalls(ledger.provider, administratorKey, calls)
}

/** Mints what is needed and deposits it, micro-euro each, into the members' accounts. */
export async function fundAccounts(
  ledger: Ledger,
  { settlementBankKey }: { settlementBankKey: string },
  deposits: readonly { readonly memberId: number; readonly amount: Money }[],
): Promise<void> {
  const total = deposits.reduce((sum, { amount }) => sum + amount, 0n)
  const accounts = new Interface(abis.accounts)
  await sendSetUpCalls(ledger.provider, settlementBankKey, [
    callOf(ledger, 'settlementCurrency', 'mint', [addressOfKey(settlementBankKey), total]),
    callOf(ledger, 'settlementCurrency', 'approve', [ledger.addresses.accounts, total]),
    ...chunksOf(deposits, DEPOSITS_PER_TRANSACTION).map((chunk) =>
      callOf(ledger, 'accounts', 'multicall', [
        chunk.map(({ memberId, amount }) => accounts.encodeFunctionData('deposit', [memberId, amount])),
      ]),
    ),
  ])
}

function grantRoles(addresses: LedgerAddresses, keys: ActorKeys): SetUpCall {
  const manager = new Interface(abis.accessManager)
  const holders: Readonly<Record<string, string>> = {
    1: addressOfKey(keys.administrator),
    2: addressOfKey(keys.marketOperator),
    3: addressOfKey(keys.gateway),
    4: addressOfKey(keys.supplier),
    5: addressOfKey(keys.dso),
    6: addressOfKey(keys.settlementBank),
    7: addresses.settlement,
  }
  const labels = new Map(ROLES.map(({ id, label }) => [id, label]))
  const calls = [
    ...[...labels].flatMap(([id, label]) => [
      manager.encodeFunctionData('labelRole', [id, label]),
      manager.encodeFunctionData('grantRole', [id, holders[id.toString()], EXECUTION_DELAY]),
    ]),
    ...ROLES.map(({ id, target, functions }) => {
      const contract = new Interface(abis[target])
      const selectors = functions.map((name) => contract.getFunction(name)!.selector)
      return manager.encodeFunctionData('setTargetFunctionRole', [addresses[target], selectors, id])
    }),
  ]
  return { to: addresses.accessManager, data: manager.encodeFunctionData('multicall', [calls]) }
}

function encodeRegistration(registration: MemberRegistration): readonly unknown[] {
  return [
    { household: 0, supplier: 1, dso: 2 }[registration.kind],
    registration.account,
    registration.tradingKey ?? ZeroAddress,
    registration.meterKey ?? ZeroAddress,
    registration.quantityLimitWh,
    registration.connectionPoint,
  ]
}

function callOf(ledger: Ledger, contract: ContractName, name: string, parameters: readonly unknown[]): SetUpCall {
  return {
    to: ledger.addresses[contract],
    data: ledger.contracts[contract].interface.encodeFunctionData(name, parameters),
  }
}

function chunksOf<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  )
}
