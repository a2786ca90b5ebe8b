import { raw, Router, type Request, type RequestHandler } from 'express'
import { DomainError } from '../../domain/errors.ts'
import { parsePart } from '../request-part.ts'
import {
  idempotencyKey,
  importedMeterQuery,
  LARGEST_METER_FILE_BYTES,
  meterImportPath,
  meterImportQuery,
  type ImportedMeterPage,
  type MeterImportView,
} from '../schemas/meter-imports.ts'

export type MeterFileSent = {
  readonly bytes: Uint8Array
  readonly idempotencyKey: string | null
  /** How many meters it should have; null where that was not said. */
  readonly meterCount: number | null
}

/** Each throws `not-signed-in`, `api-key-scope-missing` or `role-missing` for others than a metering operator. */
type Deps = {
  readonly ownPage: RequestHandler
  /** Resolves to the account. */
  readonly requireMeteringOperator: (request: Request) => Promise<string>
  /** Throws `too-many-requests`. */
  readonly requireMeterImportWelcome: (request: Request) => void
  /** The same again for the same file. Throws `meter-file-faulty` or `idempotency-key-reused`; nothing is done then. */
  readonly importMeters: (
    account: string,
    sent: MeterFileSent,
  ) => Promise<{ readonly made: MeterImportView; readonly isNew: boolean }>
  readonly listMeterImports: (account: string) => Promise<{ items: MeterImportView[] }>
  /** Throws `meter-import-unknown`. */
  readonly readMeterImport: (account: string, id: string) => Promise<MeterImportView>
  /** Throws `meter-import-unknown`, or `meter-import-begun` once something was done of it. */
  readonly takeBackMeterImport: (account: string, id: string) => Promise<void>
  readonly listImportedMeters: (
    account: string,
    id: string,
    page: { readonly after: number; readonly limit: number },
  ) => Promise<ImportedMeterPage>
}

const TYPE = 'text/csv'
const DEFAULT_PAGE = 200

export function meterImportRoutes(deps: Deps): Router {
  const router = Router()
  /** Nobody else's file is even read. */
  const operator: RequestHandler = async (request, _response, next) => {
    await deps.requireMeteringOperator(request)
    deps.requireMeterImportWelcome(request)
    next()
  }
  const body = csvBody()

  router.post('/meters/imports', deps.ownPage, operator, body, async (request, response) => {
    const { rows = null } = parsePart(meterImportQuery, request.query)
    const key = parsePart(idempotencyKey, request.get('Idempotency-Key')) ?? null
    const bytes: unknown = request.body
    const { made, isNew } = await deps.importMeters(await deps.requireMeteringOperator(request), {
      bytes: bytes instanceof Uint8Array ? bytes : new Uint8Array(),
      idempotencyKey: key,
      meterCount: rows,
    })
    response
      .status(isNew ? 202 : 200)
      .location(`/api/meters/imports/${made.id}`)
      .json(made)
  })

  router.get('/meters/imports', async (request, response) => {
    response.json(await deps.listMeterImports(await deps.requireMeteringOperator(request)))
  })

  router.get('/meters/imports/:id', async (request, response) => {
    const account = await deps.requireMeteringOperator(request)
    response.json(await deps.readMeterImport(account, parsePart(meterImportPath, request.params).id))
  })

  router.delete('/meters/imports/:id', deps.ownPage, async (request, response) => {
    const account = await deps.requireMeteringOperator(request)
    await deps.takeBackMeterImport(account, parsePart(meterImportPath, request.params).id)
    response.status(204).end()
  })

  router.get('/meters/imports/:id/rows', async (request, response) => {
    const account = await deps.requireMeteringOperator(request)
    const { id } = parsePart(meterImportPath, request.params)
    const { after = 0, limit = DEFAULT_PAGE } = parsePart(importedMeterQuery, request.query)
    response.json(await deps.listImportedMeters(account, id, { after, limit }))
  })

  return router
}

function csvBody(): RequestHandler {
  const read = raw({ limit: LARGEST_METER_FILE_BYTES, inflate: false, type: TYPE })
  return (request, response, next) => {
    if (!request.is(TYPE)) {
      throw new DomainError('body-type-unsupported', `the body is missing, or its Content-Type is not ${TYPE}`)
    }
    read(request, response, next)
  }
}
