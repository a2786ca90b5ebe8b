import { Router } from 'express'
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

/** Each but the first resolves to null where there is no such household. */
type Deps = {
  readonly listHouseholds: (page: { after?: number | undefined; limit: number }) => Promise<AnswerOf<HouseholdPage>>
  readonly readHousehold: (memberId: number) => Promise<AnswerOf<Household> | null>
  readonly listHouseholdPeriods: (memberId: number, page: Page) => Promise<AnswerOf<HouseholdPeriodPage> | null>
  readonly readHouseholdSummary: (memberId: number, days: number) => Promise<AnswerOf<HouseholdSummary> | null>
  readonly listHouseholdOrders: (memberId: number, page: Page) => Promise<AnswerOf<HouseholdOrdersPage> | null>
}

const DEFAULT_DAYS = 7

export function householdRoutes(deps: Deps): Router {
  const router = Router()

  router.get('/households', async (request, response) => {
    const { after, limit = DEFAULT_LIMIT } = parsePart(householdListQuery, request.query)
    response.json(await deps.listHouseholds({ after, limit }))
  })

  router.get('/households/:memberId', async (request, response) => {
    const { memberId } = parsePart(householdPath, request.params)
    response.json(known(await deps.readHousehold(memberId), memberId))
  })

  router.get('/households/:memberId/periods', async (request, response) => {
    const { memberId } = parsePart(householdPath, request.params)
    const { before, limit = DEFAULT_LIMIT } = parsePart(householdPeriodsQuery, request.query)
    response.json(known(await deps.listHouseholdPeriods(memberId, { before, limit }), memberId))
  })

  router.get('/households/:memberId/summary', async (request, response) => {
    const { memberId } = parsePart(householdPath, request.params)
    const { days = DEFAULT_DAYS } = parsePart(householdSummaryQuery, request.query)
    response.json(known(await deps.readHouseholdSummary(memberId, days), memberId))
  })

  router.get('/households/:memberId/orders', async (request, response) => {
    const { memberId } = parsePart(householdPath, request.params)
    const { before, limit = DEFAULT_LIMIT } = parsePart(householdPeriodsQuery, request.query)
    response.json(known(await deps.listHouseholdOrders(memberId, { before, limit }), memberId))
  })

  return router
}

function known<Value>(value: Value | null, memberId: number): Value {
  return requireFound(value, 'household-unknown', `there is no household with member number ${memberId}`)
}
