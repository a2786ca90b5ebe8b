import { Router, type Request } from 'express'
import type { HouseholdPart } from '../../domain/identity/household-data.ts'
import type { Viewer } from '../access/access.ts'
import type { AnswerOf } from '../answer.ts'
import { parsePart, requireFound } from '../request-part.ts'
import {
  householdListQuery,
  householdPath,
  householdPeriodsQuery,
  householdSummaryQuery,
  type Household,
  type HouseholdOrdersPage,
  type HouseholdPage,
  type HouseholdPeriodPage,
  type HouseholdSummary,
} from '../schemas/households.ts'
import { DEFAULT_LIMIT } from '../schemas/scalars.ts'

type Page = { before?: number | undefined; limit: number }

/** Each that asks for a household resolves to null where there is no such. */
type Deps = {
  readonly requirePart: (request: Request, memberId: number, part: HouseholdPart) => Promise<void>
  readonly viewerOf: (request: Request) => Promise<Viewer>
  /** Throws `not-signed-in`. */
  readonly requireCaller: (request: Request) => Promise<unknown>
  /** Those alone of which the viewer may see the membership. */
  readonly listHouseholds: (
    viewer: Viewer,
    page: { after?: number | undefined; limit: number },
  ) => Promise<AnswerOf<HouseholdPage>>
  readonly readHousehold: (viewer: Viewer, memberId: number) => Promise<AnswerOf<Household> | null>
  readonly listHouseholdPeriods: (memberId: number, page: Page) => Promise<AnswerOf<HouseholdPeriodPage> | null>
  readonly readHouseholdSummary: (
    viewer: Viewer,
    memberId: number,
    days: number,
  ) => Promise<AnswerOf<HouseholdSummary> | null>
  readonly listHouseholdOrders: (memberId: number, page: Page) => Promise<AnswerOf<HouseholdOrdersPage> | null>
}

const DEFAULT_DAYS = 7

export function householdRoutes(deps: Deps): Router {
  const router = Router()

  router.get('/households', async (request, response) => {
    const { after, limit = DEFAULT_LIMIT } = parsePart(householdListQuery, request.query)
    await deps.requireCaller(request)
    response.json(await deps.listHouseholds(await deps.viewerOf(request), { after, limit }))
  })

  router.get('/households/:memberId', async (request, response) => {
    const { memberId } = parsePart(householdPath, request.params)
    await deps.requirePart(request, memberId, 'membership')
    response.json(known(await deps.readHousehold(await deps.viewerOf(request), memberId), memberId))
  })

  router.get('/households/:memberId/periods', async (request, response) => {
    const { memberId } = parsePart(householdPath, request.params)
    const { before, limit = DEFAULT_LIMIT } = parsePart(householdPeriodsQuery, request.query)
    await deps.requirePart(request, memberId, 'quarter-hours')
    response.json(known(await deps.listHouseholdPeriods(memberId, { before, limit }), memberId))
  })

  router.get('/households/:memberId/summary', async (request, response) => {
    const { memberId } = parsePart(householdPath, request.params)
    const { days = DEFAULT_DAYS } = parsePart(householdSummaryQuery, request.query)
    await deps.requirePart(request, memberId, 'statements')
    const summary = await deps.readHouseholdSummary(await deps.viewerOf(request), memberId, days)
    response.json(known(summary, memberId))
  })

  router.get('/households/:memberId/orders', async (request, response) => {
    const { memberId } = parsePart(householdPath, request.params)
    const { before, limit = DEFAULT_LIMIT } = parsePart(householdPeriodsQuery, request.query)
    await deps.requirePart(request, memberId, 'orders')
    response.json(known(await deps.listHouseholdOrders(memberId, { before, limit }), memberId))
  })

  return router
}

function known<Value>(value: Value | null, memberId: number): Value {
  return requireFound(value, 'household-unknown', `there is no household with member number ${memberId}`)
}
