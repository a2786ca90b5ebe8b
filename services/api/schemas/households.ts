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
  readingQuality,
  savingMicroEuro,
  sessionState,
  settlementRun,
  side,
  tradingDay,
  unixTime,
} from './scalars.ts'
import { run, settlementState } from './sessions.ts'

const delegation = z
  .object({
    key: address,
    mayBid: z.boolean(),
    mayOffer: z.boolean(),
    quantityLimitWh: energyWh,
    lowestPriceMicroEuroPerKwh: priceMicroEuroPerKwh,
    highestPriceMicroEuroPerKwh: priceMicroEuroPerKwh,
    expiry: unixTime,
  })
  .meta({ id: 'Delegation', description: 'The key to which a household delegates its trading, within limits.' })

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
    mayBid: z.boolean().meta({ description: 'Whether its credentials let it bid.' }),
    mayOffer: z.boolean().meta({ description: 'Whether its credentials let it offer; a consumer only bids.' }),
    tradesUntil: unixTime.meta({ description: 'Up to when its credentials let it trade; 0 where they do not.' }),
    balanceMicroEuro,
    debtMicroEuro: balanceMicroEuro,
    creditLineMicroEuro: balanceMicroEuro.meta({ description: 'How far it may trade beyond its balance.' }),
    delegation: delegation.nullable(),
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
    energyMicroEuro: amountMicroEuro.meta({ description: 'Energy traded, at the clearing price.' }),
    imbalanceMicroEuro: amountMicroEuro.meta({ description: 'Metered minus traded, with the supplier.' }),
    gridTariffMicroEuro: amountMicroEuro.meta({ description: 'Transport, to the DSO.' }),
    leviesMicroEuro: amountMicroEuro.meta({ description: 'On energy imported, to the tax authority.' }),
    platformFeeMicroEuro: amountMicroEuro.meta({ description: 'On energy bought, to the platform operator.' }),
    totalMicroEuro: amountMicroEuro,
    tariffOnlyMicroEuro: amountMicroEuro
      .nullable()
      .meta({ description: 'The same reading billed without the market; null without a reading.' }),
    savingMicroEuro: savingMicroEuro
      .nullable()
      .meta({ description: 'tariffOnly minus total; null without a reading.' }),
  })
  .meta({ id: 'StatementLines', description: 'Positive: the household pays. Negative: it receives.' })

export const periodStatement = statementLines
  .extend({ run: settlementRun, quality: readingQuality, settlementState })
  .meta({
    id: 'PeriodStatement',
    description: 'The latest statement of a delivery period, and how far the settlement of its day has come.',
  })

export const householdDay = z
  .object({
    day: tradingDay,
    startsAt: unixTime,
    state: settlementState,
    periodCount: count,
    estimatedCount: count.meta({ description: 'Quarter-hours whose reading is estimated.' }),
    totalMicroEuro: amountMicroEuro.meta({ description: 'By the latest statement of each quarter-hour.' }),
    correctionsMicroEuro: amountMicroEuro.meta({
      description: "What challenges moved between the household and the market operator's bond.",
    }),
    runs: z.array(
      run
        .extend({
          paymentMicroEuro: amountMicroEuro
            .nullable()
            .meta({ description: 'What the run has the household pay; null where it has no statement in it.' }),
        })
        .meta({ id: 'HouseholdRun' }),
    ),
  })
  .meta({ id: 'HouseholdDay', description: "A household's day, and what each settlement run has moved of it." })

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
      .object({ importWh: energyWh, exportWh: energyWh, quality: readingQuality, version: count })
      .nullable()
      .meta({ description: 'Null: not known; once the period is metered, there is none.' }),
    fills: z.array(periodFill),
    boughtWh: energyWh,
    soldWh: energyWh,
    priceMicroEuroPerKwh: priceMicroEuroPerKwh.nullable(),
    statement: periodStatement.nullable().meta({ description: 'Null until the operator drew it up.' }),
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
    periodCount: count.meta({ description: 'Delivery periods in the span whose statements are drawn up.' }),
    periodsWithoutReading: count,
    estimatedCount: count.meta({ description: 'Delivery periods whose reading is estimated.' }),
    provisionalFrom: deliveryPeriod.nullable().meta({
      description: 'From this delivery period on amounts are provisional: the settlement of its day is not paid.',
    }),
    importWh: energyWh,
    exportWh: energyWh,
    boughtWh: energyWh,
    soldWh: energyWh,
    energyMicroEuro: amountMicroEuro,
    imbalanceMicroEuro: amountMicroEuro,
    gridTariffMicroEuro: amountMicroEuro,
    leviesMicroEuro: amountMicroEuro,
    platformFeeMicroEuro: amountMicroEuro,
    totalMicroEuro: amountMicroEuro,
    tariffOnlyMicroEuro: amountMicroEuro.meta({ description: 'Over the periods with a reading alone.' }),
    savingMicroEuro: savingMicroEuro.meta({
      description: 'tariffOnly minus total, over the periods with a reading alone.',
    }),
    settlementDays: z.array(householdDay).meta({ description: 'The days of the span, newest first, each as a whole.' }),
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
    isSuperseded: z
      .boolean()
      .meta({ description: 'Whether an order of the same side with a greater salt counts in its place.' }),
    filledWh: energyWh.nullable().meta({ description: 'Null until cleared, and where the order took no part.' }),
  })
  .meta({ id: 'HouseholdOrder' })

export const householdOrders = z
  .object({
    period: deliveryPeriod,
    sessionState,
    isSealed: z
      .boolean()
      .meta({ description: 'Whether the session is not cleared yet: until then the orders are not shown.' }),
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
