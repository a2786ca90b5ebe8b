import { z } from 'zod'
import { challenge } from './neighbourhood.ts'
import { limit, memberIdInQuery, tradingDay } from './scalars.ts'
import { run } from './sessions.ts'

const cursor = z
  .string()
  .regex(/^\d{1,9}-\d{1,9}$/)
  .transform((text) => text.split('-').map(Number) as [number, number])
  .optional()
  .meta({
    description: 'Cursor: `nextBefore` of the page before.',
    override: ({ jsonSchema }) => Object.assign(jsonSchema, { type: 'string', pattern: '^\\d{1,9}-\\d{1,9}$' }),
  })
const nextBefore = z.string().nullable().meta({ description: '`before` of the next page; null on the last.' })

export const settlementRunSummary = run
  .extend({ day: tradingDay, state: z.enum(['committed', 'held-back', 'paid']) })
  .meta({ id: 'SettlementRunSummary' })

export const settlementRunPage = z
  .object({ items: z.array(settlementRunSummary), nextBefore })
  .meta({ id: 'SettlementRunPage', description: 'Newest day first, of a day the latest run first.' })

export const challengePage = z
  .object({ items: z.array(challenge), nextBefore })
  .meta({ id: 'ChallengePage', description: 'Newest first.' })

export const settlementRunQuery = z.object({ before: cursor, limit })
export const challengeQuery = z.object({ memberId: memberIdInQuery, before: cursor, limit })

export type SettlementRunPage = z.infer<typeof settlementRunPage>
export type ChallengePage = z.infer<typeof challengePage>
