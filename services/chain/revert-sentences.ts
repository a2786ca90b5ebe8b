import { RUNS } from '../domain/grid/calendar.ts'
import { roleWordsOf } from '../domain/identity/role-words.ts'
import { FLEX_REVERT_SENTENCES } from './flex-revert-sentences.ts'
import { FLEX_SETTLEMENT_REVERT_SENTENCES } from './flex-settlement-revert-sentences.ts'

type Values = Readonly<Record<string, unknown>>
type Sentences = Readonly<Record<string, (values: Values) => string>>
type Claim = Readonly<Record<'price' | 'bidsAtOrAbove' | 'bidsAbove' | 'offersAtOrBelow' | 'offersBelow', bigint>>

const MILLISECONDS_PER_DAY = 86_400_000
const KINDS = ['household', 'supplier', 'DSO', 'tax authority', 'platform operator', 'aggregator', 'TSO']

const openedOrder = (values: Values) => `opened order ${values.position} of the call`
const payment = (values: Values) => `payment ${values.position} of the batch`
const dateOf = (day: unknown) => new Date(Number(day) * MILLISECONDS_PER_DAY).toISOString().slice(0, 10)
const runOf = (run: unknown) => `the ${RUNS[Number(run)] ?? run} run`
const runOfDay = (values: Values) => `${runOf(values.run)} of ${dateOf(values.day)} in area ${values.area}`
const roleOf = (role: unknown) => roleWordsOf(Number(role))
const whereOf = (area: unknown) => (Number(area) === 0 ? 'every area' : `area ${area}`)
const STATUSES = ['never issued', 'active', 'suspended', 'revoked']
const claimOf = (value: unknown): string => {
  const claim = value as Claim
  return (
    `price ${claim.price}, bids ${claim.bidsAtOrAbove} Wh at or above and ${claim.bidsAbove} Wh above it, ` +
    `offers ${claim.offersAtOrBelow} Wh at or below and ${claim.offersBelow} Wh below it`
  )
}

