import { expect } from 'vitest'
import type { HouseholdPart } from '../../services/domain/identity/household-data.ts'
import { tradingDayOf } from '../../services/domain/units.ts'
import { FIRST_PERIOD } from './api-market.ts'
import type { Browser } from './api-signed-in.ts'

const DAY = tradingDayOf(FIRST_PERIOD)

/** The parts that addresses of their own show. */
export const ALL_PARTS: HouseholdPart[] = ['membership', 'quarter-hours', 'statements', 'orders', 'evidence']

/** Every address that shows something of one household, with the part of its data that it is. */
function addressesOf(memberId: number): readonly (readonly [HouseholdPart, string])[] {
  const home = `/api/households/${memberId}`
  return [
    ['membership', home],
    ['quarter-hours', `${home}/periods`],
    ['statements', `${home}/summary`],
    ['orders', `${home}/orders`],
    ['statements', `${home}/statements?from=${DAY}&to=${DAY}`],
    ['statements', `${home}/statements/${DAY}/0`],
    ['evidence', `${home}/statements/${DAY}/0/challenge`],
    ['evidence', `${home}/statements/${DAY}/0/challenge/${FIRST_PERIOD}`],
    ['evidence', `${home}/evidence?from=${FIRST_PERIOD}&to=${FIRST_PERIOD}`],
    ['evidence', `/api/ledger/trace/${FIRST_PERIOD}/${memberId}`],
  ]
}

/** The parts that are shown, each of them wholly or not at all. */
export async function partsShown(browser: Pick<Browser, 'get'>, memberId: number): Promise<HouseholdPart[]> {
  const shown = new Map<HouseholdPart, boolean>()
  for (const [part, address] of addressesOf(memberId)) {
    const { status } = await browser.get(address)
    const isShown = status !== 401 && status !== 403
    expect(isShown, `${address}: ${status}`).toBe(shown.get(part) ?? isShown)
    shown.set(part, isShown)
  }
  return [...shown].flatMap(([part, isShown]) => (isShown ? [part] : []))
}
