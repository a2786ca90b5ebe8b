import { OFFER_STATES, ORDER_STATES, REQUEST_STATES, RESERVATION_STATES } from './flex-states.ts'

type Values = Readonly<Record<string, unknown>>
type Sentences = Readonly<Record<string, (values: Values) => string>>

const dateOf = (day: unknown) => new Date(Number(day) * 86_400_000).toISOString().slice(0, 10)
const runOf = (v: Values) => `the flexibility of ${dateOf(v.day)} in area ${v.area}`
const prequalifiedFor = (v: Values) => `portfolio ${v.portfolioId} for product ${v.productId}`
const stateOf = (states: readonly string[], state: unknown) => states[Number(state)] ?? String(state)

const PRODUCTS: Sentences = {
  FlexProductsUnknown: (v) => `there is no flexibility product ${v.productId}`,
  FlexProductsRetired: (v) => `product ${v.productId} is retired: nothing new is requested or reserved by it`,
  FlexProductsInvalid: (v) => `${v.parameter} of the product is out of its range`,
  FlexProductsNotTheBuyer: (v) =>
    `${v.caller} did not define product ${v.productId}, or does not hold the role any more`,
}

const POINTS: Sentences = {
  CongestionPointsUnknown: (v) => `there is no congestion point ${v.pointId}`,
  CongestionPointsInvalidAddress: (v) =>
    `"${v.entityAddress}" cannot be the address of a congestion point: give 1 to 255 bytes that no other point has`,
  CongestionPointsInvalidPower: (v) => `${v.power} W is not a power: give 0 to 2147483647`,
  CongestionPointsInvalidEffect: (v) =>
    `${v.effect} millionths are no effect of connection point ${v.connectionPoint}: name one, and give 1 to 1000000`,
  CongestionPointsInvalidLimit: (v) =>
    `periods ${v.firstPeriod} to ${v.lastPeriod} cannot have a limit: it ends after it begins, and is apart from others and not in the past`,
  CongestionPointsTooManyLimits: (v) =>
    `point ${v.pointId} has ${v.most} limits that are not over, and more are too many: remove one first`,
  CongestionPointsNoLimit: (v) => `point ${v.pointId} has no limit ${v.number}`,
  CongestionPointsNotConnected: (v) =>
    `connection point ${v.connectionPoint} does not lie behind congestion point ${v.pointId}`,
}

const PORTFOLIOS: Sentences = {
  FlexPortfoliosUnknown: (v) => `there is no portfolio ${v.portfolioId}`,
  FlexPortfoliosInvalidTerms: () => 'a portfolio has a name, and a fee of 0 to 1000 thousandths',
  FlexPortfoliosNotTheAggregator: (v) =>
    `${v.caller} does not act for the aggregator of portfolio ${v.portfolioId}, or that is not active`,
  FlexPortfoliosNotTheMember: (v) => `${v.caller} does not act for member ${v.memberId}`,
  FlexPortfoliosInOtherPortfolio: (v) =>
    `member ${v.memberId} is in portfolio ${v.portfolioId} for product ${v.productId} until ${v.until} (unix seconds): it leaves that one first`,
  FlexPortfoliosInvalidConsent: (v) =>
    `a consent until ${v.until} (unix seconds) is none: it lasts a year at most, for a product and a portfolio of the member's area`,
  FlexPortfoliosNotIn: (v) => `member ${v.memberId} is not in portfolio ${v.portfolioId} for product ${v.productId}`,
  FlexPortfoliosNothingWaits: (v) => `nothing of ${prequalifiedFor(v)} waits at congestion point ${v.pointId}`,
  FlexPortfoliosTooManyPrequalifications: (v) =>
    `portfolio ${v.portfolioId} has ${v.most} prequalifications that hold, and more are too many`,
  FlexPortfoliosInvalidPrequalification: () =>
    'a prequalification is for a power up to the one asked for, an effect up to 1000000 millionths, and a year at most',
}