const MARKET: Sentences = {
  CallAuctionGateOpen: (v) =>
    `the gate of period ${v.period} closes at ${v.gateClosure} (unix seconds), and it is only ${v.time}`,
  CallAuctionGateAlreadyClosed: (v) => `the gate of area ${v.area}, period ${v.period} is closed already`,
  CallAuctionGateNotClosed: (v) => `the gate of area ${v.area}, period ${v.period} is not closed yet`,
  CallAuctionAlreadyCleared: (v) => `area ${v.area}, period ${v.period} is cleared already`,
  CallAuctionTooManyOrders: (v) => `${v.count} orders are too many for one session: at most ${v.limit}`,
  CallAuctionInvalidCommitment: (v) =>
    `${v.ordersHash} cannot be the hash of ${v.orderCount} orders: that of no orders is zero, and no other is`,
  CallAuctionPaused: (v) => `trading is paused when the gate of area ${v.area}, period ${v.period} closes`,
  CallAuctionOperatorInTime: (v) =>
    `the market operator has time for period ${v.period} until ${v.deadline} (unix seconds), and it is only ${v.time}`,
  CallAuctionNothingWithheld: (v) =>
    `the gate of area ${v.area}, period ${v.period} is closed with no orders: anyone can clear it, nobody is to be replaced`,
  CallAuctionNotTheMember: (v) => `${v.caller} does not act for member ${v.memberId}, or the member is not active here`,
  CallAuctionWrongOrders: (v) =>
    `these are not the orders that gate closure made binding: ${v.submitted} instead of ${v.committed}`,
  CallAuctionWrongLength: (v) =>
    `${v.length} bytes are not a chunk of 500 to 1,000 orders, or of all that are left, or not whole terms`,
  CallAuctionNotOpened: (v) => `${openedOrder(v)} is not one that was opened for this session`,
  CallAuctionNotAscending: (v) => `${openedOrder(v)} is out of order: by member, a member's bid before its offer`,
  CallAuctionNotOfThisChunk: (v) => `${openedOrder(v)} belongs behind the last order of this chunk`,
  CallAuctionForcedOrdersMissing: (v) =>
    `only ${v.given} of the ${v.needed} orders that were opened on the ledger take part in this clearing`,
  CallAuctionOpening: (v) =>
    `orders for period ${v.period} can be opened until ${v.end} (unix seconds), and it is only ${v.time}`,
  CallAuctionOpeningOver: (v) =>
    `orders for period ${v.period} could be opened until ${v.end} (unix seconds), and it is ${v.time}`,
  CallAuctionTooLate: (v) =>
    `orders for period ${v.period} could be committed before ${v.gateClosure} (unix seconds), and it is ${v.time}`,
  CallAuctionInvalidLane: (v) => `${v.lane} is not a place for a commitment: a member has 0 and 1`,
  CallAuctionLaneTaken: (v) =>
    `trader ${v.trader} or its delegate committed an order in place ${v.lane}: nobody below them replaces it`,
  CallAuctionNotCommitted: (v) => `place ${v.lane} of trader ${v.trader} does not hold the commitment of this order`,
  CallAuctionUnknownProduct: (v) => `product ${v.product} with the terms ${v.terms} is not traded here`,
  CallAuctionUnknownEntry: (v) =>
    `entry ${v.entryIndex} of the day's trading keys is not a key of trader ${v.trader} that counts in this session`,
  CallAuctionInvalidPrice: (v) => `the limit ${v.price} is out of range or off the tick`,
  CallAuctionOverLimit: (v) =>
    `the order of trader ${v.trader} is for ${v.quantity} Wh, above its key's limit of ${v.limit} Wh`,
  CallAuctionOutsideDelegation: (v) =>
    `the key ${v.key} of trader ${v.trader} may not sign this order: its side, price or period is outside its limits`,
  CallAuctionExpired: (v) =>
    `the order expires at ${v.expiry}, before its gate closes at ${v.gateClosure} (unix seconds)`,
  CallAuctionKeyRevoked: (v) =>
    `the key ${v.key} of trader ${v.trader} was revoked at ${v.revokedAt} (unix seconds), before the gate closed`,
  CallAuctionInvalidSignature: (v) => `the order is not signed by the key of trader ${v.trader} that it names`,
  CallAuctionOverAllowance: (v) =>
    `the order of trader ${v.trader} puts ${v.exposure} micro-euro at risk, and its allowance is ${v.allowance}`,
  CallAuctionWrongPrice: (v) =>
    `${v.claimed} is not the clearing price: the rule gives ${v.expected} micro-euro per kWh`,
  CallAuctionNotClearing: (v) => `the claimed sums are wrong: claimed ${claimOf(v.claimed)}; found ${claimOf(v.found)}`,
  TradingDaysTooEarly: (v) =>
    `trading keys of ${dateOf(v.day)} are published from ${v.opening} on (unix seconds), and it is only ${v.time}`,
  TradingDaysOver: (v) => `${dateOf(v.day)} ended at ${v.end} (unix seconds), and it is ${v.time}`,
  TradingDaysNotTraded: (v) => `nothing is traded in area ${v.area} on ${dateOf(v.day)}`,
  TradingDaysComplete: (v) => `all trading keys of area ${v.area} are published for ${dateOf(v.day)} already`,
  TradingDaysTooMany: (v) =>
    `${v.limit} days of area ${v.area} wait for their settlement: no further one opens before one of them is paid`,
  TradingDaysReleased: (v) =>
    `${dateOf(v.day)} is settled in area ${v.area}: no more trading keys are published for it`,
  TradingDaysAlreadySealed: (v) => `the trading keys of area ${v.area} are sealed already`,
  TradingDaysSealed: (v) =>
    `the trading keys of area ${v.area} are sealed on ${dateOf(v.day)}: the market operator publishes the rest of them`,
  TradingDaysNotSealed: (v) => `the trading keys of area ${v.area} are not sealed on ${dateOf(v.day)}`,
  TradingDaysOperatorInTime: (v) =>
    `the market operator has time for the sealed keys of ${dateOf(v.day)} until ${v.deadline} (unix seconds), and it is only ${v.time}`,
  TradingDaysWrongEntries: (v) =>
    `these entries are not those of the next members of area ${v.area} on ${dateOf(v.day)}, as they stand now: read them anew`,
  TradingDaysWrongTrader: (v) =>
    `entry ${v.position} of the page has trader number ${v.trader} where ${v.expected} is next`,
  TradingDaysNoKey: (v) => `entry ${v.position} of the page has no key`,
  TradingDaysWrongLink: (v) =>
    `page ${v.page} is not committed to this link of member ${v.memberId}: link or siblings are other ones`,
  TradingDaysWrongKeys: (v) =>
    `trader ${v.trader} does not have the keys ${v.key} and ${v.delegatedKey} on the page of its link`,
  TradingDaysTraderTaken: (v) => `trader ${v.trader} is revealed as member ${v.memberId} already`,
  KeyPagesNotStored: () => 'the page of trading keys could not be stored: it needs more gas',
}

