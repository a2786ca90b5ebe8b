type Values = Readonly<Record<string, unknown>>

const dayOf = (v: Values) => `the flex settlement of area ${v.area}, day ${v.day}`
const isOther = (what: string, v: Values) =>
  `these are not the ${what} of the run: ${v.submitted} instead of ${v.committed}`

/** What the errors of the contracts that settle flexibility say in words. */
export const FLEX_SETTLEMENT_REVERT_SENTENCES: Readonly<Record<string, (values: Values) => string>> = {
  FlexSettlementNothingCalled: (v) => `nothing was called in area ${v.area} on day ${v.day}, and nothing is available`,
  FlexSettlementTooEarly: (v) => `day ${v.day} has to wait until ${v.from}, and it is ${v.time} (unix seconds)`,
  FlexSettlementEnergyNotPaid: (v) => `the initial energy run of area ${v.area}, day ${v.day} is not paid yet`,
  FlexSettlementAlreadyCommitted: (v) => `${dayOf(v)} is committed already`,
  FlexSettlementNotCommitted: (v) => `${dayOf(v)} is not committed`,
  FlexSettlementAlreadyPaid: (v) => `${dayOf(v)} is paid already`,
  FlexSettlementWrongDelivery: (v) =>
    `delivery ${v.position} of the list is none: they ascend by order and period, are of the day and of what was called`,
  FlexSettlementWrongCount: (v) => `${v.called} orders and periods were called, and ${v.given} are given`,
  FlexSettlementWrongOrder: (v) => `flex order ${v.orderId} is another one, or of another area or day`,
  FlexSettlementWrongAvailability: (v) =>
    `of availability contract ${v.reservationId} ${v.most} W are paid at most in period ${v.period}`,
  FlexSettlementAvailabilityPending: (v) => `${dayOf(v)} pays availability: it has to be paid or void first`,
  FlexSettlementWrongLength: (v) => `a list has a length of ${v.length}, which no such list has`,
  FlexSettlementReadingsTooOld: (v) =>
    `the settlement is drawn on readings of ${v.readingsAt}, and ${v.oldest} to ${v.time} are accepted (unix seconds)`,
  FlexSettlementInvalidPayments: (v) => `payment ${v.position} does not ascend by member, or is zero`,
  FlexSettlementNotZeroSum: (v) => `the payments sum to ${v.sum} micro-euro instead of zero`,
  FlexSettlementWrongTotal: (v) => `the payments move ${v.submitted} micro-euro, and ${v.committed} are committed`,
  FlexSettlementWrongBuyerPayment: (v) =>
    `a buyer would pay ${v.submitted} micro-euro, and what was delivered makes it ${v.expected}`,
  FlexSettlementWrongPayments: (v) => isOther('payments, deliveries or availability', v),
  FlexChallengesNotTheMember: (v) => `${v.caller} does not act for the active member ${v.challenger}`,
  FlexChallengesNotCommitted: (v) => `${dayOf(v)} is not committed`,
  FlexChallengesWindowOver: (v) => `the run could be challenged until ${v.end}, and it is ${v.time} (unix seconds)`,
  FlexChallengesWrongDeliveries: (v) => isOther('deliveries', v),
  FlexChallengesWrongCall: (v) => `the run has no delivery ${v.position}`,
  FlexChallengesWrongOrder: (v) => `these are not the periods of flex order ${v.orderId}`,
  FlexChallengesWrongAsset: (v) => `the leaf of member ${v.memberId} is not the asset ${v.position} that was committed`,
  FlexChallengesWrongStatement: (v) =>
    `the leaf of member ${v.memberId} is not the statement ${v.position} that was committed`,
  FlexChallengesWrongEntry: (v) => `this is not the entry ${v.position} of the statement of member ${v.memberId}`,
  FlexChallengesWrongAssetCount: (v) => `${v.needed} leaves of assets are needed, and ${v.given} are given`,
  FlexChallengesNotNeighbours: (v) => `leaves ${v.left} and ${v.right} of ${v.count} are not next to each other`,
  FlexChallengesNotAHousehold: (v) => `member ${v.memberId} is no household: its entries are challenged otherwise`,
  FlexChallengesNotAnAggregator: (v) => `member ${v.memberId} is no aggregator`,
  FlexChallengesTraderUnknown: (v) =>
    `under which number member ${v.memberId} traded on day ${v.day} is not revealed: reveal it first`,
  FlexChallengesWrongFills: (v) => `these are not the fills of the session: ${v.submitted} instead of ${v.committed}`,
  FlexChallengesWrongPayments: (v) => isOther('payments', v),
  FlexChallengesWrongAvailability: (v) => isOther('availability', v),
  FlexChallengesWrongNodes: (v) => isOther('nodes of the statement', v),
  FlexNominationsAlreadyNominated: (v) =>
    `portfolio ${v.portfolioId} has nominated day ${v.day} for product ${v.productId} already`,
  FlexNominationsTooLate: (v) =>
    `day ${v.day} could be nominated until ${v.gateClosure}, and it is ${v.time} (unix seconds)`,
  FlexNominationsNotByNomination: (v) => `product ${v.productId} has no baseline by nomination`,
  FlexCalendarsTooLate: (v) => `an offset from period ${v.from} is of the past, or before one that is set`,
  FlexCalendarsInvalidOffset: (v) => `no clock is ${v.quarters} quarter-hours ahead of UTC`,
  FlexCalendarsDayOver: (v) => `day ${v.localDay} is no day to come: what was a holiday stays as it was`,
  FlexBaselinesUnprovable: (v) => `method ${v.position} of the product is judged by an audit, and not by the ledger`,
  FlexBaselinesWrongNomination: (v) => `this is not what was nominated of member ${v.memberId} for period ${v.period}`,
  FlexBaselinesWrongReading: (v) =>
    `reading ${v.position} of the list is not the committed one of the member in period ${v.period}`,
  FlexBaselinesWrongCall: (v) => `the member was not called in period ${v.period} on a day that is used`,
}