const RESERVATIONS: Sentences = {
  FlexReservationsUnknown: (v) => `there is no reservation ${v.reservationId}`,
  FlexReservationsWrongState: (v) =>
    `reservation ${v.reservationId} is ${stateOf(RESERVATION_STATES, v.state)}: that cannot be done with it now`,
  FlexReservationsInvalid: (v) => `${v.parameter} of the reservation is out of its range`,
  FlexReservationsNotPrequalified: (v) =>
    `${prequalifiedFor(v)} is not prequalified for what is reserved at congestion point ${v.pointId}`,
  FlexReservationsRaised: (v) =>
    `${v.reserved} W are reserved in period ${v.period}: a release leaves no more, and not ${v.power} W`,
  FlexReservationsTooLate: (v) =>
    `period ${v.period} could be released until ${v.latest} (unix seconds), and it is ${v.time}`,
}

const REQUESTS: Sentences = {
  FlexRequestsUnknown: (v) => `there is no flex request ${v.requestId}`,
  FlexRequestsNotOpen: (v) => `request ${v.requestId} is not open but ${stateOf(REQUEST_STATES, v.state)}`,
  FlexRequestsInvalid: (v) => `the request breaks the rule ${v.rule}, at period ${v.position} of it`,
  FlexRequestsExpired: (v) =>
    `request ${v.requestId} took offers until ${v.expiresAt} (unix seconds), and it is ${v.time}`,
  FlexRequestsStillSealed: (v) =>
    `offers of request ${v.requestId} are sealed until ${v.expiresAt} (unix seconds), and it is only ${v.time}`,
  FlexRequestsTooLateToOpen: (v) =>
    `offers of request ${v.requestId} could be opened until ${v.revealUntil} (unix seconds), and it is ${v.time}`,
  FlexRequestsSomethingOrdered: (v) => `something of request ${v.requestId} is ordered: it stands`,
  FlexRequestsWrongPeriods: (v) => `these are not the periods of request ${v.requestId}`,
  FlexOffersUnknown: (v) => `there is no flex offer ${v.offerId}`,
  FlexOffersWrongState: (v) =>
    `offer ${v.offerId} is ${stateOf(OFFER_STATES, v.state)}: that cannot be done with it now`,
  FlexOffersTooMany: (v) =>
    `portfolio ${v.portfolioId} has 16 offers of request ${v.requestId}, and more are too many: revoke one first`,
  FlexOffersWrongCommitment: (v) => `this is not the offer that was sealed: ${v.opened} instead of ${v.committed}`,
  FlexOffersDuplicate: (v) =>
    `an offer with the commitment ${v.commitment} is sealed already: give each a salt of its own`,
  FlexOffersNotPrequalified: (v) =>
    `${prequalifiedFor(v)} would have offered ${v.offered} W, and ${v.prequalified} W are prequalified`,
  FlexOffersInvalid: (v) => `the offer breaks the rule ${v.rule}, at period ${v.position} of option ${v.option}`,
}

