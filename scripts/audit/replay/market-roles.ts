import type { ContractName } from '../../../services/chain/ledger.ts'
import type { Role } from '../../../services/domain/identity/role.ts'
import type { Callers } from './callers.ts'
import { EVERY_AREA, type Credentials } from './credentials.ts'
import type { LedgerEvent } from './ledger-event.ts'

/** Which role each function asks its caller for, and in which area: that of the event, or that of its member. */
const RESTRICTED: readonly (readonly [
  ContractName,
  event: string,
  functions: readonly string[],
  Role,
  area: 'area' | 'member',
])[] = [
  ['memberRegistry', 'MemberRegistered', ['registerMembers'], 'community-manager', 'area'],
  ['memberRegistry', 'MemberDeactivated', ['deactivateMember'], 'community-manager', 'area'],
  ['areaRegistry', 'AreaOpened', ['openArea'], 'regulator', 'area'],
  ['areaRegistry', 'LevySet', ['setLevy'], 'tax-authority', 'area'],
  ['areaRegistry', 'PlatformFeeSet', ['setPlatformFee'], 'platform-operator', 'area'],
  ['areaRegistry', 'DefaultEnergyRatesSet', ['setDefaultEnergyRates'], 'supplier', 'area'],
  ['areaRegistry', 'EnergyRatesPublished', ['publishEnergyRates'], 'supplier', 'area'],
  ['areaRegistry', 'GridTariffSet', ['setGridTariff'], 'dso', 'area'],
  ['areaRegistry', 'GridRatesPublished', ['publishGridRates'], 'dso', 'area'],
  ['tradingDays', 'KeysSealed', ['sealKeys'], 'market-operator', 'area'],
  ['tradingDays', 'PageSealed', ['publishSealedKeys'], 'market-operator', 'area'],
  ['settlement', 'StatementsCommitted', ['commitStatements'], 'market-operator', 'area'],
  ['congestionPoints', 'PointRegistered', ['registerPoint'], 'dso', 'area'],
  ['flexCalendars', 'UtcOffsetSet', ['setUtcOffset'], 'dso', 'area'],
  ['flexCalendars', 'HolidaysSet', ['setHolidays'], 'dso', 'area'],
  ['flexSettlement', 'FlexStatementsCommitted', ['commitRun'], 'market-operator', 'area'],
  ['accounts', 'CreditLineSet', ['setCreditLine'], 'community-manager', 'member'],
  ['accounts', 'BondWithdrawalAnnounced', ['announceBondWithdrawal'], 'market-operator', 'area'],
  ['accounts', 'BondWithdrawn', ['withdrawBond'], 'market-operator', 'area'],
]

/** Checks that whoever made a call that asks for a role of the market held a credential of it then. */
export function createMarketRoles(
  credentials: Credentials,
  callers: Callers,
  areaOfMember: (memberId: number) => number | undefined,
) {
  let checkedCalls = 0

  const requireRole = (event: LedgerEvent, name: string, roles: readonly Role[], area: number): void => {
    const who = `who did not hold the role of the ${roles.join(' or ')}`
    const place = area === EVERY_AREA ? {} : { area }
    const isSeen = callers.requireMay(event, { check: 'roles', name, who, place }, (account) =>
      roles.some((role) => credentials.holds(account, role, area, event.time)),
    )
    if (isSeen) checkedCalls += 1
  }

  return {
    checkedCalls: () => checkedCalls,
    see: (event: LedgerEvent): void => {
      for (const [contract, name, functions, role, of] of RESTRICTED) {
        if (contract !== event.contract || name !== event.name) continue
        const called = event.calls.find((call) => call.contract === contract && functions.includes(call.name))
        const area = of === 'member' ? areaOfMember(event.fields.number('memberId')) : event.fields.number('area')
        requireRole(event, called?.name ?? functions[0]!, [role], area ?? EVERY_AREA)
      }
      if (event.contract === 'flexProducts' && event.name === 'ProductDefined') {
        requireRole(event, 'defineProduct', ['dso', 'tso'], event.fields.number('area'))
      }
      const isMint =
        event.contract === 'settlementCurrency' &&
        event.name === 'Transfer' &&
        /^0x0{40}$/.test(event.fields.text('from'))
      if (isMint) requireRole(event, 'mint', ['settlement-bank'], EVERY_AREA)
    },
  }
}

export type MarketRoles = ReturnType<typeof createMarketRoles>