const RECEIPTS: Sentences = {
  OrderReceiptsNotTheMember: (v) =>
    `only member ${v.memberId} itself proves that its order was left out: ${v.caller} does not act for it`,
  OrderReceiptsTraderUnknown: (v) =>
    `which member is trader ${v.trader} of area ${v.area} on ${dateOf(v.day)} is not revealed: reveal it first`,
  OrderReceiptsGateNotClosed: (v) => `the gate of area ${v.area}, period ${v.period} is not closed yet`,
  OrderReceiptsOpening: (v) =>
    `orders for period ${v.period} can be opened until ${v.end} (unix seconds), and it is only ${v.time}`,
  OrderReceiptsInvalidReceipt: (v) => `the receipt is not signed by the market operator, but by ${v.signer}`,
  OrderReceiptsAlreadyProven: (v) => `it is proven already that the order ${v.orderDigest} was left out`,
  OrderReceiptsWrongOrders: (v) =>
    `these are not the orders that the gate was closed with: ${v.submitted} instead of ${v.committed}`,
  OrderReceiptsContractAccount: (v) =>
    `the key of member ${v.memberId} did not sign this order itself: what only a contract can verify is put on the ` +
    'ledger by its member, and cannot be left out there',
  OrderReceiptsOperatorReplaced: (v) =>
    `a member replaced the operator in area ${v.area}, period ${v.period}: its fine stands for the receipts`,
  OrderReceiptsPaused: (v) =>
    `trading was paused in area ${v.area}, period ${v.period}: receipts are worth nothing there`,
  OrderReceiptsBondTooSmall: (v) =>
    `the bond in area ${v.area} holds ${v.paid} of the ${v.reward} micro-euro: claim them when it is filled again`,
}

