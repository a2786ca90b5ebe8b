import { z } from 'zod'
import {
  address,
  afterMember,
  amountMicroEuro,
  balanceMicroEuro,
  beforePeriod,
  count,
  days,
  deliveryPeriod,
  energyWh,
  hash,
  limit,
  memberId,
  memberIdInPath,
  pageOf,
  priceMicroEuroPerKwh,
  savingMicroEuro,
  sessionState,
  side,
  unixTime,
} from './scalars.ts'

export const household = z
  .object({
    memberId,
    name: z.string(),
    account: address,
    tradingKey: address,
    meterKey: address,
    quantityLimitWh: energyWh.meta({ description: 'The most that one order may ask for or offer.' }),
    connectionCapacityW: count,
    pvCapacityW: count,
    activeUntil: unixTime.nullable().meta({ description: 'Deactivated at this time; null while active.' }),
    balanceMicroEuro,
    debtMicroEuro: balanceMicroEuro,
  })
  .meta({ id: 'Household' })

export const householdPage = z
  .object({
    items: z.array(household),
    nextAfter: memberId.nullable().meta({ description: '`after` of the next page; null on the last.' }),
  })
  .meta({ id: 'HouseholdPage', description: 'Households, ascending by number.' })

export const statementLines = z
  .object({
    marketMicroEuro: amountMicroEuro.meta({ description: 'Energy traded, at the clearing price.' }),
    imbalanceMicroEuro: amountMicroEuro.meta({ description: 'Metered minus traded, with the supplier.' }),
    gridTariffMicroEuro: amountMicroEuro.meta({ description: 'Transport, to the DSO.' }),
    totalMicroEuro: amountMicroEuro,
    tariffOnlyMicroEuro: amountMicroEuro
      .nullable()
      .meta({ description: 'The same reading billed without the market; null without a reading.' }),
    savingMicroEuro: savingMicroEuro
      .nullable()
      .meta({ description: 'tariffOnly minus total; null without a reading.' }),
  })
  .meta({ id: 'StatementLines', description: 'Positive: the household pays. Negative: it receives.' })

const periodFill = z
  .object({
    digest: hash,
    side,
    quantityWh: energyWh,
    limitPriceMicroEuroPerKwh: priceMicroEuroPerKwh,
    filledWh: energyWh,
  })
  .meta({ id: 'PeriodFill' })

export const householdPeriod = z
  .object({
    period: deliveryPeriod,
    sessionState,
    reading: z
      .object({ importWh: energyWh, exportWh: energyWh })
      .nullable()
      .meta({ description: 'Null: not known; once the period is metered, there is none.' }),
    fills: z.array(periodFill),
    boughtWh: energyWh,
    soldWh: energyWh,
    priceMicroEuroPerKwh: priceMicroEuroPerKwh.nullable(),
    statement: statementLines.nullable().meta({ description: 'Null until the operator made it up.' }),
    paymentMicroEuro: amountMicroEuro
      .nullable()
      .meta({ description: 'The payment on the ledger; null until settled, 0 where settled without a payment.' }),
  })
  .meta({ id: 'HouseholdPeriod' })

export const householdPeriodPage = pageOf(householdPeriod, 'HouseholdPeriodPage')

export const householdSummary = z
  .object({
    memberId,
    name: z.string(),
    days: count,
    firstPeriod: deliveryPeriod.nullable(),
    lastPeriod: deliveryPeriod.nullable(),
    periodCount: count.meta({ description: 'Settled delivery periods of the household in the span.' }),
    periodsWithoutReading: count,
    importWh: energyWh,
    exportWh: energyWh,
    boughtWh: energyWh,
    soldWh: energyWh,
    marketMicroEuro: amountMicroEuro,
    imbalanceMicroEuro: amountMicroEuro,
    gridTariffMicroEuro: amountMicroEuro,
    totalMicroEuro: amountMicroEuro,
    tariffOnlyMicroEuro: amountMicroEuro.meta({ description: 'Over the periods with a reading alone.' }),
    savingMicroEuro: savingMicroEuro.meta({
      description: 'tariffOnly minus total, over the periods with a reading alone.',
    }),
    balanceMicroEuro,
    debtMicroEuro: balanceMicroEuro,
  })
  .meta({ id: 'HouseholdSummary' })

export const householdOrder = z
  .object({
    digest: hash,
    side,
    quantityWh: energyWh,
    limitPriceMicroEuroPerKwh: priceMicroEuroPerKwh,
    receivedAt: unixTime.nullable(),
    filledWh: energyWh.nullable().meta({ description: 'Null until cleared.' }),
  })
  .meta({ id: 'HouseholdOrder' })

export const householdOrders = z
  .object({
    period: deliveryPeriod,
    isSealed: z.boolean().meta({ description: 'Whether the gate is still open: then the orders are not shown.' }),
    orders: z.array(householdOrder),
  })
  .meta({ id: 'HouseholdOrders', description: 'Delivery period for which the household has placed an order.' })

export const householdOrdersPage = pageOf(householdOrders, 'HouseholdOrdersPage')

export const householdListQuery = z.object({ after: afterMember, limit })
export const householdPath = z.object({ memberId: memberIdInPath })
export const householdPeriodsQuery = z.object({ before: beforePeriod, limit })
export const householdSummaryQuery = z.object({ days })

export type Household = z.infer<typeof household>
export type HouseholdPage = z.infer<typeof householdPage>
export type HouseholdPeriod = z.infer<typeof householdPeriod>
export type HouseholdPeriodPage = z.infer<typeof householdPeriodPage>
export type HouseholdSummary = z.infer<typeof householdSummary>
export type HouseholdOrdersPage = z.infer<typeof householdOrdersPage>
