import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { getCreateAddress } from 'ethers'
import { DEFAULT_RATES } from '../../scripts/setup/neighbourhood.ts'
import {
  deployContracts,
  endowArea,
  fundAccounts,
  openArea,
  registerMembers,
  setCharges,
  setTariff,
  type ActorKeys,
  type MemberRegistration,
} from '../../services/chain/deploy.ts'
import { connectLedger, type Ledger } from '../../services/chain/ledger.ts'
import { keepKey } from '../../services/chain/role-keys.ts'
import { nextNonceOf, sendSetUpCalls } from '../../services/chain/set-up-transactions.ts'
import { addressOfKey } from '../../services/chain/typed-data.ts'
import type { Calendar } from '../../services/domain/grid/calendar.ts'
import {
  deliveryPeriod,
  money,
  rate,
  startOf,
  tradingDay,
  tradingDayOf,
  type TradingDay,
} from '../../services/domain/units.ts'
import type { HouseholdKeys } from '../../services/runtime/keys.ts'
import type { Store } from '../../services/store/connect.ts'
import { writeHouseholds } from '../../services/store/households.ts'
import { writeLedger } from '../../services/store/ledger.ts'

export const AREA = 1
export const FIRST_PERIOD = deliveryPeriod(1_700_000)
export const LAST_PERIOD = deliveryPeriod(1_700_200)
/** The days whose keys are published; the calendar's last one is not. */
export const DAYS: readonly TradingDay[] = [tradingDayOf(FIRST_PERIOD), tradingDay(tradingDayOf(FIRST_PERIOD) + 1)]
export const CALENDAR: Calendar = {
  firstPeriod: FIRST_PERIOD,
  lastPeriod: LAST_PERIOD,
  gateClosureLeadSeconds: 300,
  readingDeadlineSeconds: 300,
  operatorDeadlineSeconds: 900,
  challengeWindowSeconds: 3_600,
  correctionDelaySeconds: 86_400,
  finalDelaySeconds: 172_800,
}
/** Wh that one order may be for. */
export const QUANTITY_LIMIT = 4_313
/** Micro-euro that a household may put at risk in one session. */
export const ALLOWANCE = 1_000_000n
/** A quarter of it covers the 96 sessions of a day. */
export const DEPOSIT = ALLOWANCE * 96n * 4n
export const SUPPLIER = 1
export const DSO = 2
export const TARIFF = { ...DEFAULT_RATES, levy: rate(50_000n), platformFee: rate(1_000n) }

const COUNTERPARTIES = ['supplier', 'dso', 'tax-authority', 'platform-operator'] as const
const BOND = money(2_000_000_000n)
const FUND = money(500_000_000n)

/** Accepts every signature whose first byte is 1 (EIP-1271), whatever was signed. */
const CONTRACT_ACCOUNT = '0x601a8060093d393df360643560f81c600114631626ba7e0260e01b60005260206000f3'

/** The contract account accepts it of every order. */
export const CONTRACT_SIGNATURE = '0x01'

/** Without a private key where the household trades by a contract account. */
export type ApiHousehold = HouseholdKeys & { readonly accountKey: string; readonly contractAccount: string | null }

export type ApiMarket = {
  readonly ledger: Ledger
  readonly keys: ActorKeys
  readonly households: readonly ApiHousehold[]
}

const keyOf = (name: string) => `0x${Buffer.from(name).toString('hex').padStart(64, '2')}`

export const ACTOR_KEYS: ActorKeys = {
  administrator: keyOf('administrator'),
  regulator: keyOf('regulator'),
  communityManager: keyOf('community manager'),
  marketOperator: keyOf('operator'),
  meteringOperator: keyOf('metering operator'),
  gateway: keyOf('gateway'),
  supplier: keyOf('supplier'),
  dso: keyOf('dso'),
  settlementBank: keyOf('bank'),
  taxAuthority: keyOf('tax-authority'),
  platformOperator: keyOf('platform-operator'),
  receipts: keyOf('receipts'),
}

/** Pays for what passkey accounts do. */
export const RELAY_KEY = keyOf('relay')