const SETTLEMENT: Sentences = {
  MeterReadingsPeriodNotOver: (v) => `period ${v.period} ends at ${v.end} (unix seconds), and it is only ${v.time}`,
  MeterReadingsAlreadyCommitted: (v) => `the readings of area ${v.area}, period ${v.period} are committed already`,
  MeterReadingsNotCommitted: (v) => `the readings of area ${v.area}, period ${v.period} are not committed yet`,
  MeterReadingsCorrectionsOver: (v) =>
    `readings of period ${v.period} could be corrected before ${v.deadline} (unix seconds), and it is ${v.time}`,
  MeterReadingsTooManyVersions: (v) => `the readings of area ${v.area}, period ${v.period} were corrected too often`,
  SettlementUnknownRun: (v) => `${v.run} is not a settlement run: 0 is the initial, 1 the corrected, 2 the final one`,
  SettlementNothingTraded: (v) => `nothing is traded in area ${v.area} on ${dateOf(v.day)}`,
  SettlementNotCleared: (v) => `not every session of ${dateOf(v.day)} in area ${v.area} is cleared yet`,
  SettlementNotMetered: (v) => `the readings of ${dateOf(v.day)} in area ${v.area} are not all committed yet`,
  SettlementAlreadyCommitted: (v) => `${runOfDay(v)} is committed already`,
  SettlementOutOfSequence: (v) => `${runOfDay(v)} is out of sequence: initial first, and none after a later one`,
  SettlementNotPaid: (v) => `the run before ${runOfDay(v)} has to be paid first`,
  SettlementTooEarly: (v) =>
    `${runOf(v.run)} of ${dateOf(v.day)} has to wait until ${v.from} (unix seconds), and it is only ${v.time}`,
  SettlementNotCommitted: (v) => `${runOfDay(v)} is not committed yet`,
  SettlementAlreadyPaid: (v) => `${runOfDay(v)} is paid already`,
  SettlementReadingsTooOld: (v) =>
    `readings as of ${v.readingsAt} (unix seconds) cannot be settled: they are to be of ${v.oldest} to ${v.time}`,
  SettlementWithheld: (v) =>
    `${runOfDay(v)} is held back until corrections of ${v.amount} micro-euro are paid out of the operator's bond`,
  SettlementWrongPayments: (v) => `these are not the payments committed: ${v.submitted} instead of ${v.committed}`,
  SettlementWrongLength: (v) => `${v.length} bytes are not a whole number of payments`,
  SettlementNotAscending: (v) => `${payment(v)} is out of order: one per member, ascending`,
  SettlementZeroPayment: (v) => `${payment(v)} is of nothing`,
  SettlementNotZeroSum: (v) => `the payments sum to ${v.sum} micro-euro instead of zero`,
  SettlementWrongTotal: (v) =>
    `the payments move ${v.submitted} micro-euro, and the statements ${v.committed}: they are not of the same run`,
  ChallengesNotTheMember: (v) =>
    `${v.caller} does not act for member ${v.challenger}, or the member is not active here`,
  ChallengesNotCommitted: (v) => `${runOfDay(v)} is not committed: there is nothing to challenge`,
  ChallengesWindowOver: (v) => `the run could be challenged until ${v.end} (unix seconds), and it is ${v.time}`,
  ChallengesTooLateToCharge: (v) =>
    `what costs the member money could be proven until ${v.end} (unix seconds), so that it has time to answer; it is ${v.time}`,
  ChallengesNotAHousehold: (v) => `member ${v.memberId} is not a household: only their statements can be challenged`,
  ChallengesAlreadyCorrected: (v) => `this statement of member ${v.memberId} (${runOfDay(v)}) is corrected already`,
  ChallengesWrongStatement: (v) => `this is not the statement of member ${v.memberId} that was committed`,
  ChallengesWrongPeriod: (v) => `this is not what the statement says of period ${v.period}`,
  ChallengesWrongReading: (v) => `this is not the member's reading of period ${v.period}, version ${v.version}`,
  ChallengesTraderUnknown: (v) =>
    `under which number member ${v.memberId} traded in area ${v.area} on ${dateOf(v.day)} is not revealed: reveal it first`,
  ChallengesWrongFills: (v) => `these are not the fills of the session: ${v.submitted} instead of ${v.committed}`,
  ChallengesWrongPayments: (v) =>
    `these are not the payments of ${runOf(v.run)}: ${v.submitted} instead of ${v.committed}`,
  ChallengesNothingOwed: (v) => `no correction of ${runOfDay(v)} is owed to member ${v.memberId}`,
  ChallengesBondEmpty: (v) => `the operator's bond of area ${v.area} is empty: ${v.owed} micro-euro are still owed`,
  ChallengesWrongNodes: (v) => `these are not the nodes of the statement: ${v.submitted} instead of ${v.committed}`,
}

