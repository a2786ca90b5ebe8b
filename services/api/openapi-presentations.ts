import type { ZodOpenApiPathsObject } from 'zod-openapi'
import { getOf, problemContent } from './openapi-operations.ts'
import {
  presentation,
  presentationAnswer,
  presentationDocument,
  presentationPath,
  presentationWish,
} from './schemas/presentations.ts'

const FOR_VERIFIERS = 'For a person who is signed in, and for api keys with the scope `ask:presentations`.'
const callers = {
  security: [{ cookie: [] }, { apiKey: [] }],
}
const strangers = {
  401: { description: 'not-signed-in, api-key-invalid.', content: problemContent },
  403: { description: 'api-key-scope-missing, foreign-page.', content: problemContent },
}

/** Being shown credentials, and showing them. */
export const presentationPaths: ZodOpenApiPathsObject = {
  '/api/presentations/requests': {
    post: {
      operationId: 'askForPresentation',
      summary: 'Ask the holder of a credential to show some of its claims.',
      description:
        `Hand \`requestUri\`, or the document behind it, to whom you ask. ${FOR_VERIFIERS} Only with the header ` +
        '`X-Commonwatt: 1`: else `foreign-page`.',
      ...callers,
      requestBody: { required: true, content: { 'application/json': { schema: presentationWish } } },
      responses: {
        201: {
          description: 'Asked. `Location` is where what comes of it is read.',
          headers: {
            Location: { schema: { type: 'string' }, description: '`/api/presentations/requests/` and the id.' },
          },
          content: { 'application/json': { schema: presentation } },
        },
        400: { description: 'request-malformed, body-not-json.', content: problemContent },
        ...strangers,
        422: { description: 'presentation-claim-unknown, too-many-presentations.', content: problemContent },
        default: { description: 'Something is not well.', content: problemContent },
      },
    },
  },
  '/api/presentations/requests/{id}': {
    get: {
      ...getOf({
        id: 'getPresentation',
        summary: 'What came of a request for a presentation.',
        description:
          'Of a presentation that was verified what was asked for is kept, and who issued the credential; of one that was ' +
          `refused only why. Both are forgotten a day after the request expired. ${FOR_VERIFIERS}`,
        path: presentationPath,
        answer: presentation,
      }),
      ...callers,
    },
  },
  '/api/presentations/requests/{id}/document': {
    get: getOf({
      id: 'getPresentationRequest',
      summary: 'What a holder is asked for, as OpenID4VP has it.',
      description: 'For whoever was given the address.',
      path: presentationPath,
      answer: presentationDocument,
    }),
  },
  '/api/presentations/requests/{id}/responses': {
    post: {
      operationId: 'answerPresentation',
      summary: 'Show a credential to whoever asked.',
      description:
        'It needs no sign-in: the presentation is bound to the request by its holder’s key. It discloses exactly the claims ' +
        'of the request, and is signed within five minutes. Signatures are checked by the DID documents, the credential by ' +
        'its record, both at the latest block of the ledger. A request is verified once; refused answers can be mended, ten ' +
        'times in all.',
      requestParams: { path: presentationPath },
      requestBody: { required: true, content: { 'application/json': { schema: presentationAnswer } } },
      responses: {
        204: { description: 'Verified.' },
        400: { description: 'request-malformed, body-not-json.', content: problemContent },
        403: {
          description: 'signature-invalid, signature-malleable, key-not-in-document, algorithm-not-allowed.',
          content: problemContent,
        },
        404: { description: 'presentation-unknown.', content: problemContent },
        409: { description: 'presentation-replayed.', content: problemContent },
        410: { description: 'presentation-request-expired.', content: problemContent },
        413: { description: 'presentation-too-large, body-too-large.', content: problemContent },
        422: {
          description:
            'presentation-wrong-role, presentation-claim-missing, presentation-constraint-unmet, ' +
            'presentation-discloses-too-much, presentation-not-bound, presentation-other-audience, ' +
            'presentation-other-nonce, presentation-out-of-time, credential-not-yet-valid, credential-expired, ' +
            'credential-suspended, credential-revoked, credential-not-recorded, credential-issuer-unknown and others: why it ' +
            'is refused.',
          content: problemContent,
        },
        429: { description: 'too-many-requests, presentation-answers-used-up.', content: problemContent },
        default: { description: 'Something is not well.', content: problemContent },
      },
    },
  },
}
