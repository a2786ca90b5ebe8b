import { AbiCoder, concat, getCreateAddress, Interface, ZeroAddress } from 'ethers'
import { bytesToHex, concatBytes } from '@noble/hashes/utils.js'
import { encodeInteger } from '../domain/metering/merkle-sum-tree.ts'
import type { Calendar } from '../domain/grid/calendar.ts'
import type { RecordedIssuance } from '../domain/identity/credential-id.ts'
import type { MembershipRole } from '../domain/identity/role.ts'
import type { Tariff } from '../domain/settlement/tariff.ts'
import type { DeliveryPeriod, Money, Rate } from '../domain/units.ts'
import {
  accreditationCalls,
  EVERY_AREA,
  issuanceTo,
  issueActorCredentials,
  issueCredentials,
  validityFromNow,
} from './credentials.ts'
import { abis, bytecodes } from './generated/contracts.ts'
import type { Consortium } from './governance.ts'
import { connectLedger, readChainId, type ContractName, type Ledger, type LedgerAddresses } from './ledger.ts'
import { delegateReadings } from './delegations.ts'
import { MEMBER_KINDS, readMembers, type MemberKind } from './members.ts'
import { rolesCall } from './roles.ts'
import { createProvider } from './provider.ts'
import { nextNonceOf, sendSetUpCalls, type SetUpCall } from './set-up-transactions.ts'
import { addressOfKey } from './typed-data.ts'

/** Private keys, 0x-hex, of those who act on the ledger. */
export type ActorKeys = {
  readonly administrator: string
  readonly regulator: string
  readonly communityManager: string
  readonly marketOperator: string
  /** Vouches for meters, and lets the gateway commit their readings. */
  readonly meteringOperator: string
  readonly gateway: string
  readonly supplier: string
  readonly dso: string
  /** Buy and sell flexibility; none where the area has no such market. */
  readonly gridOperator?: string
  readonly tso?: string
  readonly aggregator?: string
  readonly settlementBank: string
  readonly taxAuthority: string
  readonly platformOperator: string
  /** Signs receipts for orders and sends no transactions. */
  readonly receipts: string
}

export type Deployment = {
  readonly addresses: LedgerAddresses
  /** Hash of the block with the first deployment. */
  readonly deploymentHash: string
}

export type MemberRegistration = {
  readonly kind: MemberKind
  readonly account: string
  /** Null for a member that does not trade. */
  readonly tradingKey: string | null
  /** As which a household is vouched for where nobody says what to issue; a prosumer unless it is said. */
  readonly role?: MembershipRole
  /** Null for a member without a meter. */
  readonly meterKey: string | null
  readonly quantityLimitWh: bigint
  /** Salted commitment, 32 bytes as 0x-hex. */
  readonly connectionPoint: string
}

export type EnergyRates = { readonly retail: Rate; readonly feedIn: Rate }
export type GridRates = { readonly grid: Rate; readonly gridLocal: Rate }

/** In the sequence of their deployment. Addresses are known before, so that each can be told those of all others. */
const DEPLOYED: readonly ContractName[] = [
  'accessManager',
  'didRegistry',
  'credentialRegistry',
  'memberRegistry',
  'recovery',
  'delegations',
  'passkeyAccounts',
  'areaRegistry',
  'settlementCurrency',
  'accounts',
  'tradingDays',
  'callAuction',
  'orderReceipts',
  'meterReadings',
  'settlement',
  'challenges',
  'flexProducts',
  'congestionPoints',
  'flexPortfolios',
  'flexReservations',
  'flexRequests',
  'flexOrders',
  'flexNominations',
  'flexCalendars',
  'flexBaselines',
  'flexSettlement',
  'flexChallenges',
  'tradingPause',
  'council',
]

// So many fit into one transaction with room to spare.
const REGISTRATIONS_PER_TRANSACTION = 60
const DEPOSITS_PER_TRANSACTION = 200
const RATES_PER_TRANSACTION = 1_000

/**
 * Deploys every contract and accredits who issues credentials. The administrator keeps its rights until `handOver`, and where
 * no consortium is named it is all of it. `onStep` hears of each step when it is mined.
 */
