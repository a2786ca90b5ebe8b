import type { DomainError } from '../domain/errors.ts'
import { commandKinds } from './command-problem-kinds.ts'
import { deviceKinds } from './device-problem-kinds.ts'
import { flexibilityKinds } from './flexibility-problem-kinds.ts'
import { joiningKinds } from './joining-problem-kinds.ts'
import { presentationKinds } from './presentation-problem-kinds.ts'

export type ProblemKind = { readonly status: number; readonly title: string; readonly advice: string }

const READ_THE_DOCUMENT = 'Send what /api/openapi.json describes.'
const LATER = 'Try again in a few seconds; /health says what is not well.'

/** Status, title and advice of every code that a caller may meet. */
const kinds: Readonly<Record<string, ProblemKind>> = {
  'request-malformed': { status: 400, title: 'The request is not understood', advice: READ_THE_DOCUMENT },
  'body-not-json': { status: 400, title: 'The body is not JSON', advice: 'Send a JSON document.' },
  'body-type-unsupported': {
    status: 415,
    title: 'The body is of another type',
    advice: 'Send UTF-8, not compressed, with the Content-Type that /api/openapi.json names.',
  },
  'body-too-large': { status: 413, title: 'The body is too large', advice: 'Send less at once.' },
  'order-malformed': { status: 400, title: 'The order is not understood', advice: READ_THE_DOCUMENT },
  'order-invalid': { status: 400, title: 'The order is not valid', advice: READ_THE_DOCUMENT },
  'batch-malformed': { status: 400, title: 'The batch is not understood', advice: READ_THE_DOCUMENT },
  'order-signature-invalid': {
    status: 403,
    title: "The signature is not the member's",
    advice:
      "Sign exactly the order sent, for this ledger, with the member's trading key or the key it delegated to (EIP-712, 64 bytes as EIP-2098 has it).",
  },
  'order-not-a-member': {
    status: 403,
    title: 'Nobody under that number',
    advice: "Ask the area's community manager to register the household first.",
  },
  'order-key-revoked': {
    status: 403,
    title: 'The key no longer trades',
    advice:
      "Sign with the member's own trading key; where the member was deactivated, ask the area's community manager.",
  },
  'order-outside-delegation': {
    status: 403,
    title: 'The key may not sign this order',
    advice: "Sign with the member's own trading key, or delegate with wider limits: they count from the next day on.",
  },
  'order-over-limit': {
    status: 422,
    title: "The order is over the key's limit",
    advice: "Place a smaller order, or ask the area's community manager for a higher limit.",
  },
  'order-over-allowance': {
    status: 422,
    title: 'The deposit does not cover the order',
    advice:
      'Deposit more for the days to come, or place an order that puts less at risk; cancelling the other side helps.',
  },
  'order-expired': {
    status: 422,
    title: 'The order expires before its gate closes',
    advice: 'Let it stand at least until gate closure, which /api/neighbourhood shows.',
  },
  'order-superseded': {
    status: 409,
    title: 'A later order counts',
    advice: 'To replace it, sign with a greater salt; unix milliseconds will do.',
  },
  'price-out-of-range': {
    status: 422,
    title: 'The limit is out of range',
    advice: 'Choose a limit from -500000 to 4000000 micro-euro per kWh.',
  },
  'price-off-tick': {
    status: 422,
    title: 'The limit is off the tick',
    advice: 'Choose a multiple of 100 micro-euro per kWh.',
  },
  'area-unknown': { status: 422, title: 'Another area', advice: 'Send the order to the area that it is for.' },
  'period-not-traded': {
    status: 422,
    title: 'The delivery period is not traded',
    advice: "Choose a delivery period of the area's calendar, which /api/neighbourhood shows.",
  },
  'order-already-placed': {
    status: 409,
    title: 'The order is already placed',
    advice: 'Nothing is left to do: it is kept. `receipt` is its receipt, where it has one and its gate is open.',
  },
  'key-chain-known': {
    status: 409,
    title: 'Another chain of the key is known',
    advice: 'Derive the keys of the days from the chain code that was told first, or trade with another key.',
  },
  'session-not-open': {
    status: 409,
    title: 'The session is not open yet',
    advice: "Place the order once the day's trading keys are on the ledger, from 24 hours before the day (UTC) starts.",
  },
  'gate-closed': {
    status: 409,
    title: 'The gate is closed',
    advice: 'Place an order for a later delivery period; /api/neighbourhood says when gates close.',
  },
  'trading-paused': {
    status: 409,
    title: 'Trading is paused',
    advice: 'Place an order for a delivery period whose gate closes after the pause.',
  },
  'too-many-orders': { status: 429, title: 'Too many orders at once', advice: 'Wait a second, then send them again.' },
  'transaction-malformed': {
    status: 400,
    title: 'The transaction is not understood',
    advice: 'Send a signed transaction of type 0, 1 or 2 (EIP-155, EIP-2930, EIP-1559) as 0x-hex, of at most 128 kB.',
  },
  'transaction-for-another-ledger': {
    status: 422,
    title: 'Signed for another ledger',
    advice: 'Sign it with the chain id that /api/ledger shows.',
  },
  'transaction-not-for-us': {
    status: 422,
    title: 'Not for a contract of this market',
    advice: 'Only transactions to the contracts that /api/ledger lists are relayed.',
  },
  'transaction-not-taken': {
    status: 409,
    title: 'The ledger did not take the transaction',
    advice: 'Sign it again with the next nonce of its sender, enough gas, and fees that the ledger asks for.',
  },
  'too-many-transactions': {
    status: 429,
    title: 'Too many transactions at once',
    advice: 'Wait a second, then send them again.',
  },
  'not-signed-in': {
    status: 401,
    title: 'You are not signed in',
    advice: 'Sign in at /sign-in with a wallet, a passkey or a one-time link; a machine shows an api key.',
  },
  'api-key-invalid': {
    status: 401,
    title: 'The api key is not valid',
    advice: 'Its person makes another on the account screen, or rotates it in time.',
  },
  'api-key-scope-missing': {
    status: 403,
    title: 'The api key may not do this',
    advice: 'Make a key with the scope that the detail names.',
  },
  'sign-in-needed': {
    status: 403,
    title: 'Only a person can do this',
    advice: 'Sign in in a browser: sign-ins, keys and consents are not for machines.',
  },
  'household-not-shown': {
    status: 403,
    title: 'This household is not shown to you',
    advice: 'Its member can let you read it, by a consent on the account screen.',
  },
  'household-not-yours': {
    status: 403,
    title: 'Not your household',
    advice: 'Sign in with the account by which the household is registered, or with the owner of its DID.',
  },
  'role-missing': {
    status: 403,
    title: 'This needs a role',
    advice: 'Whoever is accredited for the role issues its credential.',
  },
  'foreign-page': {
    status: 403,
    title: 'Not from a page of this server',
    advice: 'Programs send the header X-Commonwatt: 1; a page of another site cannot.',
  },
  'sign-in-message-malformed': {
    status: 400,
    title: 'The message is not understood',
    advice: 'Sign exactly the message that /api/sign-in/challenges gives.',
  },
  'sign-in-for-another-site': {
    status: 403,
    title: 'Signed for another site',
    advice: 'Sign in from this page. Where you did, somebody may have asked you to sign for them: look at the address.',
  },
  'sign-in-for-another-ledger': {
    status: 403,
    title: 'Signed for another ledger',
    advice: 'Choose in the wallet the chain that /api/ledger shows.',
  },
  'sign-in-out-of-time': {
    status: 403,
    title: 'The message is out of time',
    advice: 'Begin again; it is to be signed within five minutes.',
  },
  'challenge-unknown': {
    status: 403,
    title: 'Used, expired or unknown',
    advice: 'Begin again: each is for one sign-in, and soon over.',
  },
  'sign-in-signature-invalid': {
    status: 403,
    title: 'Not signed by that address',
    advice: 'Sign the message as it is (personal_sign), with the account that it names.',
  },
  'did-given-away': {
    status: 403,
    title: 'The DID belongs to somebody else now',
    advice: 'Sign in as its owner.',
  },
  'passkeys-unavailable': {
    status: 501,
    title: 'No passkeys here',
    advice: 'Sign in with a wallet or a one-time link.',
  },
  'passkeys-need-a-name': {
    status: 409,
    title: 'No passkeys at this address',
    advice: 'Browsers make passkeys for names: open the address that the detail gives, then try again.',
  },
  'passkey-response-invalid': { status: 403, title: 'The passkey was not accepted', advice: 'Begin again.' },
  'passkey-unknown': {
    status: 403,
    title: 'The passkey is not known here',
    advice: 'Register it, or sign in with another.',
  },
  'passkey-already-known': { status: 409, title: 'The passkey is known already', advice: 'Sign in with it.' },
  'too-many-challenges': {
    status: 429,
    title: 'Too many sign-ins begun',
    advice: 'End those that are open, or wait five minutes.',
  },
  'too-many-sign-ins': { status: 429, title: 'Too many sign-ins', advice: 'Wait a minute, then try again.' },
  'too-many-requests': { status: 429, title: 'Too many requests', advice: 'Wait a second, then send them again.' },
  'too-many-api-keys': { status: 422, title: 'Too many api keys', advice: 'Revoke one that is not used.' },
  'api-key-unknown': { status: 404, title: 'No such api key', advice: '/api/api-keys lists yours.' },
  'did-invalid': {
    status: 422,
    title: 'Not an identifier',
    advice: 'Give a DID of the form did:ethr:0x<chain id>:0x<address>, as its owner sees it on the account screen.',
  },
  'did-of-another-ledger': {
    status: 422,
    title: 'An identifier of another ledger',
    advice: 'Ask whoever it is for the DID on this ledger; /api/ledger shows its chain id.',
  },
  'consent-invalid': { status: 422, title: 'Not a consent', advice: READ_THE_DOCUMENT },
  'consent-unknown': { status: 404, title: 'No such consent', advice: '/api/consents lists those in force.' },
  'too-many-consents': { status: 422, title: 'Too many consents', advice: 'Take one back that is not needed.' },
  ...commandKinds,
  ...joiningKinds,
  ...deviceKinds,
  ...flexibilityKinds,
  'too-many-streams': { status: 503, title: 'Too many listeners', advice: 'Close a stream, or try again later.' },
  'household-unknown': { status: 404, title: 'No such household', advice: '/api/households lists them.' },
  'erasure-too-early': {
    status: 409,
    title: 'Something is open still',
    advice: 'Settle what the detail names, and ask again once the times that it names are over.',
  },
  'erasure-unknown': { status: 404, title: 'No such wish', advice: 'POST to this address asks for it.' },
  'session-unknown': { status: 404, title: 'No such session', advice: '/api/sessions lists them.' },
  'order-unknown': { status: 404, title: 'No such order', advice: 'Ask with the digest that placing it gave.' },
  'statement-unknown': {
    status: 404,
    title: 'No such statement',
    advice: "The household's statements are listed at /api/households/{memberId}/statements.",
  },
  'period-statement-unknown': {
    status: 404,
    title: 'No such period in the statement',
    advice: 'The statement lists its periods.',
  },
  'statement-provisional': {
    status: 409,
    title: 'The statement is not committed yet',
    advice: 'Nothing of it is on the ledger: come back once its run is committed.',
  },
  'evidence-incomplete': {
    status: 409,
    title: 'Not everything is known here yet',
    advice: 'Try again once the session is cleared and its blocks have been read; the ledger itself has the rest.',
  },
  'session-not-cleared': {
    status: 409,
    title: 'The session is not cleared yet',
    advice: 'Come back once it is: /api/sessions shows it.',
  },
  'order-not-left-out': {
    status: 409,
    title: 'The order was not left out',
    advice: 'Nothing is to be proved: a challenge would cost its stake.',
  },
  'span-too-long': { status: 422, title: 'Too much at once', advice: 'Ask for a shorter span.' },
  'block-unknown': { status: 404, title: 'No such block', advice: '/api/ledger/blocks lists them.' },
  'transaction-unknown': {
    status: 404,
    title: 'No such transaction',
    advice: 'Where it is new, try again once its block has been read.',
  },
  'credential-unknown': {
    status: 404,
    title: 'No such credential',
    advice: 'Where it is new, try again once its block has been read; /api/identities/{did} lists those of a subject.',
  },
  'identity-unknown': {
    status: 404,
    title: 'No such identity',
    advice: 'Ask with the chain id that /api/ledger shows, in hex: did:ethr:0x7a69:0x…',
  },
  ...presentationKinds,
  'meter-file-faulty': {
    status: 422,
    title: 'The file of meters has faults',
    advice: 'Mend the rows that `faults` names, and send the whole file again: nothing of it was taken.',
  },
  'meter-import-unknown': { status: 404, title: 'No such file of meters', advice: '/api/meters/imports lists yours.' },
  'meter-import-begun': {
    status: 409,
    title: 'The file of meters is being recorded, or is',
    advice: 'It cannot be taken back any more: read how far it is.',
  },
  'idempotency-key-reused': {
    status: 422,
    title: 'Another file has this key',
    advice: 'Choose another Idempotency-Key for another file.',
  },
  'resource-unknown': { status: 404, title: 'No such resource', advice: '/api/openapi.json lists what there is.' },
  'web-app-not-built': { status: 404, title: 'The web app is not built', advice: 'Run npm run build, then reload.' },
  'host-not-allowed': {
    status: 421,
    title: 'Not a name of this server',
    advice: 'Use http://127.0.0.1 or http://localhost.',
  },
  'area-not-indexed': { status: 503, title: 'Not ready yet', advice: LATER },
  'projection-behind': { status: 503, title: 'Not ready yet', advice: LATER },
  'database-unreachable': { status: 503, title: 'The database does not answer', advice: LATER },
  'ledger-unreachable': { status: 503, title: 'The ledger does not answer', advice: LATER },
  'ledger-inconsistent': { status: 503, title: 'The ledger does not answer as it should', advice: LATER },
  'ledger-refused': { status: 503, title: 'The ledger does not answer as it should', advice: LATER },
  'internal-error': { status: 500, title: 'A defect', advice: 'The log has the details.' },
}

/** What a contract refuses keeps the name of its error; the detail has its words and figures. */
const refusedByLedger: ProblemKind = {
  status: 422,
  title: 'The ledger would refuse it',
  advice: 'Nothing was sent. Mend what the detail names, then sign it anew.',
}

/** A refusal without an entry of its own is still the caller's to mend. */
const other: ProblemKind = { status: 422, title: 'Refused', advice: READ_THE_DOCUMENT }

export function problemKindOf({ code, details }: Pick<DomainError, 'code' | 'details'>): ProblemKind {
  return kinds[code] ?? (details.isLedgerRefusal === true ? refusedByLedger : other)
}