const ACCOUNTS: Sentences = {
  AccountsInsufficientBalance: (v) =>
    `member ${v.memberId} has ${v.balance} micro-euro on the account, and needs ${v.needed}`,
  AccountsLocked: (v) =>
    `open trading days lock ${v.locked} micro-euro of member ${v.memberId}, and only ${v.available} would be left: ` +
    'they are free again when these days are paid',
  AccountsNotTheOwner: (v) => `${v.caller} does not own the account of member ${v.memberId}`,
  AccountsZeroAmount: () => 'the amount is zero',
  AccountsForeignMember: (v) => `member ${v.memberId} is not of area ${v.area}`,
  AccountsBondTooSmall: (v) =>
    `the market operator's bond in area ${v.area} is ${v.bond} micro-euro, and has to be ${v.needed} before it may act`,
  AccountsNoBondWithdrawal: (v) => `no withdrawal of the bond in area ${v.area} was announced`,
  AccountsBondWithdrawalTooEarly: (v) =>
    `the bond in area ${v.area} can be withdrawn from ${v.availableAt} on (unix seconds), and it is only ${v.time}`,
  ERC20InsufficientBalance: (v) => `${v.sender} has ${v.balance} micro-euro, and needs ${v.needed}`,
  ERC20InsufficientAllowance: (v) =>
    `${v.spender} may take ${v.allowance} micro-euro, and needs ${v.needed}: approve it first`,
  ERC2612ExpiredSignature: (v) => `the permit ended at ${v.deadline} (unix seconds)`,
  ERC2612InvalidSigner: (v) => `the permit is not signed by ${v.owner}, but by ${v.signer}`,
}

const REGISTRIES: Sentences = {
  AreaRegistryUnknownArea: (v) => `there is no area ${v.area}`,
  AreaRegistryAreaExists: (v) => `area ${v.area} is open already`,
  AreaRegistryInvalidCalendar: () => 'the calendar contradicts itself, such as by ending before it begins',
  AreaRegistryInvalidRates: () =>
    'the rates contradict each other: no feed-in above retail, no local above the full rate, no charge below zero',
  AreaRegistryPeriodNotTraded: (v) => `period ${v.period} is not traded in area ${v.area}`,
  AreaRegistryRatesTooLate: (v) => `rates for period ${v.period} come too late: publish them before its gate closes`,
  AreaRegistryRatesPublished: (v) => `rates for period ${v.period} are published already`,
  MemberRegistryUnknownMember: (v) => `there is no member ${v.memberId}`,
  MemberRegistryInactive: (v) => `member ${v.memberId} is not active any more`,
  DelegationsNotTheOwner: (v) =>
    `${v.caller} does not own ${v.identity}: only the owner of an identity delegates for it`,
  DelegationsInvalid: () => 'a delegation needs another delegate than its identity, devices, and an end to come',
  DelegationsUnknown: (v) => `there is no delegation ${v.delegationId}`,
  DelegationsRevoked: (v) => `delegation ${v.delegationId} is revoked already`,
  DelegationsHeldAlready: (v) =>
    `delegation ${v.delegationId} of another metering operator to the same delegate holds: it is to be revoked first`,
  DelegationsNoReadings: (v) =>
    `${v.caller} is no metering operator of area ${v.area}, and holds no delegation of one to commit readings`,
  DelegationsTooManyDevices: (v) =>
    `${v.count} readings are more than the ${v.named} meters that delegation ${v.delegationId} names`,
  MemberRegistryKeyTaken: (v) => `the key ${v.key} belongs to a member already`,
  MemberRegistryInvalidAccount: () => 'a member needs an account address',
  MemberRegistryLimitTooLarge: (v) =>
    `an order of ${v.quantityLimit} Wh is more than any connection carries (${v.largest} Wh)`,
  MemberRegistryAreaFull: (v) => `area ${v.area} holds at most ${v.limit} households`,
  MemberRegistryRoleTaken: (v) => `area ${v.area} has its ${KINDS[Number(v.kind)] ?? 'institution'} already`,
  MemberRegistryNotTheMember: (v) =>
    `${v.caller} neither owns the account of member ${v.memberId} nor is its trading key, or only the owner may do this`,
  MemberRegistryAccountTaken: (v) => `${v.account} is a household of area ${v.area} already`,
  MemberRegistryCredentialMissing: (v) =>
    `${v.account} lacks a valid credential of area ${v.area} as prosumer, microgrid trader or consumer, or one of its ` +
    'connection point',
  MemberRegistryWrongConnectionPoint: (v) =>
    `the connection point is ${v.connectionPoint}, and in the credential of the DSO ${v.credentials}`,
  MemberRegistryInvalidKey: (v) =>
    `${v.key} cannot be the trading key: that is somebody's, and takes the place of one that is there`,
  MemberRegistryInvalidDelegation: () =>
    "a delegation needs another key than the member's own, a side, prices from low to high on ticks, and a time to come",
  MemberRegistryNoDelegation: (v) => `member ${v.memberId} has delegated its trading to nobody`,
  MemberRegistryKeyRevoked: (v) =>
    `the key ${v.key} was revoked for member ${v.memberId}: it never trades for it again`,
  AccessManagerAlreadyScheduled: () => 'this is scheduled already: it can be done once its delay is over',
  AccessManagerNotScheduled: () => 'this has to be scheduled first, and can be done once its delay is over',
  AccessManagerNotReady: () => 'this is scheduled, and its delay is not over yet',
  AccessManagerExpired: () => 'this was scheduled, and not done in time: schedule it again',
  AccessManagedUnauthorized: (v) => `${v.caller} does not have the role that this call needs`,
}

