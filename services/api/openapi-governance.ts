import type { ZodOpenApiPathsObject } from 'zod-openapi'
import { getOf } from './openapi-operations.ts'
import { council, pauses } from './schemas/governance.ts'

/** Who administers the ledger, and where trading is paused. */
export const governancePaths: ZodOpenApiPathsObject = {
  '/api/council': {
    get: getOf({
      id: 'getCouncil',
      summary: 'Who administers the ledger, and what they are about to do.',
      description: 'Read from the ledger itself, at its latest block.',
      answer: council,
    }),
  },
  '/api/pauses': {
    get: getOf({ id: 'listPauses', summary: 'Where trading is paused, and what was said of pauses.', answer: pauses }),
  },
}
