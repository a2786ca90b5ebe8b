import { z } from 'zod'
import {
  address,
  bytesHex,
  count,
  dayInPath,
  deliveryPeriod,
  fromPeriod,
  hash,
  limit,
  memberId,
  memberIdInPath,
  readingQuality,
  toPeriod,
  tradingDay,
  unixTime,
  wholeNumber,
} from './scalars.ts'

const LARGEST_ID = 2 ** 31 - 1
export const LONGEST_LOADING_PERIODS = 7 * 96

const idInPath = (what: string) => wholeNumber(1, LARGEST_ID, `Number of the ${what} on the ledger.`)
const ledgerId = z.number().int().min(1)
const powerW = z
  .string()
  .regex(/^\d{1,10}$/)
  .meta({ description: 'W, the mean of a delivery period.' })
const deviationW = z
  .string()
  .regex(/^-?\d{1,10}$/)
  .meta({ description: 'W by which to deviate from the baseline; positive is more consumption.' })
const loadingW = z
  .string()
  .regex(/^-?\d{1,15}$/)
  .meta({ description: 'W; positive is consumption.' })
const amountWh = z
  .string()
  .regex(/^\d{1,20}$/)
  .meta({ description: 'Wh, 0 or more.' })
const flowWh = z
  .string()
  .regex(/^-?\d{1,20}$/)
  .meta({ description: 'Wh; positive flows towards the prosumer.' })
const amountMicroEuro = z
  .string()
  .regex(/^\d{1,20}$/)
  .meta({ description: 'Micro-euro, 0 or more.' })
const signedMicroEuro = z.string().regex(/^-?\d{1,20}$/)
const rateMicroEuroPerKwh = z
  .string()
  .regex(/^\d{1,30}$/)
  .meta({ description: 'Micro-euro per kWh.' })
const direction = z.enum(['consume-less', 'consume-more'])

export const productList = z
  .object({
    items: z.array(
      z
        .object({
          productId: ledgerId,
          name: z.string(),
          buyer: address,
          isRetired: z.boolean(),
          purpose: z.enum(['power', 'voltage', 'transfer-capacity', 'energy']),
          level: z.enum(['household', 'microgrid', 'cell', 'region', 'system']),
          direction,
          activationLeadSeconds: count,
          longestActivationSeconds: count,
          recoverySeconds: count,
          minimumSizeW: powerW,
          availabilityPriceMicroEuro: amountMicroEuro.meta({ description: 'The most per kW and period.' }),
          utilisationPriceMicroEuroPerKwh: rateMicroEuroPerKwh,
          resolutionSeconds: count,
          baseline: z
            .record(z.string(), z.unknown())
            .meta({ description: 'The method by its name, its parameters, and what stands in for it as `fallback`.' }),
          penalty: z.array(z.object({ abovePermille: count, priceMicroEuroPerKwh: rateMicroEuroPerKwh })),
        })
        .meta({ id: 'FlexProduct' }),
    ),
  })
  .meta({ id: 'FlexProductList' })

const capacity = { consumptionW: powerW, feedInW: powerW }
const point = z
  .object({
    pointId: ledgerId,
    entityAddress: z.string(),
    ...capacity,
    limits: z.array(z.object({ number: count, firstPeriod: count, lastPeriod: count, ...capacity })),
    connections: count.meta({ description: 'Connection points behind it.' }),
  })
  .meta({ id: 'CongestionPoint' })
export const pointList = z.object({ items: z.array(point) }).meta({ id: 'CongestionPointList' })
export const pointPath = z.object({ pointId: idInPath('congestion point') })
export const loadingQuery = z.object({ fromPeriod, toPeriod })
export const pointLoading = z
  .object({
    pointId: ledgerId,
    periods: z.array(
      z.object({
        deliveryPeriod,
        ...capacity,
        meteredW: loadingW.nullable().meta({
          description: 'By committed readings, each by its effect; null where homes behind the point have none.',
        }),
        forecast: z
          .object({ expectedW: loadingW, lowW: loadingW, highW: loadingW })
          .nullable()
          .meta({ description: 'As it was made last; null where there is none.' }),
      }),
    ),
  })
  .meta({ id: 'CongestionPointLoading' })

const requestedPeriods = z.array(
  z.object({
    deliveryPeriod,
    disposition: z.enum(['requested', 'available']),
    minPowerW: deviationW,
    maxPowerW: deviationW,
  }),
)
const request = z.object({
  requestId: ledgerId,
  pointId: ledgerId,
  productId: ledgerId,
  reservationId: ledgerId.nullable(),
  supersedes: ledgerId.nullable(),
  state: z.enum(['open', 'superseded', 'cancelled']),
  expiresAt: unixTime,
  revealUntil: unixTime,
  priceCapMicroEuroPerKwh: rateMicroEuroPerKwh,
  periods: requestedPeriods,
})
export const requestQuery = z.object({ limit })
export const requestList = z
  .object({ items: z.array(request.meta({ id: 'FlexRequest' })) })
  .meta({ id: 'FlexRequestList' })
