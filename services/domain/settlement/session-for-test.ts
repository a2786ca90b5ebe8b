import { deliveryPeriod, rate } from '../units.ts'
import type { PeriodFacts } from './statement.ts'

export const SUPPLIER = 1
export const DSO = 2
export const TAX_AUTHORITY = 3
export const PLATFORM_OPERATOR = 4

export const tariff = {
  retail: rate(300_000n),
  feedIn: rate(100_000n),
  grid: rate(60_000n),
  gridLocal: rate(20_000n),
  levy: rate(30_000n),
  platformFee: rate(5_000n),
}

/** A session in which nothing happened, but for what the test says. */
export const session = (overrides: Partial<PeriodFacts>): PeriodFacts => ({
  period: deliveryPeriod(100),
  fills: [],
  price: null,
  readingVersion: 0,
  readings: [],
  tariff,
  supplier: SUPPLIER,
  dso: DSO,
  taxAuthority: TAX_AUTHORITY,
  platformOperator: PLATFORM_OPERATOR,
  ...overrides,
})
