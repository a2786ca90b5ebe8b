import type { ContractName } from '../../../services/chain/ledger.ts'
import type { AbiValue } from '../abi.ts'
import { differ, type Place } from '../difference.ts'
import { hexOf, isSame } from '../ledger/hex.ts'
import type { LedgerCall, LedgerEvent, LedgerTransaction } from './ledger-event.ts'

const FLEX_VERDICTS: readonly string[] = ['FlexChallengeUpheld', 'FlexChallengeRejected']

/** The events of which each function leaves one whenever it succeeds. */
const LEFT_BY: Partial<Readonly<Record<ContractName, Readonly<Record<string, readonly string[]>>>>> = {
  accessManager: {
    grantRole: ['RoleGranted'],
    labelRole: ['RoleLabel'],
    setRoleAdmin: ['RoleAdminChanged'],
    setTargetClosed: ['TargetClosed'],
    setTargetFunctionRole: ['TargetFunctionRoleUpdated'],
    setRoleGuardian: ['RoleGuardianChanged'],
    setGrantDelay: ['RoleGrantDelayChanged'],
    setTargetAdminDelay: ['TargetAdminDelayUpdated'],
    schedule: ['OperationScheduled'],
    cancel: ['OperationCanceled'],
  },
  memberRegistry: {
    registerMembers: ['MemberRegistered'],
    deactivateMember: ['MemberDeactivated'],
    replaceTradingKey: ['TradingKeyReplaced'],
    delegateTrading: ['TradingDelegated'],
    revokeDelegation: ['DelegationRevoked'],
  },
  credentialRegistry: {
    accreditIssuer: ['AccreditationChanged'],
    suspendIssuer: ['AccreditationChanged'],
    removeIssuer: ['AccreditationChanged'],
    issueCredentials: ['CredentialIssued'],
    revokeCredentials: ['CredentialStatusChanged'],
    suspendCredentials: ['CredentialStatusChanged'],
    reinstateCredentials: ['CredentialStatusChanged'],
    renounceCredential: ['CredentialStatusChanged'],
  },
  didRegistry: {
    changeOwner: ['DIDOwnerChanged'],
    addDelegate: ['DIDDelegateChanged'],
    revokeDelegate: ['DIDDelegateChanged'],
    setAttribute: ['DIDAttributeChanged'],
    setAttributes: ['DIDAttributeChanged'],
    revokeAttribute: ['DIDAttributeChanged'],
    changeOwnerSigned: ['DIDOwnerChanged'],
    addDelegateSigned: ['DIDDelegateChanged'],
    revokeDelegateSigned: ['DIDDelegateChanged'],
    setAttributeSigned: ['DIDAttributeChanged'],
    setAttributesSigned: ['DIDAttributeChanged'],
    revokeAttributeSigned: ['DIDAttributeChanged'],
  },
  delegations: { delegate: ['Delegated'], revoke: ['DelegationRevoked'] },
  recovery: {
    choosePlan: ['PlanChosen'],
    choosePlanSigned: ['PlanChosen'],
    approve: ['RecoveryApproved'],
    recover: ['OwnerRecovered'],
    propose: ['RecoveryProposed'],
    refuse: ['RecoveryRefused'],
    refuseSigned: ['RecoveryRefused'],
    executeProposal: ['OwnerRecovered'],
  },
  areaRegistry: {
    openArea: ['AreaOpened'],
    setDefaultEnergyRates: ['DefaultEnergyRatesSet'],
    publishEnergyRates: ['EnergyRatesPublished'],
    setGridTariff: ['GridTariffSet'],
    publishGridRates: ['GridRatesPublished'],
    setLevy: ['LevySet'],
    setPlatformFee: ['PlatformFeeSet'],
  },
  settlementCurrency: {
    mint: ['Transfer'],
    transfer: ['Transfer'],
    transferFrom: ['Transfer'],
    approve: ['Approval'],
    permit: ['Approval'],
  },
  accounts: {
    deposit: ['Deposited'],
    depositWithPermit: ['Deposited'],
    withdraw: ['Withdrawn'],
    setCreditLine: ['CreditLineSet'],
    contribute: ['FundContributed'],
    depositBond: ['BondDeposited'],
    announceBondWithdrawal: ['BondWithdrawalAnnounced'],
    withdrawBond: ['BondWithdrawn'],
  },
  tradingDays: {
    publishKeys: ['KeysPublished'],
    sealKeys: ['KeysSealed'],
    publishSealedKeys: ['PageSealed'],
  },
  callAuction: {
    closeGate: ['GateClosed'],
    replaceOperator: ['GateClosed'],
    clear: ['OrdersCleared'],
    commitOrder: ['OrderCommitted'],
    openOrder: ['OrderOpened'],
  },
  orderReceipts: { proveLeftOut: ['OrderLeftOut', 'ChallengeRejected'] },
  meterReadings: { commitReadings: ['ReadingsCommitted'], correctReadings: ['ReadingsCommitted'] },
  settlement: { commitStatements: ['StatementsCommitted'], payRun: ['RunPaid'] },
  challenges: {
    challengePeriod: ['StatementCorrected', 'ChallengeRejected'],
    challengeStatement: ['StatementCorrected', 'ChallengeRejected'],
  },
  council: {
    propose: ['ProposalMade'],
    approve: ['ProposalApproved'],
    approveBySignatures: ['ProposalApproved'],
    withdrawApproval: ['ApprovalWithdrawn'],
    execute: ['ProposalExecuted'],
  },
  flexProducts: { defineProduct: ['ProductDefined'], retireProduct: ['ProductRetired'] },
  congestionPoints: {
    registerPoint: ['PointRegistered'],
    setCapacity: ['CapacityChanged'],
    setLimit: ['LimitSet'],
    removeLimit: ['LimitRemoved'],
    connect: ['ConnectionSet'],
    disconnect: ['ConnectionRemoved'],
  },
  flexPortfolios: {
    openPortfolio: ['PortfolioOpened'],
    join: ['MemberJoined'],
    leave: ['MemberLeft'],
    requestPrequalification: ['PrequalificationRequested'],
    prequalify: ['Prequalified'],
    rejectPrequalification: ['PrequalificationRejected'],
  },
  flexReservations: {
    propose: ['ReservationProposed'],
    agree: ['ReservationAgreed'],
    withdraw: ['ReservationWithdrawn'],
    release: ['ReservationReleased'],
  },
  flexRequests: {
    requestFlexibility: ['FlexRequested'],
    cancelRequest: ['RequestCancelled'],
    sealOffer: ['OfferSealed'],
    openOffer: ['OfferOpened'],
  },
  flexOrders: {
    orderOffer: ['FlexOrdered'],
    orderReserve: ['FlexOrdered'],
    testReserve: ['FlexOrdered'],
    cancelOrder: ['OrderCancelled'],
  },
  flexNominations: { nominate: ['BaselineNominated'] },
  flexCalendars: { setUtcOffset: ['UtcOffsetSet'], setHolidays: ['HolidaysSet'] },
  flexSettlement: { commitRun: ['FlexStatementsCommitted'], payRun: ['FlexRunPaid'] },
  flexChallenges: {
    challengeAsset: FLEX_VERDICTS,
    challengeReading: FLEX_VERDICTS,
    challengeNeighbours: FLEX_VERDICTS,
    challengeBaseline: FLEX_VERDICTS,
    challengeEntry: FLEX_VERDICTS,
    challengeAggregator: FLEX_VERDICTS,
    challengeStatement: FLEX_VERDICTS,
    challengeStatements: FLEX_VERDICTS,
  },
  tradingPause: { pause: ['TradingPaused'], extendPause: ['PauseExtended'], endPause: ['PauseEnded'] },
}

