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
  'order-zero-quantity': { status: 400, title: 'The order is for nothing', advice: 'Ask for or offer at least 1 Wh.' },
  'batch-malformed': { status: 400, title: 'The batch is not understood', advice: READ_THE_DOCUMENT },
  'order-signature-invalid': {
    status: 403,
    title: "The signature is not the member's",
    advice:
      "Sign exactly the order sent, for this ledger, with the member's trading key (EIP-712, 64 bytes as EIP-2098 has it).",
  },
  'order-not-a-member': {
    status: 403,
    title: 'Not a member of the area',
    advice: "Ask the area's registrar to register the household first.",
  },
  'order-member-inactive': {
    status: 403,
    title: 'The member no longer trades',
    advice: "Ask the area's registrar.",
  },
  'order-over-limit': {
    status: 422,
    title: "The order is over the member's limit",
    advice: "Place a smaller order, or ask the area's registrar for a higher limit.",
  },
  'order-uncovered': {
    status: 422,
    title: 'The deposit does not cover the order',
    advice: 'Deposit more, or place an order that costs less at its limit.',
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
    advice: 'Nothing is left to do: a member has at most one bid and one offer in a session, and it is kept.',
  },
  'gate-closed': {
    status: 409,
    title: 'The gate is closed',
    advice: 'Place an order for a later delivery period; /api/neighbourhood says when gates close.',
  },
  'too-many-orders': { status: 429, title: 'Too many orders at once', advice: 'Wait a second, then send them again.' },
  'too-many-streams': { status: 503, title: 'Too many listeners', advice: 'Close a stream, or try again later.' },
  'household-unknown': { status: 404, title: 'No such household', advice: '/api/households lists them.' },
  'session-unknown': { status: 404, title: 'No such session', advice: '/api/sessions lists them.' },
  'order-unknown': { status: 404, title: 'No such order', advice: 'Ask with the digest that placing it gave.' },
  'block-unknown': { status: 404, title: 'No such block', advice: '/api/ledger/blocks lists them.' },
  'transaction-unknown': {
    status: 404,
    title: 'No such transaction',
    advice: 'Where it is new, try again once its block has been read.',
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
  'internal-error': { status: 500, title: 'A defect', advice: 'The log has the details.' },
}

/** A refusal without an entry of its own is still the caller's to mend. */
const other: ProblemKind = { status: 422, title: 'Refused', advice: READ_THE_DOCUMENT }

export function problemKindOf(code: string): ProblemKind {
  return kinds[code] ?? other
}
