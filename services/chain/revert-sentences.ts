type Values = Readonly<Record<string, unknown>>
type Claim = Readonly<Record<'price' | 'bidsAtOrAbove' | 'bidsAbove' | 'offersAtOrBelow' | 'offersBelow', bigint>>

const position = (values: Values) => `order ${values.position} of the batch`

const claimOf = (value: unknown): string => {
  const claim = value as Claim
  return (
    `price ${claim.price}, bids ${claim.bidsAtOrAbove} Wh at or above and ${claim.bidsAbove} Wh above it, ` +
    `offers ${claim.offersAtOrBelow} Wh at or below and ${claim.offersBelow} Wh below it`
  )
}

/** What the contracts' errors say in words; errors that are not here are spelled out from their names. */
export const REVERT_SENTENCES: Readonly<Record<string, (values: Values) => string>> = {
  CallAuctionGateOpen: (v) =>
    `the gate of period ${v.period} closes at ${v.gateClosure} (unix seconds), and it is only ${v.time}`,
  CallAuctionGateAlreadyClosed: (v) => `the gate of area ${v.area}, period ${v.period} is closed already`,
  CallAuctionGateNotClosed: (v) => `the gate of area ${v.area}, period ${v.period} is not closed yet`,
  CallAuctionAlreadyCleared: (v) => `area ${v.area}, period ${v.period} is cleared already`,
  CallAuctionWrongOrders: (v) =>
    `these are not the orders that gate closure made binding: ${v.submitted} instead of ${v.committed}`,
  CallAuctionWrongLength: (v) => `${v.length} bytes are not a whole number of packed orders`,
  CallAuctionTooManyOrders: (v) => `${v.count} orders are too many for one session: at most ${v.limit}`,
  CallAuctionNotAscending: (v) => `${position(v)} is out of order: one bid and one offer per member, ascending`,
  CallAuctionInvalidSide: (v) => `${position(v)} is neither a bid nor an offer`,
  CallAuctionZeroQuantity: (v) => `${position(v)} asks for nothing`,
  CallAuctionOverLimit: (v) => `${position(v)} is for ${v.quantity} Wh, above the member's limit of ${v.limit} Wh`,
  CallAuctionInvalidPrice: (v) => `${position(v)} has the limit ${v.price}, which is out of range or off the tick`,
  CallAuctionNotAMember: (v) => `${position(v)} is from ${v.memberId}, who does not trade in this area`,
  CallAuctionInvalidSignature: (v) => `${position(v)} is not signed by member ${v.memberId}'s trading key`,
  CallAuctionWrongPrice: (v) =>
    `${v.claimed} is not the clearing price: the rule gives ${v.expected} micro-euro per kWh`,
  CallAuctionNotClearing: (v) => `the claimed sums are wrong: claimed ${claimOf(v.claimed)}; found ${claimOf(v.found)}`,
  MeterReadingsPeriodNotOver: (v) => `period ${v.period} ends at ${v.end} (unix seconds), and it is only ${v.time}`,
  MeterReadingsAlreadyCommitted: (v) => `the readings of area ${v.area}, period ${v.period} are committed already`,
  SettlementNotCleared: (v) => `area ${v.area}, period ${v.period} is not cleared yet`,
  SettlementNotMetered: (v) => `the readings of area ${v.area}, period ${v.period} are not committed yet`,
  SettlementAlreadySettled: (v) => `area ${v.area}, period ${v.period} is settled already`,
  SettlementWrongLength: (v) => `${v.length} bytes are not a whole number of payments`,
  SettlementNotAscending: (v) => `payment ${v.position} of the batch is out of order: one per member, ascending`,
  SettlementForeignMember: (v) => `payment ${v.position} is of member ${v.memberId}, who is not of this area`,
  SettlementNotZeroSum: (v) => `the payments sum to ${v.sum} micro-euro instead of zero`,
  AccountsInsufficientBalance: (v) =>
    `member ${v.memberId} has ${v.balance} micro-euro on the account, and needs ${v.needed}`,
  AccountsNotTheOwner: (v) => `${v.caller} is not the account address of member ${v.memberId}`,
  AccountsZeroAmount: () => 'the amount is zero',
  AreaRegistryUnknownArea: (v) => `there is no area ${v.area}`,
  AreaRegistryAreaExists: (v) => `area ${v.area} is open already`,
  AreaRegistryPeriodNotTraded: (v) => `period ${v.period} is not traded in area ${v.area}`,
  AreaRegistryRatesTooLate: (v) => `rates for period ${v.period} come too late: publish them before delivery starts`,
  AreaRegistryRatesPublished: (v) => `rates for period ${v.period} are published already`,
  MemberRegistryUnknownMember: (v) => `there is no member ${v.memberId}`,
  MemberRegistryInactive: (v) => `member ${v.memberId} is not active any more`,
  MemberRegistryKeyTaken: (v) => `the key ${v.key} belongs to a member already`,
  MemberRegistryLimitTooLarge: (v) =>
    `an order of ${v.quantityLimit} Wh is more than any connection carries (${v.largest} Wh)`,
  MemberRegistryAreaFull: (v) => `area ${v.area} holds at most ${v.limit} households`,
  AccessManagedUnauthorized: (v) => `${v.caller} does not have the role that this call needs`,
}