export const requestPath = z.object({ requestId: idInPath('flex request') })
const powers = z.array(z.object({ deliveryPeriod, powerW: deviationW }))
export const requestDetail = request
  .extend({
    sealedOffers: count.meta({ description: 'Offers that are not opened: nobody knows what they say.' }),
    options: z
      .array(
        z.object({
          offerId: ledgerId,
          option: count,
          portfolioId: ledgerId,
          offerState: z.enum(['opened', 'revoked', 'ordered']),
          priceMicroEuro: amountMicroEuro,
          minActivationFactorHundredths: count,
          effectWh: amountWh.meta({ description: 'At the congestion point, in requested periods.' }),
          effectPriceMicroEuroPerKwh: rateMicroEuroPerKwh
            .nullable()
            .meta({ description: 'Per kWh of effect; null where it has none.' }),
          isWithinCap: z.boolean(),
          periods: powers,
        }),
      )
      .meta({
        description: 'Of opened offers, the cheapest for its effect first; of an offer at most one is ordered.',
      }),
    orders: z.array(ledgerId),
  })
  .meta({ id: 'FlexRequestDetail' })

const settled = z.object({
  deliveryPeriod,
  powerW: deviationW,
  orderedWh: amountWh,
  servedWh: amountWh.meta({ description: 'What other services leave of it.' }),
  settlement: z
    .object({
      deliveredWh: amountWh,
      deficiencyWh: amountWh,
      priceMicroEuro: amountMicroEuro,
      paymentMicroEuro: amountMicroEuro,
      penaltyMicroEuro: amountMicroEuro,
      netMicroEuro: signedMicroEuro.meta({ description: 'Payment less penalty, which is settled.' }),
      fullPriceMicroEuro: signedMicroEuro.meta({
        description: "USEF's NetSettlement: the full price less the penalty, whatever was delivered.",
      }),
    })
    .nullable()
    .meta({ description: 'Null before it is committed.' }),
})
export const flexOrder = z
  .object({
    orderId: ledgerId,
    state: z.enum(['binding', 'annulled', 'cancelled']),
    isTest: z.boolean(),
    portfolioId: ledgerId,
    productId: ledgerId,
    pointId: ledgerId,
    offerId: ledgerId.nullable(),
    reservationId: ledgerId.nullable(),
    option: count.nullable(),
    activationFactorHundredths: count,
    priceMicroEuro: amountMicroEuro,
    pledgeMicroEuro: amountMicroEuro,
    orderedAt: unixTime,
    orderedTransaction: hash,
    run: z.enum(['open', 'committed', 'void', 'paid']).meta({ description: 'Of the last day of the order.' }),
    periods: z.array(settled),
  })
  .meta({ id: 'FlexOrder' })
export const orderQuery = z.object({ fromPeriod, toPeriod })
export const flexOrderList = z.object({ items: z.array(flexOrder) }).meta({ id: 'FlexOrderList' })
export const flexOrderPath = z.object({ orderId: idInPath('flex order') })

const membership = z.object({
  portfolioId: ledgerId,
  productId: ledgerId,
  from: unixTime,
  until: unixTime,
  consent: hash,
})
const queued = z.object({
  portfolioId: ledgerId,
  productId: ledgerId,
  pointId: ledgerId,
  state: z.enum(['waiting', 'prequalified', 'rejected']),
  askedW: powerW,
  askedAt: unixTime,
  evidence: hash,
  powerW: powerW.meta({ description: 'What is prequalified; 0 for nothing.' }),
  until: unixTime.nullable(),
  reason: z.string().nullable(),
})
const portfolio = z.object({
  portfolioId: ledgerId,
  aggregator: memberId,
  name: z.string(),
  feePermille: count,
  split: z.enum(['by-delivery', 'shapley']),
})
export const portfolioList = z
  .object({ items: z.array(portfolio.meta({ id: 'FlexPortfolio' })) })
  .meta({ id: 'FlexPortfolioList' })
export const portfolioPath = z.object({ portfolioId: idInPath('portfolio') })
export const portfolioDetail = portfolio
  .extend({
    members: z.array(membership.extend({ memberId })).meta({ description: 'Every consent that was given to it.' }),
    prequalifications: z.array(queued),
  })
  .meta({ id: 'FlexPortfolioDetail' })
export const queueList = z
  .object({ items: z.array(queued.meta({ id: 'QueuedPortfolio' })) })
  .meta({ id: 'QueuedPortfolioList' })
export const queuePath = z.object({
  pointId: idInPath('congestion point'),
  productId: idInPath('product'),
  portfolioId: idInPath('portfolio'),
})
export const queueDecision = z.object({
  askedAt: unixTime.meta({ description: 'When it asked: another request is decided anew.' }),
  refusal: z.string().trim().min(1).max(200).nullable().meta({ description: 'Why not; null approves.' }),
})

