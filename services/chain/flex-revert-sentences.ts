type Values = Readonly<Record<string, unknown>>

const OFFER_STATES = ['unknown', 'sealed', 'opened', 'revoked', 'ordered']
const REQUEST_STATES = ['unknown', 'open', 'superseded', 'cancelled']
const ORDER_STATES = ['unknown', 'binding', 'annulled', 'cancelled']
const RESERVATION_STATES = ['unknown', 'proposed', 'agreed', 'withdrawn']

const inWords = (states: readonly string[], state: unknown) => states[Number(state)] ?? `in state ${state}`
const ofService = (v: Values) => `portfolio ${v.portfolioId}, product ${v.productId} and congestion point ${v.pointId}`

/** What the errors of the contracts of flexibility say in words. */
export const FLEX_REVERT_SENTENCES: Readonly<Record<string, (values: Values) => string>> = {
  FlexProductsUnknown: (v) => `there is no flexibility product ${v.productId}`,
  FlexProductsRetired: (v) => `product ${v.productId} is retired: nothing new is bought by it`,
  FlexProductsInvalid: (v) => `the parameter ${v.parameter} of the product is outside its range`,
  FlexProductsNotTheBuyer: (v) => `${v.caller} did not define product ${v.productId}, and does not buy by it`,
  CongestionPointsUnknown: (v) => `there is no congestion point ${v.pointId}`,
  CongestionPointsInvalidAddress: (v) =>
    `"${v.entityAddress}" cannot be the address of a congestion point: it has 1 to 255 bytes, and is one point's alone`,
  CongestionPointsInvalidPower: (v) => `${v.power} W are more than a congestion point can carry`,
  CongestionPointsInvalidEffect: (v) =>
    `connection ${v.connectionPoint} cannot have an effect of ${v.effect} millionths: give a connection, and 1 to 1,000,000`,
  CongestionPointsInvalidLimit: (v) =>
    `a limit of periods ${v.firstPeriod} to ${v.lastPeriod} is over, ends before it begins or lies upon another one`,
  CongestionPointsTooManyLimits: (v) => `congestion point ${v.pointId} has ${v.most} limits: no more can be set`,
  CongestionPointsNoLimit: (v) => `congestion point ${v.pointId} has no limit ${v.number}`,
  CongestionPointsNotConnected: (v) =>
    `connection ${v.connectionPoint} does not lie behind congestion point ${v.pointId}`,
  FlexPortfoliosUnknown: (v) => `there is no portfolio ${v.portfolioId}`,
  FlexPortfoliosInvalidTerms: () =>
    'a portfolio has a name of 1 to 64 bytes, and a fee of 1,000 thousandths at the most',
  FlexPortfoliosNotTheAggregator: (v) => `${v.caller} does not act for the active aggregator of this portfolio`,
  FlexPortfoliosNotTheMember: (v) => `${v.caller} does not act for the active member ${v.memberId}`,
  FlexPortfoliosInOtherPortfolio: (v) =>
    `member ${v.memberId} is in portfolio ${v.portfolioId} for product ${v.productId} until ${v.until} (unix seconds): ` +
    'leave that first',
  FlexPortfoliosInvalidConsent: (v) =>
    `a consent until ${v.until} (unix seconds) is none: it is a household's, for a product of its area and a year at most`,
  FlexPortfoliosNotIn: (v) =>
    `member ${v.memberId} is not in portfolio ${v.portfolioId} for product ${v.productId} now`,
  FlexPortfoliosNothingWaits: (v) => `no prequalification waits for ${ofService(v)}`,
  FlexPortfoliosInvalidPrequalification: () =>
    'a prequalification is for a product and a point of one area, for power from the least of the product to what was ' +
    'asked for, an effect of 1 to 1,000,000 millionths, and a year at most; a refusal says why',
  FlexPortfoliosTooManyPrequalifications: (v) =>
    `portfolio ${v.portfolioId} has ${v.most} prequalifications that hold: that is the most`,
  FlexReservationsUnknown: (v) => `there is no availability contract ${v.reservationId}`,
  FlexReservationsWrongState: (v) =>
    `availability contract ${v.reservationId} is ${inWords(RESERVATION_STATES, v.state)}`,
  FlexReservationsInvalid: (v) => `${v.parameter} of the availability contract breaks a rule, or the product's bounds`,
  FlexReservationsNotPrequalified: (v) =>
    `${ofService(v)}: more would be reserved, with what is reserved besides, than is prequalified`,
  FlexReservationsTooMany: (v) => `portfolio ${v.portfolioId} has ${v.most} contracts that run: that is the most`,
  FlexReservationsRaised: (v) =>
    `${v.reserved} W are reserved in period ${v.period}, and a release to ${v.power} W leaves no less`,
  FlexReservationsTooLate: (v) =>
    `for period ${v.period} there was time until ${v.latest}, and it is ${v.time} (unix seconds)`,
  FlexRequestsUnknown: (v) => `there is no flex request ${v.requestId}`,
  FlexRequestsNotOpen: (v) => `flex request ${v.requestId} is ${inWords(REQUEST_STATES, v.state)}`,
  FlexRequestsInvalid: (v) => `the flex request breaks the rule ${v.rule} at period ${v.position} of its list`,
  FlexRequestsExpired: (v) =>
    `flex request ${v.requestId} took offers until ${v.expiresAt}, and it is ${v.time} (unix seconds)`,
  FlexRequestsStillSealed: (v) =>
    `offers of flex request ${v.requestId} stay sealed until ${v.expiresAt}, and it is only ${v.time} (unix seconds)`,
  FlexRequestsTooLateToOpen: (v) =>
    `offers of flex request ${v.requestId} could be opened until ${v.revealUntil}, and it is ${v.time} (unix seconds)`,
  FlexRequestsSomethingOrdered: (v) => `something is ordered of flex request ${v.requestId}: it stays`,
  FlexRequestsWrongPeriods: (v) => `these are not the periods of flex request ${v.requestId}`,
  FlexOffersUnknown: (v) => `there is no flex offer ${v.offerId}`,
  FlexOffersWrongState: (v) => `flex offer ${v.offerId} is ${inWords(OFFER_STATES, v.state)}`,
  FlexOffersTooMany: (v) => `portfolio ${v.portfolioId} has 16 offers of flex request ${v.requestId}: that is the most`,
  FlexOffersWrongCommitment: (v) => `this is not the offer that was sealed: ${v.opened} instead of ${v.committed}`,
  FlexOffersDuplicate: (v) => `the offer ${v.commitment} was submitted already`,
  FlexOffersNotPrequalified: (v) =>
    `portfolio ${v.portfolioId} offers ${v.offered} W, and is prequalified for ${v.prequalified} W of product ${v.productId}`,
  FlexOffersInvalid: (v) =>
    `option ${v.option} of the offer breaks the rule ${v.rule} at period ${v.position} of its list`,
  FlexOrdersUnknown: (v) => `there is no flex order ${v.orderId}`,
  FlexOrdersWrongState: (v) => `flex order ${v.orderId} is ${inWords(ORDER_STATES, v.state)}`,
  FlexOrdersOfferRevoked: (v) => `flex offer ${v.offerId} was revoked: it cannot be ordered`,
  FlexOrdersOfferExpired: (v) =>
    `flex offer ${v.offerId} stood until ${v.expiresAt}, and it is ${v.time} (unix seconds)`,
  FlexOrdersOfferOrdered: (v) => `flex offer ${v.offerId} is ordered: an offer is ordered once, and an order binds`,
  FlexOrdersUnknownOption: (v) => `flex offer ${v.offerId} has no option ${v.option}`,
  FlexOrdersInvalidFactor: (v) =>
    `${v.factor} hundredths cannot be ordered: ${v.least} are the least of the option, and 100 all of it`,
  FlexOrdersTooLate: (v) => `the order had to be there at ${v.latest}, and it is ${v.time} (unix seconds)`,
  FlexOrdersBelowMinimum: (v) =>
    `${v.power} W would be ordered in period ${v.period}, and ${v.minimum} W are the least of the product`,
  FlexOrdersAboveCap: (v) =>
    `option ${v.option} of flex offer ${v.offerId} costs more for its effect than the request's cap`,
  FlexOrdersOverPrequalified: (v) =>
    `${v.ordered} W would be ordered in period ${v.period}, and ${v.prequalified} W are prequalified`,
  FlexOrdersOpposed: (v) =>
    `flex order ${v.orderId} calls the portfolio the other way in period ${v.period}, and comes first`,
  FlexOrdersOvercalled: (v) => `${v.power} W are called in period ${v.period}, of which ${v.left} W are left`,
  FlexOrdersNotReserved: (v) =>
    `${v.reserved} W are reserved in period ${v.period}, and ${v.power} W would be ordered of them in all`,
  FlexOrdersInvalidPeriods: (v) =>
    `period ${v.position} of the list cannot be ordered directly: periods ascend within a day, in the product's ` +
    'direction, no longer than an activation lasts',
  FlexOrdersTooManyCalls: (v) => `portfolio ${v.portfolioId} has 8 calls in period ${v.period}: that is the most`,
  FlexOrdersPledgeTooSmall: (v) =>
    `aggregator ${v.aggregator} has ${v.free} micro-euro free and pledges ${v.pledge}, or is in debt`,
  FlexOrdersStarted: (v) => `flex order ${v.orderId} has begun: it cannot be cancelled`,
}
