import { z } from 'zod'
import {
  idInPath,
  ledgerId,
  powerW,
  deviationW,
  loadingW,
  amountWh,
  amountMicroEuro,
  signedMicroEuro,
  rateMicroEuroPerKwh,
  direction,
  membership,
} from './flex-scalars.ts'
import {
  address,
  count,
  deliveryPeriod,
  fromPeriod,
  hash,
  limit,
  memberId,
  toPeriod,
  tradingDay,
  unixTime,
} from './scalars.ts'

export const LONGEST_LOADING_PERIODS = 7 * 96

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
const chosen = z.object({
  kind: z.enum(['offer', 'reserve']),
  id: z.string().meta({ description: 'Number of the offer, or of the reservation, on the ledger.' }),
  option: z.string(),
})
const selection = z.object({
  round: count,
  chosenAt: unixTime,
  costMicroEuro: amountMicroEuro,
  leastCostMicroEuro: amountMicroEuro.meta({ description: 'No choice of what was on offer costs less than this.' }),
  isDone: z.boolean().meta({ description: 'Whether nothing more is going to be ordered.' }),
  planned: z.array(chosen.extend({ activationFactorHundredths: count, priceMicroEuro: amountMicroEuro })),
  orders: z.array(ledgerId),
  passedOver: z.array(chosen.omit({ kind: true }).extend({ code: z.string() })),
  refused: z.array(chosen.omit({ option: true }).extend({ code: z.string() })),
  unmet: z.array(z.object({ deliveryPeriod, powerW })),
})
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
    selections: z.array(selection).meta({
      description: 'What the grid operator chose, round by round; another one where something could not be ordered.',
    }),
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
