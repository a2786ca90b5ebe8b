import { randomBytes } from 'node:crypto'
import {
  deployContracts,
  endowArea,
  fundAccounts,
  openArea,
  publishEnergyRates,
  publishGridRates,
  registerMembers,
  sealKeys,
  setCharges,
  setTariff,
  type EnergyRates,
  type GridRates,
  type MemberIssuances,
  type MemberRegistration,
} from '../../services/chain/deploy.ts'
import { keyChainOf } from '../../services/chain/daily-keys.ts'
import { handOver } from '../../services/chain/governance.ts'
import { connectLedger, type Ledger } from '../../services/chain/ledger.ts'
import { readMembers } from '../../services/chain/members.ts'
import { addressOfKey } from '../../services/chain/typed-data.ts'
import type { Calendar } from '../../services/domain/grid/calendar.ts'
import { connectionPointCommitmentOf } from '../../services/domain/grid/connection-point.ts'
import type { Tariff } from '../../services/domain/settlement/tariff.ts'
import { money, rate, type Money } from '../../services/domain/units.ts'
import type { Store } from '../../services/store/connect.ts'
import { writeHouseholds, type Household } from '../../services/store/households.ts'
import { insertKeyChains } from '../../services/store/key-chains.ts'
import { writeLedger } from '../../services/store/ledger.ts'
import { writeFlexConsents } from '../../services/runtime/flex-consents.ts'
import { issueHouseholdCredentials, writeHouseholdCredentials } from './credentials.ts'
import { setUpFlexibility, type FlexibilityPlan } from './flexibility.ts'
import {
  actorKeysOf,
  consortiumOf,
  makeHouseholdKeys,
  writeHouseholdKeys,
  type KeySource,
  type NewHouseholdKeys,
  type RoleKeys,
} from './keys.ts'
import { writeSpares, type SparePlan } from './spares.ts'

/** The only area of this version. */
export const AREA = 1

export type HouseholdPlan = {
  readonly name: string
  readonly connectionCapacityW: number
  readonly pvCapacityW: number
}

type Deadlines = Pick<
  Calendar,
  'operatorDeadlineSeconds' | 'challengeWindowSeconds' | 'correctionDelaySeconds' | 'finalDelaySeconds'
>

/** Its rates hold where none are published for a period. */
export type NeighbourhoodPlan = Omit<Calendar, keyof Deadlines> &
  Partial<Deadlines> &
  Tariff & {
    readonly households: readonly HouseholdPlan[]
    /** Places for homes that may join later. */
    readonly spares?: readonly SparePlan[]
    /** What every household starts with. */
    readonly householdDeposit?: Money
    /** Retail and feed-in of each period from `firstPeriod`, where they change. */
    readonly energyRates?: readonly EnergyRates[]
    /** The grid tariff by time of use, of each period from `firstPeriod`. */
    readonly gridRates?: readonly GridRates[]
    /** Where grid operators buy flexibility: an aggregator and a TSO are members then. */
    readonly flexibility?: FlexibilityPlan
  }

/** A quarter of it, spread over a day's 96 sessions, is what one of them may put at risk: 26 EUR. */
export const HOUSEHOLD_DEPOSIT: Money = money(10_000_000_000n)
export const INSTITUTION_DEPOSIT: Money = money(10_000_000_000_000n)
/** Twice what the ledger asks for, so that a challenge that is won does not stop the market. */
export const OPERATOR_BOND: Money = money(2_000_000_000n)
export const GUARANTEE_FUND: Money = money(1_000_000_000n)

/** How long everybody has, where a plan does not say otherwise. */
export const DEFAULT_DEADLINES: Deadlines = {
  operatorDeadlineSeconds: 600,
  challengeWindowSeconds: 3_600,
  correctionDelaySeconds: 6 * 3_600,
  finalDelaySeconds: 12 * 3_600,
}

export const DEFAULT_RATES: Tariff = {
  retail: rate(300_000n),
  feedIn: rate(80_000n),
  grid: rate(80_000n),
  gridLocal: rate(40_000n),
  levy: rate(0n),
  platformFee: rate(0n),
}

type SetUp = {
  readonly plan: NeighbourhoodPlan
  readonly ledgerUrl: string
  readonly store: Store
  readonly dataFolder: string
  readonly roleKeys: RoleKeys
  readonly keySource: KeySource
}

/** A household before it has a number on the ledger, and its private keys. */
type NewHousehold = { readonly household: Omit<Household, 'memberId' | 'area'>; readonly keys: NewHouseholdKeys }

const NO_COMMITMENT = `0x${'00'.repeat(32)}`

/**
 * Deploys the contracts, opens the area, registers its institutions, and the households with new keys, credentials and
 * deposits, hands the administration over to the council, and writes down which ledger the database follows. The last
 * step makes it count: an interrupted set-up is made anew.
 */
export async function setUpNeighbourhood(setUp: SetUp): Promise<void> {
  const { ledgerUrl, store, roleKeys } = setUp
  const { addresses, deploymentHash } = await deployContracts({
    url: ledgerUrl,
    keys: actorKeysOf(roleKeys),
    consortium: consortiumOf(roleKeys),
  })
  const ledger = await connectLedger({ url: ledgerUrl, addresses })
  try {
    await openMarket(ledger, setUp)
    const households = householdsOf(setUp)
    const records = households.map(({ household }) => household)
    const { issuances, documents } = await issueHouseholdCredentials(ledger, roleKeys, AREA, records, setUp.keySource)
    const registered = await registerEverybody(ledger, setUp, households, issuances)
    await openFlexibility(ledger, setUp, registered)
    await handOver(ledger, roleKeys.administrator)
    await writeHouseholdCredentials(setUp.dataFolder, documents)
    await writeHouseholdKeys(
      setUp.dataFolder,
      registered.map(({ memberId, keys }) => ({ ...keys, memberId })),
    )
    await writeHouseholds(
      store,
      registered.map(({ memberId, household }) => ({ ...household, memberId, area: AREA })),
    )
    await insertKeyChains(
      store,
      registered.map(({ household, keys }) => ({ address: household.tradingKey, ...keyChainOf(keys.tradingKey) })),
    )
    const { spares = [], households: planned } = setUp.plan
    await writeSpares(setUp, { area: AREA, plans: spares, firstNumber: planned.length + 1 })
    await writeLedger(store, { chainId: Number(ledger.chainId), deploymentHash, addresses })
  } finally {
    ledger.close()
  }
}