const CREDENTIALS: Sentences = {
  CredentialRegistryNotAccredited: (v) =>
    `${v.issuer} is not accredited to issue credentials as ${roleOf(v.role)} in ${whereOf(v.area)}`,
  CredentialRegistryInvalidIssuer: () => 'an issuer needs an address',
  CredentialRegistryInvalidSubject: () => 'a credential needs a subject',
  CredentialRegistryInvalidRole: () => 'an issuer is accredited for a role, and none is named',
  CredentialRegistryInvalidValidity: (v) =>
    `a credential cannot be valid from ${v.validFrom} until ${v.validUntil} (unix seconds): it ends after it begins, and ` +
    `not before ${v.time}`,
  CredentialRegistryAlreadyIssued: (v) => `the credential ${v.credentialId} was issued already`,
  CredentialRegistrySuspendedAbove: (v) =>
    `the consortium suspended the credential ${v.credentialId}: only it reinstates it`,
  CredentialRegistryHeldAlready: (v) =>
    `the subject holds a credential for this already (${v.credentialId}): its issuer alone replaces it while it is valid, ` +
    'by one that is valid at once',
  CredentialRegistryUnknown: (v) => `there is no credential ${v.credentialId}`,
  CredentialRegistryNotTheIssuer: (v) =>
    `only its issuer and the consortium change the credential ${v.credentialId}: ${v.caller} is neither`,
  CredentialRegistryNotTheSubject: (v) =>
    `only its subject renounces the credential ${v.credentialId}: ${v.caller} is not`,
  CredentialRegistryWrongStatus: (v) =>
    `the credential ${v.credentialId} is ${STATUSES[Number(v.status)] ?? v.status}: revoked is for ever, suspended ` +
    'follows upon active, and active upon suspended',
  CredentialRegistryRoleMissing: (v) =>
    `${v.account} holds no valid credential as ${roleOf(v.role)} in ${whereOf(v.area)}`,
}

