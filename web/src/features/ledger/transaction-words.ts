import { wordsOf } from './phrases.ts'

/** By name, where contracts differ with that of the contract. */
const FUNCTIONS: Readonly<Record<string, string>> = {
  publishKeys: 'published trading keys of a day',
  commitOrder: 'put a sealed order on the ledger',
  openOrder: 'opened an order on the ledger',
  closeGate: 'closed the gate of a session',
  replaceOperator: 'replaced the operator in a session',
  clear: 'checked the orders of a session',
  abandonClearing: 'began a clearing anew',
  commitReadings: 'committed meter readings',
  correctReadings: 'corrected meter readings',
  commitStatements: 'committed the statements of a day',
  payRun: 'had a day paid',
  payCorrections: 'had paid what a correction owed',
  releaseUnpaidDay: 'freed what an unpaid day had locked',
  proveLeftOut: 'challenged that an order was left out',
  challengePeriod: 'challenged a quarter-hour of a statement',
  challengeStatement: 'challenged a statement',
  registerMembers: 'registered members',
  deactivateMember: 'deactivated a member',
  delegateTrading: 'let a key trade for a member',
  revokeDelegation: 'let a key trade no more',
  replaceTradingKey: 'replaced a trading key',
  noteCredentials: 'had a member’s credentials looked at anew',
  accreditIssuer: 'accredited an issuer of credentials',
  suspendIssuer: 'suspended an issuer of credentials',
  removeIssuer: 'removed an issuer of credentials',
  issueCredentials: 'issued credentials',
  revokeCredentials: 'revoked credentials',
  suspendCredentials: 'suspended credentials',
  reinstateCredentials: 'reinstated credentials',
  renounceCredential: 'renounced a credential',
  changeOwner: 'gave an identity another owner',
  addDelegate: 'named a delegate of an identity',
  revokeDelegate: 'revoked a delegate of an identity',
  setAttribute: 'set an attribute of an identity',
  setAttributes: 'set attributes of an identity',
  revokeAttribute: 'took back an attribute of an identity',
  changeOwnerSigned: 'gave an identity another owner, as its owner had signed',
  addDelegateSigned: 'named a delegate of an identity, as its owner had signed',
  revokeDelegateSigned: 'revoked a delegate of an identity, as its owner had signed',
  setAttributeSigned: 'set an attribute of an identity, as its owner had signed',
  setAttributesSigned: 'set attributes of an identity, as its owner had signed',
  revokeAttributeSigned: 'took back an attribute of an identity, as its owner had signed',
  choosePlan: 'chose who gives an identity a new owner',
  choosePlanSigned: 'chose who gives an identity a new owner, as its owner had signed',
  'recovery.approve': 'approved of a new owner of an identity',
  recover: 'gave an identity the owner that its guardians approved of',
  propose: 'proposed a new owner of an identity',
  refuse: 'refused a proposed owner',
  refuseSigned: 'refused a proposed owner, as the present one had signed',
  executeProposal: 'gave an identity the owner that was proposed',
  'delegations.delegate': 'let another act in its place',
  'delegations.revoke': 'ended a delegation',
  createAccount: 'made the account of a passkey',
  openArea: 'opened a market area',
  setDefaultEnergyRates: 'set the supplier’s rates',
  publishEnergyRates: 'published the supplier’s rates',
  setGridTariff: 'set the grid tariff',
  publishGridRates: 'published the grid tariff',
  setLevy: 'set the levies',
  setPlatformFee: 'set the platform’s fee',
  deposit: 'deposited money',
  depositWithPermit: 'deposited money',
  withdraw: 'withdrew money',
  setCreditLine: 'set a credit line',
  contribute: 'gave money to the guarantee fund',
  depositBond: 'put money into the operator’s bond',
  announceBondWithdrawal: 'announced to take money out of the operator’s bond',
  withdrawBond: 'took money out of the operator’s bond',
  approve: 'allowed a deposit',
  mint: 'issued money',
  transfer: 'moved money',
  grantRole: 'gave a role',
  labelRole: 'named a role',
  setTargetFunctionRole: 'reserved functions for a role',
}

type Called = {
  readonly recipient: string | null
  readonly contract: string | null
  readonly function: string | null
}

/** What a transaction did, as the end of a sentence: `cleared a session`. */
export function transactionWordsOf(called: Called): string {
  if (called.recipient === null) return 'created a contract'
  if (called.function === null) return 'called something that is not known here'
  return (
    FUNCTIONS[`${called.contract}.${called.function}`] ??
    FUNCTIONS[called.function] ??
    `called ${wordsOf(called.function)}`
  )
}