async function openMarket(ledger: Ledger, { plan, roleKeys }: SetUp): Promise<void> {
  await openArea(ledger, actorKeysOf(roleKeys), AREA, { ...DEFAULT_DEADLINES, ...plan })
  await sealKeys(ledger, actorKeysOf(roleKeys), AREA)
  await setTariff(ledger, { supplierKey: roleKeys.supplier, dsoKey: roleKeys.dso }, AREA, plan)
  await setCharges(ledger, actorKeysOf(roleKeys), AREA, plan)
  if (plan.energyRates !== undefined) {
    await publishEnergyRates(ledger, roleKeys.supplier, AREA, plan.firstPeriod, plan.energyRates)
  }
  if (plan.gridRates !== undefined) {
    await publishGridRates(ledger, roleKeys.dso, AREA, plan.firstPeriod, plan.gridRates)
  }
  await endowArea(ledger, { settlementBankKey: roleKeys['settlement-bank'] }, AREA, {
    bond: OPERATOR_BOND,
    fund: GUARANTEE_FUND,
  })
}

function householdsOf({ plan: { households: plans }, keySource }: SetUp): NewHousehold[] {
  const names = plans.map(({ name }) => name)
  return makeHouseholdKeys(names, keySource).map((keys, position) => {
    const { name, connectionCapacityW, pvCapacityW } = plans[position]!
    const household = {
      name,
      connectionCapacityW,
      pvCapacityW,
      connectionPoint: `connection-${position + 1}`,
      connectionPointSalt: keySource(`connection-point:${name}`),
      account: addressOfKey(keys.accountKey),
      tradingKey: addressOfKey(keys.tradingKey),
      meterKey: addressOfKey(keys.meterKey),
    }
    return { household, keys }
  })
}

/** The households with their member ids. */
async function registerEverybody(
  ledger: Ledger,
  { plan, roleKeys }: SetUp,
  households: readonly NewHousehold[],
  issuances: MemberIssuances,
): Promise<(NewHousehold & { memberId: number })[]> {
  const registrations = [
    institutionOf('supplier', roleKeys.supplier),
    institutionOf('dso', roleKeys.dso),
    institutionOf('tax-authority', roleKeys['tax-authority']),
    institutionOf('platform-operator', roleKeys['platform-operator']),
    ...households.map(({ household }) => ({
      kind: 'household' as const,
      account: household.account,
      tradingKey: household.tradingKey,
      meterKey: household.meterKey,
      quantityLimitWh: BigInt(Math.ceil(household.connectionCapacityW / 4)),
      connectionPoint: connectionPointCommitmentOf(household.connectionPoint, household.connectionPointSalt),
    })),
    ...(plan.flexibility === undefined ? [] : buyersAndSellersOfFlexibility(roleKeys)),
  ]
  await registerMembers(ledger, actorKeysOf(roleKeys), AREA, registrations, issuances)
  const members = await readMembers(ledger, AREA)
  await fundAccounts(
    ledger,
    { settlementBankKey: roleKeys['settlement-bank'] },
    members.map(({ memberId, kind }) => ({
      memberId,
      amount: kind === 'household' ? (plan.householdDeposit ?? HOUSEHOLD_DEPOSIT) : INSTITUTION_DEPOSIT,
    })),
  )
  const memberIdOf = new Map(members.map(({ memberId, tradingKey }) => [tradingKey, memberId]))
  return households.map((made) => ({ ...made, memberId: memberIdOf.get(made.household.tradingKey)! }))
}

async function openFlexibility(
  ledger: Ledger,
  { plan, roleKeys, keySource, dataFolder }: SetUp,
  registered: readonly (NewHousehold & { memberId: number })[],
): Promise<void> {
  if (plan.flexibility === undefined) return writeFlexConsents(dataFolder, [])
  const members = await readMembers(ledger, AREA)
  const homes = registered.map(({ memberId, household, keys }) => ({
    ...{ name: household.name, memberId, tradingKey: keys.tradingKey },
    connectionPoint: connectionPointCommitmentOf(household.connectionPoint, household.connectionPointSalt),
  }))
  const aggregator = members.find(({ kind }) => kind === 'aggregator')!.memberId
  const consents = await setUpFlexibility(ledger, roleKeys, plan.flexibility, {
    ...{ area: AREA, aggregator, homes, keySource },
  })
  await writeFlexConsents(dataFolder, consents)
}

/** Behind the households, whose numbers are the same with and without them. */
function buyersAndSellersOfFlexibility(roleKeys: RoleKeys): MemberRegistration[] {
  return [institutionOf('aggregator', roleKeys.aggregator), institutionOf('tso', roleKeys.tso)]
}

function institutionOf(kind: MemberRegistration['kind'], key: string): MemberRegistration {
  return {
    kind,
    account: addressOfKey(key),
    tradingKey: null,
    meterKey: null,
    quantityLimitWh: 0n,
    connectionPoint: NO_COMMITMENT,
  }
}

export function newServicePassword(): string {
  return randomBytes(24).toString('hex')
}