export async function deployContracts(
  { url, keys, consortium = consortiumOfOne(keys) }: { url: string; keys: ActorKeys; consortium?: Consortium },
  onStep: (step: string) => void = () => undefined,
): Promise<Deployment> {
  const provider = createProvider(url, await readChainId(url))
  try {
    const deployer = addressOfKey(keys.administrator)
    const firstNonce = await nextNonceOf(provider, keys.administrator)
    const addresses = Object.fromEntries(
      DEPLOYED.map((name, index) => [name, getCreateAddress({ from: deployer, nonce: firstNonce + index })]),
    ) as LedgerAddresses

    const deployments = DEPLOYED.map((name) => ({
      to: null,
      data: concat([
        bytecodes[name],
        encodeConstructorArguments(name, {
          ...addresses,
          currency: addresses.settlementCurrency,
          initialAdmin: deployer,
          councilMembers: consortium.members,
          councilThreshold: BigInt(consortium.threshold),
        }),
      ]),
    }))
    const receipts = await sendSetUpCalls(provider, keys.administrator, deployments)
    for (const name of DEPLOYED) onStep(`deployed ${name} at ${addresses[name]}`)

    const ledger = await connectLedger({ url, addresses })
    try {
      const calls = [rolesCall({ addresses, keys, consortium }), ...accreditationCalls(ledger, keys)]
      await sendSetUpCalls(provider, keys.administrator, calls)
      onStep('granted the roles and accredited the issuers')
      await issueActorCredentials(ledger, keys, EVERY_AREA)
      onStep('issued the credentials of regulator and settlement bank')
    } finally {
      ledger.close()
    }
    return { addresses, deploymentHash: receipts[0]!.blockHash }
  } finally {
    provider.destroy()
  }
}

/** Issues the credentials of the area's actors, and opens it. */
export async function openArea(ledger: Ledger, keys: ActorKeys, area: number, plan: Calendar): Promise<void> {
  await issueActorCredentials(ledger, keys, area)
  const calendar = [
    plan.firstPeriod,
    plan.lastPeriod,
    plan.gateClosureLeadSeconds,
    plan.readingDeadlineSeconds,
    plan.operatorDeadlineSeconds,
    plan.challengeWindowSeconds,
    plan.correctionDelaySeconds,
    plan.finalDelaySeconds,
  ]
  await sendSetUpCalls(ledger.provider, keys.regulator, [callOf(ledger, 'areaRegistry', 'openArea', [area, calendar])])
}

/** From now on members trade under numbers and keys of the day: the market operator is the area's registrar. */
export async function sealKeys(
  ledger: Ledger,
  { marketOperator }: Pick<ActorKeys, 'marketOperator'>,
  area: number,
): Promise<void> {
  await sendSetUpCalls(ledger.provider, marketOperator, [callOf(ledger, 'tradingDays', 'sealKeys', [area])])
}

/** The rates of every period for which none are published. Only before the area's first gate closes. */
export async function setTariff(
  ledger: Ledger,
  { supplierKey, dsoKey }: { supplierKey: string; dsoKey: string },
  area: number,
  { retail, feedIn, grid, gridLocal }: EnergyRates & GridRates,
): Promise<void> {
  await sendSetUpCalls(ledger.provider, supplierKey, [
    callOf(ledger, 'areaRegistry', 'setDefaultEnergyRates', [area, retail, feedIn]),
  ])
  await sendSetUpCalls(ledger.provider, dsoKey, [
    callOf(ledger, 'areaRegistry', 'setGridTariff', [area, grid, gridLocal]),
  ])
}

/** Levy and platform fee, micro-euro per kWh. Only before the area's first gate closes. */
export async function setCharges(
  ledger: Ledger,
  { taxAuthority, platformOperator }: Pick<ActorKeys, 'taxAuthority' | 'platformOperator'>,
  area: number,
  { levy, platformFee }: Pick<Tariff, 'levy' | 'platformFee'>,
): Promise<void> {
  await sendSetUpCalls(ledger.provider, taxAuthority, [callOf(ledger, 'areaRegistry', 'setLevy', [area, levy])])
  await sendSetUpCalls(ledger.provider, platformOperator, [
    callOf(ledger, 'areaRegistry', 'setPlatformFee', [area, platformFee]),
  ])
}

/** The supplier's rates of consecutive periods from `firstPeriod`, before that session's gate closes. */
export async function publishEnergyRates(
  ledger: Ledger,
  supplierKey: string,
  area: number,
  firstPeriod: DeliveryPeriod,
  rates: readonly EnergyRates[],
): Promise<void> {
  const pairs = rates.map(({ retail, feedIn }) => [retail, feedIn] as const)
  await sendSetUpCalls(ledger.provider, supplierKey, rateCalls(ledger, 'publishEnergyRates', area, firstPeriod, pairs))
}

/** The grid tariff of consecutive periods from `firstPeriod`, before that session's gate closes. */
export async function publishGridRates(
  ledger: Ledger,
  dsoKey: string,
  area: number,
  firstPeriod: DeliveryPeriod,
  rates: readonly GridRates[],
): Promise<void> {
  const pairs = rates.map(({ grid, gridLocal }) => [grid, gridLocal] as const)
  await sendSetUpCalls(ledger.provider, dsoKey, rateCalls(ledger, 'publishGridRates', area, firstPeriod, pairs))
}

