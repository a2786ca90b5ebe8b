import { z } from 'zod'
import { fromPeriod, memberIdInPath, toPeriod } from './scalars.ts'

/** Delivery periods that one export may cover: a leap year. */
export const LONGEST_EXPORT_PERIODS = 366 * 96

export const EXPORT_TABLES = [
  'household',
  'readings',
  'meter-readings',
  'orders',
  'statements',
  'day-statements',
  'payments',
  'credentials',
  'delegations',
  'consents',
  'sign-ins',
  'flex-memberships',
  'flex-dispatches',
  'flex-deliveries',
  'flex-entries',
  'flex-statements',
  'nominated-baselines',
  'flex-findings',
  'baseline-accuracies',
] as const
export type ExportTable = (typeof EXPORT_TABLES)[number]

export const exportPath = z.object({ memberId: memberIdInPath })
export const exportQuery = z.object({
  format: z.enum(['green-button', 'csv']).meta({
    description:
      'green-button: an Atom feed of NAESB ESPI with the energy of every quarter-hour, in Wh, forward (import) and ' +
      'reverse (export). csv: one table as RFC 4180 has it, with a line of column names.',
  }),
  table: z.enum(EXPORT_TABLES).optional().meta({ description: 'Which table; for csv, and only there.' }),
  from: fromPeriod,
  to: toPeriod,
})

export const exportedText = z.string().meta({ description: 'The document, as an attachment.' })

export type ExportQuery = z.infer<typeof exportQuery>
