import type { DomainError } from '../domain/errors.ts'

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
    advice: 'Send UTF-8 JSON, not compressed, with Content-Type: application/json.',
  },
  'body-too-large': { status: 413, title: 'The body is too large', advice: 'Send fewer orders at once.' },
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
    title: 'Not a member of the area',
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
    advice: 'Nothing is left to do: it is kept, and `receipt` is its receipt, where it has one.',
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
  'too-many-streams': { status: 503, title: 'Too many listeners', advice: 'Close a stream, or try again later.' },
  'household-unknown': { status: 404, title: 'No such household', advice: '/api/households lists them.' },
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
