import { randomBytes } from 'node:crypto'
import { readMembers } from '../../services/chain/members.ts'
import { connectLedger } from '../../services/chain/ledger.ts'
import {
  deployContracts,
  fundAccounts,
  openArea,
  publishEnergyRates,
  registerMembers,
  setTariff,
} from '../../services/chain/deploy.ts'
import { addressOfKey } from '../../services/chain/typed-data.ts'
import { connectionPointCommitmentOf } from '../../services/domain/grid/connection-point.ts'
import { writeHouseholds } from '../../services/store/households.ts'
import { writeLedger } from '../../services/store/ledger.ts'
import type { Store } from '../../services/store/connect.ts'
import { money, rate, type DeliveryPeriod, type Money, type Rate } from '../../services/domain/units.ts'
import { makeHouseholdKeys, writeHouseholdKeys, type KeySource, type RoleKeys } from './keys.ts'

/** The only area of this version. */
export const AREA = 1

export type HouseholdPlan = {
  readonly name: string
  readonly connectionCapacityW: number
  readonly pvCapacityW: number
}

export type NeighbourhoodPlan = {
  readonly households: readonly HouseholdPlan[]
  readonly firstPeriod: DeliveryPeriod
  readonly lastPeriod: DeliveryPeriod
  readonly gateClosureLeadSeconds: number
  readonly readingDeadlineSeconds: number
  /** Rates where none are published for a period. */
  readonly retail: Rate
  readonly feedIn: Rate
  readonly grid: Rate
  readonly gridLocal: Rate
  /** Retail and feed-in of each period from `firstPeriod`, where they change. */
  /** What every household starts with; at least HOUSEHOLD_DEPOSIT. */
  readonly householdDeposit?: Money
  readonly energyRates?: readonly { readonly retail: Rate; readonly feedIn: Rate }[]
}

export const HOUSEHOLD_DEPOSIT: Money = money(10_000_000_000n)
export const INSTITUTION_DEPOSIT: Money = money(10_000_000_000_000n)

export const DEFAULT_RATES = {
  retail: rate(300_000n),
  feedIn: rate(80_000n),
  grid: rate(80_000n),
  gridLocal: rate(40_000n),
}

/**
 * Deploys the contracts, opens the area, registers supplier, DSO and households with new keys and deposits, and writes
 * down which ledger the database follows. The last step makes it count: an interrupted set-up is made anew.
 */
export async function setUpNeighbourhood(options: {
  readonly plan: NeighbourhoodPlan
  readonly ledgerUrl: string
  readonly store: Store
  readonly dataFolder: string
  readonly roleKeys: RoleKeys
  readonly keySource: KeySource
}): Promise<void> {
  const { plan, ledgerUrl, store, roleKeys, keySource } = options
  const { addresses, deploymentHash } = await deployContracts({
    url: ledgerUrl,
    keys: {
      administrator: roleKeys.administrator,
      marketOperator: roleKeys['market-operator'],
      gateway: roleKeys.gateway,
      supplier: roleKeys.supplier,
      dso: roleKeys.dso,
      settlementBank: roleKeys['settlement-bank'],
    },
  })
  const ledger = await connectLedger({ url: ledgerUrl, addresses })
  try {
    await openArea(ledger, roleKeys.administrator, AREA, plan)
    await setTariff(ledger, { supplierKey: roleKeys.supplier, dsoKey: roleKeys.dso }, AREA, plan)
    if (plan.energyRates !== undefined)
      await publishEnergyRates(ledger, roleKeys.supplier, AREA, plan.firstPeriod, plan.energyRates)

    const keys = makeHouseholdKeys(
      plan.households.map(({ name }) => name),
      keySource,
    )
    const households = plan.households.map((household, position) => {
      const { tradingKey, meterKey } = keys[position]!
      const salt = keySource(`connection-point:${household.name}`)
      return {
        ...household,
        tradingKey,
        meterKey,
        connectionPoint: `connection-${position + 1}`,
        connectionPointSalt: salt,
        account: addressOfKey(keySource(`account:${household.name}`)),
      }
    })
    const noCommitment = `0x${'00'.repeat(32)}`
    await registerMembers(ledger, roleKeys.administrator, AREA, [
      {
        kind: 'supplier',
        account: addressOfKey(roleKeys.supplier),
        tradingKey: null,
        meterKey: null,
        quantityLimitWh: 0n,
        connectionPoint: noCommitment,
      },
      {
        kind: 'dso',
        account: addressOfKey(roleKeys.dso),
        tradingKey: null,
        meterKey: null,
        quantityLimitWh: 0n,
        connectionPoint: noCommitment,
      },
      ...households.map((household) => ({
        kind: 'household' as const,
        account: household.account,
        tradingKey: addressOfKey(household.tradingKey),
        meterKey: addressOfKey(household.meterKey),
        quantityLimitWh: BigInt(Math.ceil(household.connectionCapacityW / 4)),
        connectionPoint: connectionPointCommitmentOf(household.connectionPoint, household.connectionPointSalt),
      })),
    ])
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
    const registered = households.map((household) => ({
      ...household,
      memberId: memberIdOf.get(addressOfKey(household.tradingKey))!,
    }))
    await writeHouseholdKeys(
      options.dataFolder,
      registered.map(({ memberId, name, tradingKey, meterKey }) => ({ memberId, name, tradingKey, meterKey })),
    )
    await writeHouseholds(
      store,
      registered.map((household) => ({
        memberId: household.memberId,
        area: AREA,
        name: household.name,
        account: household.account,
        tradingKey: addressOfKey(household.tradingKey),
        meterKey: addressOfKey(household.meterKey),
        connectionPoint: household.connectionPoint,
        connectionPointSalt: household.connectionPointSalt,
        connectionCapacityW: household.connectionCapacityW,
        pvCapacityW: household.pvCapacityW,
      })),
    )
    await writeLedger(store, { chainId: Number(ledger.chainId), deploymentHash, addresses })
  } finally {
    ledger.close()
  }
}

export function newServicePassword(): string {
  return randomBytes(24).toString('hex')
}