/** Functions that leave one event for each element of a list, and what the element is called in the event. */
const LISTS: Readonly<Record<string, readonly [list: string, element: string]>> = {
  registerMembers: ['registrations', ''],
  setTargetFunctionRole: ['selectors', 'selector'],
  approveBySignatures: ['approvers', 'member'],
  issueCredentials: ['issuances', ''],
  revokeCredentials: ['credentialIds', 'credentialId'],
  suspendCredentials: ['credentialIds', 'credentialId'],
  reinstateCredentials: ['credentialIds', 'credentialId'],
  setAttributes: ['attributes', ''],
  setAttributesSigned: ['attributes', ''],
  connect: ['connections', ''],
  disconnect: ['connectionPoints', 'connectionPoint'],
}

/** Events that a function leaves beside that. */
const LEFT_BESIDE: Readonly<Record<string, readonly string[]>> = { publishSealedKeys: ['KeysPublished'] }

/** Values of an event that are something else than what the call calls so. */
const UNRELATED = new Set(['OrderOpened:terms', 'PlanChosen:nonce'])

type Values = Readonly<Record<string, AbiValue>>
type Expected = { readonly call: LedgerCall; readonly names: readonly string[]; readonly said: Values }

/**
 * Checks that what a transaction called of ours left the events that it leaves, and that each says what the call said. Only
 * what a transaction called itself can be seen, not what it called through another contract.
 */