const IDENTITY: Sentences = {
  DidRegistryNotTheOwner: (v) => `${v.caller} does not own the identity ${v.identity}: only its owner does this`,
  DidRegistryDeactivated: (v) => `the identity ${v.identity} was deactivated by its owner, for ever`,
  DidRegistryInvalidSignature: (v) =>
    `${v.owner}, who owns the identity ${v.identity}, did not sign this call for this registry and ledger`,
  DidRegistryWrongNonce: (v) =>
    `the next call of the identity ${v.identity} is signed with nonce ${v.expected}, and not ${v.given}: sign it anew`,
  DidRegistryExpired: (v) => `the call could be made until ${v.deadline} (unix seconds), and it is ${v.time}`,
  DidRegistryInvalidDelegate: () => 'a delegate needs an address',
  DidRegistryInvalidName: () => 'an attribute needs a name, and a delegate a type',
  DidRegistryInvalidValue: (v) => `the value has ${v.length} bytes, and needs 1 to ${v.limit}`,
  DidRegistryInvalidValidity: (v) => `a validity of ${v.validity} seconds is none: from 1 to ${v.limit}`,
  DidRegistryInvalidCount: (v) => `${v.count} attributes cannot be set at once: from 1 to ${v.limit}`,
  DidRegistryNoDelegate: (v) => `${v.delegate} is no delegate of this type of the identity ${v.identity}`,
  DidRegistryNotRecovery: (v) => `only the Recovery contract replaces owners, and ${v.caller} is another`,
  DidRegistryInvalidOwner: () => 'an owner is replaced by somebody: the new one needs an address',
  PasskeyAccountExpired: (v) => `the calls could be made until ${v.deadline} (unix seconds), and it is ${v.time}`,
  PasskeyAccountInvalidCount: (v) => `an account makes 1 to ${v.limit} calls at once, and not ${v.count}`,
  PasskeyAccountInvalidSignature: (v) =>
    `the account's key did not sign these calls with its nonce ${v.nonce} and this deadline`,
  AddressEmptyCode: (v) => `there is no contract at ${v.target} that could be called`,
  FailedCall: () => 'a call of the account failed without a reason',
  PasskeyAccountsInvalidKey: (v) => `(${v.x}, ${v.y}) is no public key: no point of P-256`,
  RecoveryNotTheOwner: (v) => `${v.caller} does not own the identity ${v.identity}: only its owner does this`,
  RecoveryDeactivated: (v) => `the identity ${v.identity} was deactivated by its owner, for ever`,
  RecoveryInvalidSignature: (v) =>
    `${v.signer} did not sign this for the identity ${v.identity}, this contract and this ledger`,
  RecoveryWrongNonce: (v) =>
    `what concerns the identity ${v.identity} is signed with nonce ${v.expected} now, and not ${v.given}: ` +
    'its plan or owner changed since',
  RecoveryExpired: (v) => `this could be done until ${v.deadline} (unix seconds), and it is ${v.time}`,
  RecoveryDeadlineTooFar: (v) =>
    `guardians approve for 30 days at most: a deadline of ${v.deadline} is later than ${v.latest} (unix seconds)`,
  RecoveryInvalidThreshold: (v) =>
    `${v.threshold} of ${v.guardians} guardians cannot be the threshold: at least one of at most ${v.limit}, or none of none`,
  RecoveryInvalidGuardian: (v) =>
    `${v.guardian} cannot be the next guardian: they are named once each, ascending, and are neither the identity ` +
    'nor its owner nor owned by it',
  RecoveryInvalidNewOwner: (v) =>
    `${v.newOwner} cannot be the new owner: neither nobody, nor who owns the identity already`,
  RecoveryNoGuardians: (v) => `the present owner of the identity ${v.identity} chose no guardians`,
  RecoveryNotAGuardian: (v) => `${v.guardian} is no guardian of the identity ${v.identity}`,
  RecoveryNotTheGuardian: (v) => `${v.caller} does not own the identity of the guardian ${v.guardian}`,
  RecoveryApprovedAlready: (v) => `the guardian ${v.guardian}, or its owner ${v.owner}, approved of this already`,
  RecoveryBelowThreshold: (v) => `${v.approvals} guardians approved of this, and ${v.threshold} have to`,
  RecoveryManagerBarred: (v) =>
    `the owner of the identity ${v.identity} barred ${v.manager} from proposing another until ${v.barredUntil} (unix seconds)`,
  RecoveryNotAMember: (v) => `the identity ${v.identity} is no household or trader of area ${v.area}`,
  RecoveryNoProposal: (v) =>
    `no proposal of ${v.manager} waits for the identity ${v.identity}, or a change of plan or owner voided it`,
  RecoveryTooEarly: (v) => `the owner can refuse until ${v.executableFrom} (unix seconds), and it is only ${v.time}`,
}

