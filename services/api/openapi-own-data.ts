import type { ZodOpenApiPathsObject } from 'zod-openapi'
import { problemContent, withAccess } from './openapi-operations.ts'
import { exportedText, exportPath, exportQuery } from './schemas/exports.ts'

/** What a member does with the data about itself: takes them along, and has them erased. */
export const ownDataPaths: ZodOpenApiPathsObject = {
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
          400: { description: 'request-malformed, span-too-long.', content: problemContent },
          404: { description: 'household-unknown.', content: problemContent },
          429: { description: 'too-many-requests.', content: problemContent },
          default: { description: 'Something is not well.', content: problemContent },
        },
      },
      'Quarter-hours, orders and statements for whoever may read them; the household, its delegations, consents and ' +
        'sign-ins for its member alone, signed in: else household-not-yours or sign-in-needed.',
    ),
  },
}