export function requireTraces({ transaction, block, calls, events, isUnknown }: LedgerTransaction): void {
  const place: Place = { block, transaction: transaction.hash }
  if (isUnknown) differ('calls', 'it called a function that the contract does not have, and succeeded', place)
  const left = [...events]
  for (const { call, names, said } of calls.flatMap(expectedOf)) {
    const at = left.findIndex(({ contract, name }) => contract === call.contract && names.includes(name))
    const event = left[at]
    if (event === undefined) {
      const message = `${call.contract}.${call.name} was called and succeeded, and left no ${names.join(' or ')}`
      differ('calls', message, { ...place, ...subjectOf(said) })
    }
    left.splice(at, 1)
    requireSaid(event, said, { ...place, ...subjectOf(said) })
  }
}

function requireSaid(event: LedgerEvent, said: Values, place: Place): void {
  for (const name of event.fields.names) {
    const found = event.fields.value(name)
    const expected = said[name]
    if (found === undefined || expected === undefined || UNRELATED.has(`${event.name}:${name}`)) continue
    if (!isScalar(found) || !isScalar(expected) || isEqual(found, expected)) continue
    const message = `${name} of ${event.name} is ${wordsOf(found)}, and the call said ${wordsOf(expected)}`
    differ('calls', message, place)
  }
}

function expectedOf(call: LedgerCall): Expected[] {
  const names = LEFT_BY[call.contract]?.[call.name]
  if (names === undefined) return []
  const said = Object.fromEntries(call.fields.names.flatMap((name) => valuesOf(name, call.fields.value(name)!)))
  const [list, element] = LISTS[call.name] ?? []
  const elements = list === undefined ? undefined : call.fields.value(list)
  if (!Array.isArray(elements)) {
    const beside = (LEFT_BESIDE[call.name] ?? []).map((name) => ({ call, names: [name], said }))
    return [{ call, names, said }, ...beside]
  }
  return (elements as readonly AbiValue[]).map((each) => ({
    call,
    names,
    said: { ...said, ...Object.fromEntries(valuesOf(element ?? '', each)) },
  }))
}

/** A value by its name, or those of a struct by theirs. */
function valuesOf(name: string, value: AbiValue): (readonly [string, AbiValue])[] {
  if (isScalar(value)) return [[name, value]]
  if (Array.isArray(value)) return []
  return Object.entries(value as Values).filter(([, inner]) => isScalar(inner))
}

function isScalar(value: AbiValue): boolean {
  return typeof value !== 'object' || value instanceof Uint8Array
}

function isEqual(one: AbiValue, other: AbiValue): boolean {
  if (one instanceof Uint8Array && other instanceof Uint8Array) return isSame(one, other)
  if (typeof one === 'string' || typeof one === 'boolean') return one === other
  return BigInt(one as bigint) === BigInt(other as bigint)
}

function wordsOf(value: AbiValue): string {
  if (value instanceof Uint8Array) return shortened(hexOf(value))
  return typeof value === 'object' ? 'a structure' : shortened(String(value))
}

function shortened(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}

function subjectOf(said: Values): Place {
  const number = (name: string) => (typeof said[name] === 'number' ? said[name] : undefined)
  const subject = {
    area: number('area'),
    period: number('period') ?? number('deliveryPeriod'),
    day: number('day'),
    member: number('memberId') ?? number('challenger'),
  }
  return Object.fromEntries(Object.entries(subject).filter(([, value]) => value !== undefined))
}