const ORDERS: Sentences = {
  FlexOrdersUnknown: (v) => `there is no flex order ${v.orderId}`,
  FlexOrdersWrongState: (v) =>
    `order ${v.orderId} is ${stateOf(ORDER_STATES, v.state)}: that cannot be done with it now`,
  FlexOrdersOfferRevoked: (v) => `offer ${v.offerId} is revoked: a revocation that crosses an order wins`,
  FlexOrdersOfferExpired: (v) => `offer ${v.offerId} stood until ${v.expiresAt} (unix seconds), and it is ${v.time}`,
  FlexOrdersOfferOrdered: (v) => `offer ${v.offerId} is ordered already: an offer is ordered once, and an order binds`,
  FlexOrdersUnknownOption: (v) => `offer ${v.offerId} has no option ${v.option}`,
  FlexOrdersInvalidFactor: (v) =>
    `${v.factor} hundredths are ordered, and from ${v.least} to 100 can be ordered of the option`,
  FlexOrdersTooLate: (v) => `the order had to be there at ${v.latest} (unix seconds), and it is ${v.time}`,
  FlexOrdersBelowMinimum: (v) =>
    `${v.power} W are ordered in period ${v.period}, and ${v.minimum} W are the product's least`,
  FlexOrdersAboveCap: (v) => `option ${v.option} of offer ${v.offerId} costs more than the request's cap allows`,
  FlexOrdersOverPrequalified: (v) =>
    `${v.ordered} W would be ordered in period ${v.period}, and ${v.prequalified} W are prequalified`,
  FlexOrdersOpposed: (v) =>
    `order ${v.orderId} calls the portfolio in period ${v.period} in the other direction, and comes first`,
  FlexOrdersOvercalled: (v) =>
    `${v.power} W would be called in period ${v.period}, of which ${v.left} W are left by other services`,
  FlexOrdersNotReserved: (v) => `${v.power} W are ordered in period ${v.period}, and ${v.reserved} W are reserved`,
  FlexOrdersInvalidPeriods: (v) => `period ${v.position} of the order is out of its sequence or calls nothing`,
  FlexOrdersTooManyCalls: (v) => `portfolio ${v.portfolioId} is called by too many orders in period ${v.period}`,
  FlexOrdersPledgeTooSmall: (v) =>
    `aggregator ${v.aggregator} would pledge ${v.pledge} micro-euro and has ${v.free} free, or is in debt: it deposits first`,
  FlexOrdersStarted: (v) => `the first period of order ${v.orderId} has begun`,
}

const SETTLEMENT: Sentences = {
  FlexNominationsAlreadyNominated: (v) =>
    `portfolio ${v.portfolioId} has nominated ${dateOf(v.day)} for product ${v.productId} already`,
  FlexNominationsTooLate: (v) =>
    `${dateOf(v.day)} could be nominated before ${v.gateClosure} (unix seconds), and it is ${v.time}`,
  FlexNominationsNotByNomination: (v) => `product ${v.productId} does not take its baseline from nominations`,
  FlexSettlementNothingCalled: (v) => `nothing was called of ${runOf(v)}`,
  FlexSettlementTooEarly: (v) =>
    `the flexibility of ${dateOf(v.day)} can be settled from ${v.from} (unix seconds), and it is only ${v.time}`,
  FlexSettlementEnergyNotPaid: (v) => `the initial energy run of ${dateOf(v.day)} in area ${v.area} is not paid yet`,
  FlexSettlementAlreadyCommitted: (v) => `${runOf(v)} is committed already`,
  FlexSettlementNotCommitted: (v) => `${runOf(v)} is not committed`,
  FlexSettlementAlreadyPaid: (v) => `${runOf(v)} is paid already`,
  FlexSettlementWrongDelivery: (v) =>
    `delivery ${v.position} is out of order, of another day or area, or of nothing that was called`,
  FlexSettlementWrongCount: (v) => `${v.given} deliveries are given, and orders called in ${v.called} periods`,
  FlexSettlementWrongOrder: (v) => `these are not the periods of order ${v.orderId}`,
  FlexSettlementWrongAvailability: (v) =>
    `at most ${v.most} W of reservation ${v.reservationId} were available in period ${v.period}, once`,
  FlexSettlementWrongLength: (v) => `${v.length} bytes are not a whole number of what they should hold`,
  FlexSettlementReadingsTooOld: (v) =>
    `readings as of ${v.readingsAt} (unix seconds) are none of the time from ${v.oldest} to ${v.time}`,
  FlexSettlementInvalidPayments: (v) => `payment ${v.position} of the batch is out of order or of nobody of the area`,
  FlexSettlementNotZeroSum: (v) => `the payments sum to ${v.sum} micro-euro, and not to zero`,
  FlexSettlementWrongTotal: (v) => `${v.submitted} micro-euro are paid in all, and ${v.committed} were committed`,
  FlexSettlementAvailabilityPending: (v) =>
    `${runOf(v)} pays availability, and is paid or void before another day pays any`,
  FlexSettlementWrongBuyerPayment: (v) =>
    `a buyer pays ${v.expected} micro-euro by deliveries and availability, and not ${v.submitted}`,
  FlexSettlementWrongPayments: (v) =>
    `these are not the payments or facts that were committed: ${v.submitted} instead of ${v.committed}`,
}

