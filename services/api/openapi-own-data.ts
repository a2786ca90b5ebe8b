import type { ZodOpenApiPathsObject } from 'zod-openapi'
import { getOf, problemContent, shownTo, withAccess, writeOf } from './openapi-operations.ts'
import { erasure, erasurePath } from './schemas/erasures.ts'
import { consentData, evidenceQuery, statementsPath } from './schemas/statements.ts'
import { keyChainRequest, traderAnswer, traderPath } from './schemas/traders.ts'
import { exportedText, exportPath, exportQuery } from './schemas/exports.ts'

const MEMBER_ALONE = 'For the member alone, signed in: else household-not-yours or sign-in-needed.'

/** What a member does with the data about itself: takes them along, and has them erased. */
export const ownDataPaths: ZodOpenApiPathsObject = {
  '/api/households/{memberId}/evidence': {
    get: withAccess(
      getOf({
        id: 'getEvidence',
        summary: "A household's data for an audit, as `npx commonwatt audit --data` takes it.",
        path: statementsPath,
        query: evidenceQuery,
        answer: consentData,
      }),
      shownTo('evidence'),
    ),
  },
  '/api/households/{memberId}/export': {
    get: withAccess(
      {
        operationId: 'exportHousehold',
        summary: "A household's data as a document to take along.",
        requestParams: { path: exportPath, query: exportQuery },
        responses: {
          200: {
            description: 'The document, as an attachment.',
            content: { 'application/atom+xml': { schema: exportedText }, 'text/csv': { schema: exportedText } },
          },
          400: { description: 'request-malformed.', content: problemContent },
          404: { description: 'household-unknown.', content: problemContent },
          422: { description: 'span-too-long.', content: problemContent },
          429: { description: 'too-many-requests.', content: problemContent },
          default: { description: 'Something is not well.', content: problemContent },
        },
      },
      'Quarter-hours, orders and statements for whoever may read them; the household, its credentials, delegations, consents and ' +
        'sign-ins for its member alone, signed in: else household-not-yours or sign-in-needed.',
    ),
  },
  '/api/households/{memberId}/traders/{day}': {
    get: withAccess(
      getOf({
        id: 'getTrader',
        summary: 'Under which number and keys a household trades on a day.',
        path: traderPath,
        answer: traderAnswer,
      }),
      MEMBER_ALONE,
    ),
  },
  '/api/key-chains': {
    put: writeOf({
      id: 'keepKeyChain',
      summary: 'Tell the registrar from what the daily keys of a trading key are derived.',
      description:
        'Without it the key trades under its own address every day, by which everybody recognises it. What was told of a key ' +
        'first stays; the same again is without effect. For a person who is signed in.',
      body: keyChainRequest,
      refused: 'foreign-page, sign-in-needed, trading-key-not-proved, too-many-requests.',
      conflict: 'key-chain-known: another chain code is known of the key.',
    }),
  },
  '/api/households/{memberId}/erasure': {
    get: withAccess(
      getOf({
        id: 'getErasure',
        summary: "How far the erasure of a household's data is.",
        path: erasurePath,
        answer: erasure,
      }),
      MEMBER_ALONE,
    ),
    post: withAccess(
      {
        operationId: 'requestErasure',
        summary: 'Have everything erased that is kept of a household off the ledger.',
        requestParams: { path: erasurePath },
        responses: {
          202: { description: 'It will be.', content: { 'application/json': { schema: erasure } } },
          400: { description: 'The request is not understood.', content: problemContent },
          404: { description: 'household-unknown.', content: problemContent },
          409: { description: 'erasure-too-early, with all that is still open.', content: problemContent },
          default: { description: 'Something is not well.', content: problemContent },
        },
      },
      `${MEMBER_ALONE} It cannot be undone. Only once the member left, everything is settled for good and its money is ` +
        'withdrawn. What the ledger holds stays: keys, orders that were cleared, payments, and commitments that nobody ' +
        'can read any more.',
    ),
  },
}
