import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Router, type Request, type Response } from 'express'
import { DomainError } from '../../domain/errors.ts'
import type { HouseholdPart } from '../../domain/identity/household-data.ts'
import { parsePart, requireFound } from '../request-part.ts'
import {
  exportPath,
  exportQuery,
  LONGEST_EXPORT_PERIODS,
  type ExportQuery,
  type ExportTable,
} from '../schemas/exports.ts'

export type ExportWish = { readonly from: number; readonly to: number } & (
  { readonly format: 'green-button' } | { readonly format: 'csv'; readonly table: ExportTable }
)

/** A document that is written while it is read. */
export type Exported = { readonly type: string; readonly extension: string; readonly chunks: AsyncIterable<string> }

type Deps = {
  readonly requirePart: (request: Request, memberId: number, part: HouseholdPart) => Promise<void>
  /** Throws `not-signed-in`, `sign-in-needed` or `household-not-yours`. */
  readonly requireMember: (request: Request, memberId: number) => Promise<void>
  /** Throws `too-many-requests`. */
  readonly requireExportWelcome: (request: Request) => void
  /** Null where there is no such household. */
  readonly exportHousehold: (memberId: number, wish: ExportWish) => Promise<Exported | null>
}

/** What lets somebody have a table; `member` is the household's member alone. */
const PART_OF_TABLE: Readonly<Record<ExportTable, HouseholdPart | 'member'>> = {
  household: 'member',
  readings: 'quarter-hours',
  'meter-readings': 'quarter-hours',
  orders: 'orders',
  statements: 'statements',
  'day-statements': 'statements',
  payments: 'statements',
  credentials: 'member',
  delegations: 'member',
  consents: 'member',
  'sign-ins': 'member',
  'flex-memberships': 'member',
  'flex-dispatches': 'statements',
  'flex-deliveries': 'statements',
  'flex-entries': 'statements',
  'flex-statements': 'statements',
  'nominated-baselines': 'statements',
  'flex-findings': 'member',
  'baseline-accuracies': 'member',
}

export function exportRoutes(deps: Deps): Router {
  const router = Router()

  router.get('/households/:memberId/export', async (request, response) => {
    const { memberId } = parsePart(exportPath, request.params)
    const wish = requireWish(parsePart(exportQuery, request.query))
    await requireRight(deps, request, memberId, wish)
    deps.requireExportWelcome(request)
    const exported = requireFound(
      await deps.exportHousehold(memberId, wish),
      'household-unknown',
      `there is no household with member number ${memberId}`,
    )
    await send(response, exported, `household-${memberId}-${wish.format === 'csv' ? wish.table : wish.format}`)
  })

  return router
}

function requireWish({ format, table, from, to }: ExportQuery): ExportWish {
  if (to < from) throw new DomainError('request-malformed', `the span ends at ${to}, before it begins at ${from}`)
  const periods = to - from + 1
  if (periods > LONGEST_EXPORT_PERIODS) {
    throw new DomainError(
      'span-too-long',
      `${periods} delivery periods are asked for, and at most ${LONGEST_EXPORT_PERIODS} are given`,
    )
  }
  if (format === 'green-button') {
    if (table === undefined) return { format, from, to }
    throw new DomainError('request-malformed', 'table: green-button has no tables; leave it out')
  }
  if (table === undefined) throw new DomainError('request-malformed', 'table: csv needs to know which')
  return { format, table, from, to }
}

async function requireRight(deps: Deps, request: Request, memberId: number, wish: ExportWish): Promise<void> {
  const part = wish.format === 'csv' ? PART_OF_TABLE[wish.table] : 'quarter-hours'
  if (part === 'member') await deps.requireMember(request, memberId)
  else await deps.requirePart(request, memberId, part)
}

async function send(response: Response, { type, extension, chunks }: Exported, name: string): Promise<void> {
  response.attachment(`${name}.${extension}`).type(type)
  try {
    await pipeline(Readable.from(chunks), response)
  } catch (error) {
    // Whoever asked went away in the middle: there is nobody to tell.
    if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error
  }
}
