import type { ZodOpenApiPathsObject } from 'zod-openapi'
import { getOf, withAccess, withConflict, writeOf } from './openapi-operations.ts'
import { accountCallsRequest, relayedCalls } from './schemas/account-calls.ts'
import { invitationList, invitationPath, invitationRequest, madeInvitation } from './schemas/invitations.ts'
import {
  connectionPointRequest,
  issuedCredentials,
  joining,
  joiningRequest,
  meterRequest,
  tradingKeyRequest,
  wishes,
} from './schemas/joining.ts'

const MANAGER = "For the area's community manager, signed in: else role-missing or sign-in-needed."
const JOINER = 'For the person who joins, signed in: else sign-in-needed, or not-joining (404).'
const FIVE_TRIES = 'After five wrong codes within an hour it is too-many-tries (429).'

const writes = {
  makeInvitation: writeOf({
    id: 'makeInvitation',
    summary: 'Invite a home.',
    description: `The link is /join# and the code, and valid for 14 days. ${MANAGER}`,
    body: invitationRequest,
    answer: { status: '201', schema: madeInvitation },
    refused: 'foreign-page, role-missing, sign-in-needed.',
    conflict: 'home-name-taken.',
  }),
  withdrawInvitation: writeOf({
    id: 'withdrawInvitation',
    summary: 'Withdraw an invitation that was not used.',
    description: MANAGER,
    path: invitationPath,
    refused: 'foreign-page, role-missing, sign-in-needed.',
    conflict: 'invitation-used.',
  }),
  beginJoining: writeOf({
    id: 'beginJoining',
    summary: 'Join with an invitation.',
    description: 'Binds it to the account that is signed in; the same account may ask again.',
    body: joiningRequest,
    answer: { status: '201', schema: joining },
    conflict:
      'invitation-used, already-joining. 404 is invitation-unknown, 410 invitation-expired or invitation-withdrawn.',
  }),
  chooseConnectionPoint: writeOf({
    id: 'chooseConnectionPoint',
    summary: 'Say at which connection point the home is.',
    description: `The DSO issues its credential then. ${FIVE_TRIES} ${JOINER}`,
    body: connectionPointRequest,
    answer: { status: '202', schema: joining },
    refused: 'foreign-page, sign-in-needed, confirmation-code-wrong. 404 is connection-point-unknown.',
    conflict: 'connection-point-in-use, chosen-before.',
  }),
  chooseMeter: writeOf({
    id: 'chooseMeter',
    summary: 'Claim the meter of the home.',
    description: `The meter is asked to sign whose it is; the metering operator issues its credential then. ${FIVE_TRIES} ${JOINER}`,
    body: meterRequest,
    answer: { status: '202', schema: joining },
    refused: 'foreign-page, sign-in-needed, claim-code-wrong.',
    conflict: 'meter-claimed, meter-uncertified, chosen-before.',
  }),
  chooseWishes: writeOf({
    id: 'chooseWishes',
    summary: 'Say within what the agent is to trade.',
    description: `What the passkey signs then has exactly these limits; other wishes later need it to sign anew. ${JOINER}`,
    body: wishes,
    answer: { status: '200', schema: joining },
    conflict: 'connection-point-first. 422 is wishes-invalid, price-out-of-range or price-off-tick.',
  }),
  giveUpJoining: writeOf({
    id: 'giveUpJoining',
    summary: 'Give the joining up, and have everything erased that is kept of it.',
    description:
      'Until the home is being registered on the ledger, and again where that failed. Credentials that the ledger has of the account are revoked, and its ' +
      `sign-ins end with its passkey. ${JOINER}`,
    refused: 'foreign-page, sign-in-needed.',
    conflict: 'joining-too-far.',
  }),
  chooseTradingKey: writeOf({
    id: 'chooseTradingKey',
    summary: "Say which is the home's own trading key.",
    description: `It is registered with the member, and cannot be chosen again here after that. ${JOINER}`,
    body: tradingKeyRequest,
    answer: { status: '200', schema: joining },
    refused: 'foreign-page, sign-in-needed, trading-key-not-proved.',
    conflict: 'trading-key-in-use, chosen-before.',
  }),
  relayAccountCalls: writeOf({
    id: 'relayAccountCalls',
    summary: 'Have a passkey account make calls that its passkey signed.',
    description:
      'The account is made where it is not yet. Only trading (delegateTrading, revokeDelegation, replaceTradingKey), ' +
      'DID, recovery and delegations are relayed. What would be refused on the ledger is not sent, and answered with the ' +
      "contract's reason (422). For whoever is signed in with the account. Accounts that are no member's, hold no credential and are not " +
      'joining have one rate together: too-many-transactions (429).',
    body: accountCallsRequest,
    answer: { status: '202', schema: relayedCalls },
    refused: 'foreign-page, sign-in-needed, account-not-yours.',
    conflict: 'transaction-not-taken.',
  }),
}

/** How homes join, from the manager's invitation to the calls that their passkeys sign. */
export const joiningPaths: ZodOpenApiPathsObject = {
  '/api/invitations': {
    post: writes.makeInvitation,
    get: withAccess(
      getOf({ id: 'listInvitations', summary: 'Invitations, newest first.', answer: invitationList }),
      MANAGER,
    ),
  },
  '/api/invitations/{invitationId}': { delete: writes.withdrawInvitation },
  '/api/joining': {
    post: writes.beginJoining,
    get: withAccess(getOf({ id: 'getJoining', summary: 'How far the joining is.', answer: joining }), JOINER),
    delete: writes.giveUpJoining,
  },
  '/api/joining/connection-point': { put: writes.chooseConnectionPoint },
  '/api/joining/meter': { put: writes.chooseMeter },
  '/api/joining/wishes': { put: writes.chooseWishes },
  '/api/joining/trading-key': { put: writes.chooseTradingKey },
  '/api/joining/credentials': {
    get: withAccess(
      withConflict(
        getOf({
          id: 'takeCredentials',
          summary: "The home's credentials, for their holder to keep.",
          description:
            'They are removed here ten minutes after the first answer: from then on credentials-taken (410).',
          answer: issuedCredentials,
        }),
        'credentials-not-issued.',
      ),
      JOINER,
    ),
  },
  '/api/ledger/account-calls': { post: writes.relayAccountCalls },
}