function rateCalls(
  ledger: Ledger,
  name: string,
  area: number,
  firstPeriod: DeliveryPeriod,
  pairs: readonly (readonly [Rate, Rate])[],
): SetUpCall[] {
  return chunksOf(pairs, RATES_PER_TRANSACTION).map((chunk, index) => {
    const bytes = concatBytes(...chunk.flat().map((value) => encodeInteger(value, 3)))
    const period = firstPeriod + index * RATES_PER_TRANSACTION
    return callOf(ledger, 'areaRegistry', name, [area, period, `0x${bytesToHex(bytes)}`])
  })
}

/** What each issuer says of the members that are to be registered, and of their meters. */
export type MemberIssuances = Readonly<
  Record<'communityManager' | 'dso' | 'meteringOperator', readonly RecordedIssuance[]>
>

/** Has the credentials of households and meters recorded, and registers all. Member ids are given in their sequence. */
export async function registerMembers(
  ledger: Ledger,
  keys: Pick<ActorKeys, keyof MemberIssuances | 'gateway'>,
  area: number,
  registrations: readonly MemberRegistration[],
  issuances?: MemberIssuances,
): Promise<void> {
  const issued = issuances ?? bareIssuances(area, registrations, await validityFromNow(ledger))
  const issuers = ['communityManager', 'dso', 'meteringOperator'] as const
  // One after the other, so that the same neighbourhood makes the same ledger every time.
  for (const issuer of issuers) await issueCredentials(ledger, keys[issuer], issued[issuer])
  const calls = chunksOf(registrations, REGISTRATIONS_PER_TRANSACTION).map((chunk) =>
    callOf(ledger, 'memberRegistry', 'registerMembers', [area, chunk.map(encodeRegistration)]),
  )
  await sendSetUpCalls(ledger.provider, keys.communityManager, calls)
  const members = await readMembers(ledger, area)
  const meters = members.filter(({ meterKey }) => meterKey !== ZeroAddress).map(({ meterKey }) => meterKey)
  if (meters.length > 0) await delegateReadings(ledger, keys, area, meters)
}

/** What the ledger asks for, of which nobody keeps a document. */
function bareIssuances(
  area: number,
  registrations: readonly MemberRegistration[],
  validity: Pick<RecordedIssuance, 'validFrom' | 'validUntil'>,
): MemberIssuances {
  const households = registrations.filter(({ kind }) => kind === 'household')
  const meters = registrations.flatMap(({ meterKey }) => meterKey ?? [])
  return {
    communityManager: households.map(({ account, role }) => issuanceTo(account, role ?? 'prosumer', area, validity)),
    dso: households.map(({ account, connectionPoint }) =>
      issuanceTo(account, 'connection-point', area, validity, connectionPoint),
    ),
    meteringOperator: meters.map((meter) => issuanceTo(meter, 'meter', area, validity)),
  }
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

/** Mints the market operator's bond and what the community's guarantee fund begins with, micro-euro, and pays them in. */
export async function endowArea(
  ledger: Ledger,
  { settlementBankKey }: { settlementBankKey: string },
  area: number,
  { bond, fund }: { readonly bond: Money; readonly fund: Money },
): Promise<void> {
  await sendSetUpCalls(ledger.provider, settlementBankKey, [
    callOf(ledger, 'settlementCurrency', 'mint', [addressOfKey(settlementBankKey), bond + fund]),
    callOf(ledger, 'settlementCurrency', 'approve', [ledger.addresses.accounts, bond + fund]),
    ...(bond === 0n ? [] : [callOf(ledger, 'accounts', 'depositBond', [area, bond])]),
    ...(fund === 0n ? [] : [callOf(ledger, 'accounts', 'contribute', [area, fund])]),
  ])
}

/** How far members may trade beyond their balances, in micro-euro. */
export async function setCreditLines(
  ledger: Ledger,
  communityManagerKey: string,
  lines: readonly { readonly memberId: number; readonly amount: Money }[],
): Promise<void> {
  const calls = lines.map(({ memberId, amount }) => callOf(ledger, 'accounts', 'setCreditLine', [memberId, amount]))
  await sendSetUpCalls(ledger.provider, communityManagerKey, calls)
}

function consortiumOfOne({ administrator }: ActorKeys): Consortium {
  const address = addressOfKey(administrator)
  return { members: [address], threshold: 1, guardian: address }
}

/** Constructors name their parameters after whose addresses they take. */
function encodeConstructorArguments(
  name: ContractName,
  given: Readonly<Record<string, string | bigint | readonly string[]>>,
): string {
  const { inputs } = new Interface(abis[name]).deploy
  const values = inputs.map((input) => {
    const value = given[input.name]
    if (value === undefined) throw new Error(`the constructor of ${name} asks for ${input.name}, which nobody is`)
    return value
  })
  return AbiCoder.defaultAbiCoder().encode(inputs, values)
}

function encodeRegistration(registration: MemberRegistration): readonly unknown[] {
  return [
    MEMBER_KINDS.indexOf(registration.kind),
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