const GOVERNANCE: Sentences = {
  CouncilNotAMember: (v) => `${v.caller} is no member of the council`,
  CouncilNotItself: (v) => `only the council changes itself, by a proposal: ${v.caller} does not`,
  CouncilInvalidMembers: (v) =>
    `${v.count} members of whom ${v.threshold} decide are no council: it has 1 to 32, and no more than all decide`,
  CouncilInvalidMember: (v) => `${v.member} cannot be a member: each is somebody, once, and not the council itself`,
  CouncilInvalidCalls: (v) => `a proposal holds 1 to 32 calls, and not ${v.count}`,
  CouncilInvalidSignatures: (v) =>
    `${v.signatures} signatures were given of ${v.approvers} members: one of each is needed`,
  CouncilUnknownProposal: (v) => `there is no proposal ${v.proposalId}`,
  CouncilVoid: (v) =>
    `proposal ${v.proposalId} is void: the council changed since (epoch ${v.epoch}, now ${v.current}); propose it again`,
  CouncilExpired: (v) => `proposal ${v.proposalId} ended at ${v.expiry} (unix seconds), and it is ${v.time}`,
  CouncilAlreadyExecuted: (v) => `proposal ${v.proposalId} is executed already`,
  CouncilAlreadyApproved: (v) => `${v.member} approves proposal ${v.proposalId} already`,
  CouncilNotApproved: (v) => `${v.member} does not approve proposal ${v.proposalId}: there is nothing to withdraw`,
  CouncilApprovalWithdrawn: (v) =>
    `${v.member} withdrew its approval of proposal ${v.proposalId}: it approves again by its own transaction only`,
  CouncilSignatureExpired: (v) => `these approvals ended at ${v.deadline} (unix seconds), and it is ${v.time}`,
  CouncilInvalidSignature: (v) => `${v.member} did not sign this approval`,
  CouncilWrongCalls: (v) =>
    `these are not the calls and the description of proposal ${v.proposalId}: ${v.given} instead of ${v.proposed}`,
  CouncilBelowThreshold: (v) => `${v.approvals} members approve proposal ${v.proposalId}, and ${v.threshold} have to`,
  CouncilCallFailed: (v) => `call ${v.position} of the proposal, to ${v.target}, failed: ${v.reason}`,
  TradingPauseAlreadyPaused: (v) => `area ${v.area} is paused already, until ${v.until} (unix seconds)`,
  TradingPauseNotPaused: (v) => `area ${v.area} is not paused`,
  TradingPauseInvalidEnd: (v) =>
    `a pause cannot end at ${v.until} (unix seconds): after ${v.earliest}, and at ${v.latest} at the latest`,
  TradingPauseNotTheGuardian: (v) => `${v.caller} is neither the guardian nor the consortium`,
}

/** What the contracts' errors say in words; errors that are not here are spelled out from their names. */
export const REVERT_SENTENCES: Sentences = {
  ...MARKET,
  ...RECEIPTS,
  ...SETTLEMENT,
  ...ACCOUNTS,
  ...REGISTRIES,
  ...CREDENTIALS,
  ...IDENTITY,
  ...GOVERNANCE,
  ...FLEX_REVERT_SENTENCES,
  ...FLEX_SETTLEMENT_REVERT_SENTENCES,
}
