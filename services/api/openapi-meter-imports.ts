import { z } from 'zod'
import type { ZodOpenApiPathsObject } from 'zod-openapi'
import { COLUMNS } from './meter-file.ts'
import { getOf, problemContent, writeOf } from './openapi-operations.ts'
import {
  importedMeterPage,
  importedMeterQuery,
  idempotencyKey,
  meterImport,
  meterImportList,
  meterImportPath,
  meterImportQuery,
} from './schemas/meter-imports.ts'

const FOR_OPERATORS =
  'For whoever holds the credential of a metering operator of the area, and its api keys with the scope `import:meters`.'
const callers = { security: [{ cookie: [] }, { apiKey: [] }] }
const strangers = {
  401: { description: 'not-signed-in, api-key-invalid.', content: problemContent },
  403: { description: 'role-missing, api-key-scope-missing, foreign-page.', content: problemContent },
}
const columns = Object.entries(COLUMNS)
  .map(([name, meaning]) => `\`${name}\`: ${meaning}`)
  .join('; ')

/** Files of meters. */
export const meterImportPaths: ZodOpenApiPathsObject = {
  '/api/meters/imports': {
    post: {
      operationId: 'importMeters',
      summary: 'Hand in a file of meters.',
      description:
        'CSV (RFC 4180) in UTF-8, at most 4 MB and 20,000 meters, with a header. Columns, in any sequence: ' +
        `${columns}. Every row is checked before anything is done: where one has a fault, nothing of the file is taken. Of a ` +
        'file without one the credentials of its certified meters are recorded on the ledger, and its meters put into the ' +
        'stock from which homes claim them. The same file, or another request with the same `Idempotency-Key`, is answered ' +
        `with the same import. Only with the header \`X-Commonwatt: 1\`. ${FOR_OPERATORS}`,
      ...callers,
      requestParams: {
        query: meterImportQuery,
        header: z.object({ 'Idempotency-Key': idempotencyKey }),
      },
      requestBody: { required: true, content: { 'text/csv': { schema: { type: 'string' } } } },
      responses: {
        200: { description: 'Handed in before.', content: { 'application/json': { schema: meterImport } } },
        202: {
          description: 'Taken. `Location` is where its progress is read.',
          headers: { Location: { schema: { type: 'string' }, description: '`/api/meters/imports/` and the id.' } },
          content: { 'application/json': { schema: meterImport } },
        },
        400: { description: 'request-malformed.', content: problemContent },
        ...strangers,
        413: { description: 'body-too-large.', content: problemContent },
        415: { description: 'body-type-unsupported.', content: problemContent },
        422: { description: 'meter-file-faulty with its faults, idempotency-key-reused.', content: problemContent },
        429: { description: 'too-many-requests.', content: problemContent },
        default: { description: 'Something is not well.', content: problemContent },
      },
    },
    get: {
      ...getOf({
        id: 'listMeterImports',
        summary: 'Your files of meters, newest first.',
        description: FOR_OPERATORS,
        answer: meterImportList,
      }),
      ...callers,
    },
  },
  '/api/meters/imports/{id}': {
    get: {
      ...getOf({
        id: 'getMeterImport',
        summary: 'How far a file of meters is.',
        description: FOR_OPERATORS,
        path: meterImportPath,
        answer: meterImport,
      }),
      ...callers,
    },
    delete: {
      ...writeOf({
        id: 'takeBackMeterImport',
        summary: 'Take a file of meters back of which nothing was begun.',
        description: `Its meters, serial numbers and codes are free for another file then. ${FOR_OPERATORS}`,
        path: meterImportPath,
        refused: 'role-missing, api-key-scope-missing, foreign-page.',
        conflict: 'meter-import-begun.',
      }),
      ...callers,
    },
  },
  '/api/meters/imports/{id}/rows': {
    get: {
      ...getOf({
        id: 'listImportedMeters',
        summary: 'What became of each row of a file of meters.',
        description: FOR_OPERATORS,
        path: meterImportPath,
        query: importedMeterQuery,
        answer: importedMeterPage,
      }),
      ...callers,
    },
  },
}