export const proposalList = z
  .object({
    items: z.array(
      z
        .object({
          proposalId: z.string(),
          pointId: ledgerId,
          productId: ledgerId,
          day: tradingDay,
          direction,
          priceCapMicroEuroPerKwh: rateMicroEuroPerKwh,
          periods: requestedPeriods,
          proposedAt: unixTime,
          state: z.enum(['proposed', 'approved', 'rejected', 'requested', 'expired']),
          requestId: ledgerId.nullable(),
        })
        .meta({ id: 'RequestProposal' }),
    ),
  })
  .meta({ id: 'RequestProposalList' })
export const proposalPath = z.object({ proposalId: z.string().min(1).max(200) })
export const proposalDecision = z.object({ verdict: z.enum(['approved', 'rejected']) })

export const householdFlexPath = z.object({ memberId: memberIdInPath })
export const householdFlex = z
  .object({
    memberId,
    memberships: z.array(membership),
    dispatches: z
      .array(
        z.object({
          orderId: ledgerId,
          device: address,
          mode: z.enum(['commandable', 'informational']),
          state: z.string(),
          detail: z.string(),
          periods: z.array(z.object({ deliveryPeriod, setPointW: z.number(), movedW: z.number() })),
          createdAt: unixTime,
        }),
      )
      .meta({ description: 'What was asked of its devices, the latest first; at most 200.' }),
    days: z
      .array(
        z.object({
          day: tradingDay,
          deliveredWh: amountWh,
          chargesMicroEuro: amountMicroEuro,
          creditsMicroEuro: amountMicroEuro,
          run: z.enum(['open', 'committed', 'void', 'paid']),
        }),
      )
      .meta({ description: 'What it delivered, paid and received by day, the latest first; at most 60.' }),
  })
  .meta({ id: 'HouseholdFlexibility' })

const place = {
  position: count.meta({ description: 'Of the leaf in its tree, from 0.' }),
  siblings: z.array(bytesHex).meta({ description: 'Hash 32, a 8, b 8 bytes, from the leaf upwards.' }),
  salt: hash,
}
export const householdFlexDayPath = z.object({ memberId: memberIdInPath, day: dayInPath })
export const householdFlexDay = z
  .object({
    memberId,
    day: tradingDay,
    run: z.enum(['open', 'committed', 'void', 'paid']),
    root: hash.meta({ description: 'Of the tree of statements.' }),
    statement: z.object({
      ...place,
      entriesRoot: hash,
      chargesMicroEuro: amountMicroEuro,
      creditsMicroEuro: amountMicroEuro,
    }),
    entries: z
      .array(
        z.object({
          deliveryPeriod,
          ...place,
          deliveredWh: amountWh,
          revenueMicroEuro: amountMicroEuro,
          penaltyMicroEuro: amountMicroEuro,
          correctionMicroEuro: signedMicroEuro.meta({ description: 'Transfer of energy: paid where positive.' }),
        }),
      )
      .meta({ description: 'Of the periods in which it delivered, paid or received anything.' }),
    assets: z
      .array(
        z.object({
          orderId: ledgerId,
          deliveryPeriod,
          ...place,
          assetsRoot: hash,
          baselineWh: flowWh.nullable(),
          realisedWh: flowWh,
          quality: readingQuality,
          readingVersion: count,
          askedWh: amountWh,
          attributedWh: amountWh.nullable().meta({ description: 'Null where an order before was the other way.' }),
          beforeWh: amountWh,
          missingBeforeWh: amountWh,
          deliveredWh: amountWh,
          revenueMicroEuro: amountMicroEuro,
          penaltyMicroEuro: amountMicroEuro,
          source: bytesHex.nullable().meta({ description: 'How the baseline was found; the leaf has its hash.' }),
        }),
      )
      .meta({ description: 'Its leaves, with which it challenges them.' }),
  })
  .meta({ id: 'HouseholdFlexibilityDay' })

export type ProductList = z.infer<typeof productList>
export type PointList = z.infer<typeof pointList>
export type PointLoading = z.infer<typeof pointLoading>
export type FlexRequestList = z.infer<typeof requestList>
export type FlexRequestDetail = z.infer<typeof requestDetail>
export type FlexOrderList = z.infer<typeof flexOrderList>
export type FlexOrderView = z.infer<typeof flexOrder>
export type PortfolioList = z.infer<typeof portfolioList>
export type PortfolioDetail = z.infer<typeof portfolioDetail>
export type QueueList = z.infer<typeof queueList>
export type QueuePath = z.infer<typeof queuePath>
export type QueueDecisionSent = z.infer<typeof queueDecision>
export type ProposalList = z.infer<typeof proposalList>
export type ProposalDecisionSent = z.infer<typeof proposalDecision>
export type HouseholdFlex = z.infer<typeof householdFlex>
export type HouseholdFlexDay = z.infer<typeof householdFlexDay>