/** A market with its bond whose trading keys are published; the last of the households trades by a contract account. */
export async function setUpApiMarket(options: {
  readonly url: string
  readonly store: Store
  readonly dataFolder: string
  readonly households: number
  readonly calendar: Calendar
}): Promise<ApiMarket> {
  const { url, store, dataFolder, calendar } = options
  const { addresses, deploymentHash } = await deployContracts({ url, keys: ACTOR_KEYS })
  const ledger = await connectLedger({ url, addresses })
  const { supplier, dso, settlementBank } = ACTOR_KEYS
  await openArea(ledger, ACTOR_KEYS, AREA, calendar)
  await setTariff(ledger, { supplierKey: supplier, dsoKey: dso }, AREA, TARIFF)
  await setCharges(ledger, ACTOR_KEYS, AREA, TARIFF)
  const contractAccount = await deployContractAccount(ledger)
  const households = Array.from({ length: options.households }, (_, position): ApiHousehold => {
    const name = `home ${position + 1}`
    return {
      memberId: COUNTERPARTIES.length + position + 1,
      name,
      tradingKey: keyOf(`trading ${position}`),
      meterKey: keyOf(`meter ${position}`),
      accountKey: keyOf(`account ${position}`),
      contractAccount: position > 0 && position === options.households - 1 ? contractAccount : null,
    }
  })
  await registerMembers(ledger, ACTOR_KEYS, AREA, [
    ...COUNTERPARTIES.map(counterparty),
    ...households.map(registrationOf),
  ])
  await fundAccounts(
    ledger,
    { settlementBankKey: settlementBank },
    households.map(({ memberId }) => ({ memberId, amount: money(DEPOSIT) })),
  )
  await endowArea(ledger, { settlementBankKey: settlementBank }, AREA, { bond: BOND, fund: FUND })
  for (const day of DAYS) if (day <= tradingDayOf(calendar.lastPeriod)) await publishKeys(ledger, day)

  await mkdir(path.join(dataFolder, 'keys'))
  await keepKey(dataFolder, 'receipts', () => ACTOR_KEYS.receipts)
  await keepKey(dataFolder, 'relay', () => RELAY_KEY)
  await writeHouseholds(store, households.map(recordOf))
  await writeLedger(store, { chainId: Number(ledger.chainId), deploymentHash, addresses })
  return { ledger, keys: ACTOR_KEYS, households }
}

/** The address by which the household signs orders. */
export function tradingAddressOf({ contractAccount, tradingKey }: ApiHousehold): string {
  return contractAccount ?? addressOfKey(tradingKey)
}

/** Publishes what there is of the day's keys. */
export async function publishKeys(ledger: Ledger, day: TradingDay): Promise<void> {
  const data = ledger.contracts.tradingDays.interface.encodeFunctionData('publishKeys', [AREA, day, 600])
  await sendSetUpCalls(ledger.provider, ACTOR_KEYS.administrator, [{ to: ledger.addresses.tradingDays, data }])
}

/** Lets the key bid for the household, at most 500 Wh at up to 250,000 micro-euro per kWh. */
export async function delegateBidding(ledger: Ledger, household: ApiHousehold, key: string): Promise<void> {
  const delegation = [key, 1, 500, 0, 250_000, startOf(LAST_PERIOD)]
  await callRegistry(ledger, household.accountKey, 'delegateTrading', [household.memberId, delegation])
}

export async function revokeDelegation(ledger: Ledger, household: ApiHousehold): Promise<void> {
  await callRegistry(ledger, household.accountKey, 'revokeDelegation', [household.memberId])
}

export async function deactivateMember(ledger: Ledger, { memberId }: ApiHousehold): Promise<void> {
  await callRegistry(ledger, ACTOR_KEYS.communityManager, 'deactivateMember', [memberId])
}

async function callRegistry(ledger: Ledger, key: string, name: string, values: readonly unknown[]): Promise<void> {
  const data = ledger.contracts.memberRegistry.interface.encodeFunctionData(name, values)
  await sendSetUpCalls(ledger.provider, key, [{ to: ledger.addresses.memberRegistry, data }])
}

async function deployContractAccount(ledger: Ledger): Promise<string> {
  const key = ACTOR_KEYS.administrator
  const nonce = await nextNonceOf(ledger.provider, key)
  await sendSetUpCalls(ledger.provider, key, [{ to: null, data: CONTRACT_ACCOUNT }])
  return getCreateAddress({ from: addressOfKey(key), nonce }).toLowerCase()
}

function counterparty(kind: (typeof COUNTERPARTIES)[number]): MemberRegistration {
  return {
    kind,
    account: addressOfKey(keyOf(kind)),
    tradingKey: null,
    meterKey: null,
    quantityLimitWh: 0n,
    connectionPoint: `0x${'00'.repeat(32)}`,
  }
}

function registrationOf(household: ApiHousehold): MemberRegistration {
  return {
    kind: 'household',
    account: addressOfKey(household.accountKey),
    tradingKey: tradingAddressOf(household),
    meterKey: addressOfKey(household.meterKey),
    quantityLimitWh: BigInt(QUANTITY_LIMIT),
    connectionPoint: `0x${household.memberId.toString(16).padStart(64, '0')}`,
  }
}

function recordOf(household: ApiHousehold) {
  return {
    memberId: household.memberId,
    area: AREA,
    name: household.name,
    account: addressOfKey(household.accountKey),
    tradingKey: tradingAddressOf(household),
    meterKey: addressOfKey(household.meterKey),
    connectionPoint: `connection-${household.memberId}`,
    connectionPointSalt: `0x${'00'.repeat(32)}`,
    connectionCapacityW: 17_250,
    pvCapacityW: 5_000,
  }
}