const leafOf = (what: string, v: Values) => `this is not leaf ${v.position} of the committed ${what}`
const notCommitted = (what: string, v: Values) =>
  `these are not the ${what} that were committed: ${v.submitted} instead of ${v.committed}`

const CHALLENGES: Sentences = {
  FlexCalendarsTooLate: (v) => `the clock is set for what is to come, in sequence, and not from period ${v.from}`,
  FlexCalendarsInvalidOffset: (v) => `${v.quarters} quarter-hours are no offset from UTC: give -48 to 56`,
  FlexCalendarsDayOver: (v) => `local day ${v.localDay} is not to come: what baselines rest on does not change`,
  FlexBaselinesUnprovable: (v) => `the ledger cannot judge method ${v.position} of the product: an audit does`,
  FlexBaselinesWrongNomination: (v) => `this is not what was nominated for member ${v.memberId} and period ${v.period}`,
  FlexBaselinesWrongReading: (v) => `reading ${v.position} is not the committed one of period ${v.period}`,
  FlexBaselinesWrongCall: (v) => `nothing was called in period ${v.period} as it is said`,
  FlexChallengesNotTheMember: (v) => `${v.caller} does not act for member ${v.challenger}, or that is not active here`,
  FlexChallengesNotCommitted: (v) => `${runOf(v)} is not committed`,
  FlexChallengesWindowOver: (v) => `it could be challenged until ${v.end} (unix seconds), and it is ${v.time}`,
  FlexChallengesWrongDeliveries: (v) => notCommitted('deliveries', v),
  FlexChallengesWrongCall: (v) => `delivery ${v.position} is not of the order and period that are challenged`,
  FlexChallengesWrongOrder: (v) => `these are not the periods of order ${v.orderId}`,
  FlexChallengesWrongAsset: (v) => leafOf('assets', v),
  FlexChallengesWrongStatement: (v) => leafOf('statements', v),
  FlexChallengesWrongEntry: (v) => leafOf('entries', v),
  FlexChallengesWrongAssetCount: (v) =>
    `${v.given} leaves are shown, and the member has ${v.needed} in the calls of the period`,
  FlexChallengesNotNeighbours: (v) => `leaves ${v.left} and ${v.right} of ${v.count} are not next to each other`,
  FlexChallengesNotAHousehold: (v) => `member ${v.memberId} is no household`,
  FlexChallengesNotAnAggregator: (v) => `member ${v.memberId} is no aggregator`,
  FlexChallengesTraderUnknown: (v) =>
    `under which number member ${v.memberId} traded on ${dateOf(v.day)} is not revealed: reveal it first`,
  FlexChallengesWrongFills: (v) => notCommitted('fills', v),
  FlexChallengesWrongPayments: (v) => notCommitted('payments', v),
  FlexChallengesWrongAvailability: (v) => notCommitted('figures of availability', v),
  FlexChallengesWrongNodes: (v) => notCommitted('nodes of entries', v),
}

/** What the errors of flexibility say in words. */
export const FLEX_REVERT_SENTENCES: Sentences = {
  ...PRODUCTS,
  ...POINTS,
  ...PORTFOLIOS,
  ...RESERVATIONS,
  ...REQUESTS,
  ...ORDERS,
  ...SETTLEMENT,
  ...CHALLENGES,
}
