import { Router, type Request } from 'express'
import { DomainError } from '../../domain/errors.ts'
import type { HouseholdPart } from '../../domain/identity/household-data.ts'
import type { AnswerOf } from '../answer.ts'
import { parsePart, requireFound } from '../request-part.ts'
import {
  challengePath,
  evidenceQuery,
  LONGEST_SPAN_DAYS,
  LONGEST_SPAN_PERIODS,
  statementPath,
  statementsPath,
  statementsQuery,
  type CallEvidence,
  type ConsentData,
  type DayStatementDetail,
  type DayStatementList,
} from '../schemas/statements.ts'

type Span = { readonly from: number; readonly to: number }

/** What is not there resolves to null. */
type Deps = {
  readonly requirePart: (request: Request, memberId: number, part: HouseholdPart) => Promise<void>
  readonly listStatements: (memberId: number, days: Span) => Promise<AnswerOf<DayStatementList> | null>
  readonly readStatement: (memberId: number, day: number, run: number) => Promise<AnswerOf<DayStatementDetail> | null>
  /** Throws `statement-provisional` and `evidence-incomplete`. */
  readonly readChallengeEvidence: (memberId: number, day: number, run: number) => Promise<AnswerOf<CallEvidence> | null>
  /** Throws the same and `period-statement-unknown`. */
  readonly readPeriodChallengeEvidence: (
    memberId: number,
    day: number,
    run: number,
    period: number,
  ) => Promise<AnswerOf<CallEvidence> | null>
  /** The household's data as the audit takes it, with the consent of whoever hands it on. */
  readonly readConsentData: (memberId: number, periods: Span) => Promise<AnswerOf<ConsentData> | null>
}

export function statementRoutes(deps: Deps): Router {
  const router = Router()

  router.get('/households/:memberId/statements', async (request, response) => {
    const { memberId } = parsePart(statementsPath, request.params)
    const days = requireSpan(parsePart(statementsQuery, request.query), LONGEST_SPAN_DAYS, 'days')
    await deps.requirePart(request, memberId, 'statements')
    response.json(knownHousehold(await deps.listStatements(memberId, days), memberId))
  })

  router.get('/households/:memberId/statements/:day/:run', async (request, response) => {
    const { memberId, day, run } = parsePart(statementPath, request.params)
    await deps.requirePart(request, memberId, 'statements')
    response.json(knownStatement(await deps.readStatement(memberId, day, run), memberId, day, run))
  })

  router.get('/households/:memberId/statements/:day/:run/challenge', async (request, response) => {
    const { memberId, day, run } = parsePart(statementPath, request.params)
    await deps.requirePart(request, memberId, 'evidence')
    response.json(knownStatement(await deps.readChallengeEvidence(memberId, day, run), memberId, day, run))
  })

  router.get('/households/:memberId/statements/:day/:run/challenge/:period', async (request, response) => {
    const { memberId, day, run, period } = parsePart(challengePath, request.params)
    await deps.requirePart(request, memberId, 'evidence')
    const evidence = await deps.readPeriodChallengeEvidence(memberId, day, run, period)
    response.json(knownStatement(evidence, memberId, day, run))
  })

  router.get('/households/:memberId/evidence', async (request, response) => {
    const { memberId } = parsePart(statementsPath, request.params)
    const periods = requireSpan(parsePart(evidenceQuery, request.query), LONGEST_SPAN_PERIODS, 'delivery periods')
    await deps.requirePart(request, memberId, 'evidence')
    response.json(knownHousehold(await deps.readConsentData(memberId, periods), memberId))
  })

  return router
}

function requireSpan({ from, to }: Span, longest: number, unit: string): Span {
  if (to < from) throw new DomainError('request-malformed', `the span ends at ${to}, before it begins at ${from}`)
  if (to - from >= longest) {
    throw new DomainError('span-too-long', `${to - from + 1} ${unit} are asked for, and at most ${longest} are given`)
  }
  return { from, to }
}

function knownHousehold<Value>(value: Value | null, memberId: number): Value {
  return requireFound(value, 'household-unknown', `there is no household with member number ${memberId}`)
}

function knownStatement<Value>(value: Value | null, memberId: number, day: number, run: number): Value {
  return requireFound(value, 'statement-unknown', `household ${memberId} has no statement of day ${day} in run ${run}`)
}
