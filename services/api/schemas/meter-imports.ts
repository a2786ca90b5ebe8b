import { z } from 'zod'
import { address, areaId, count, hash, wholeNumber } from './scalars.ts'
import { wallTime } from './sign-in.ts'

export const LARGEST_METER_FILE_BYTES = 4 * 1_024 * 1_024
const LARGEST_METER_COUNT = 20_000
const LARGEST_PAGE = 1_000
const LARGEST_ROW = 2 ** 31 - 1

const row = z.number().int().min(1).meta({ description: 'Counted from 1, the header, as spreadsheets do.' })

export const meterImport = z
  .object({
    id: z.string(),
    area: areaId,
    contentHash: z.string().meta({ description: 'SHA-256 of the file, hex.' }),
    state: z.enum(['waiting', 'recording', 'held-back', 'done']).meta({
      description: 'held-back: it does not go on for now, and `heldBack` says why; it is tried again and again.',
    }),
    meters: count,
    recorded: count.meta({ description: 'Of which the ledger has the credential.' }),
    uncertified: count.meta({ description: 'In stock without a credential, since they are not certified.' }),
    refused: count.meta({ description: 'Of which the ledger takes no credential; their rows say why.' }),
    createdAt: wallTime,
    startedAt: wallTime.nullable(),
    finishedAt: wallTime.nullable(),
    heldBack: z.object({ code: z.string(), message: z.string() }).nullable(),
  })
  .meta({ id: 'MeterImport', description: 'A file of meters, and how far their recording is.' })

export const meterImportList = z.object({ items: z.array(meterImport) }).meta({ id: 'MeterImportList' })

export const importedMeter = z
  .object({
    row,
    meter: address,
    serialNumber: z.string(),
    isCertified: z.boolean(),
    state: z.enum(['waiting', 'recorded', 'uncertified', 'refused']),
    credentialId: hash.nullable(),
    reason: z.string().nullable().meta({ description: 'Why it was refused.' }),
  })
  .meta({ id: 'ImportedMeter' })

export const importedMeterPage = z
  .object({
    items: z.array(importedMeter),
    nextAfter: z.number().int().nullable().meta({ description: '`after` of the next page; null on the last.' }),
  })
  .meta({ id: 'ImportedMeterPage' })

export const meterImportPath = z.object({ id: z.uuid({ error: 'is not the id of an import' }) })

export const meterImportQuery = z.strictObject({
  rows: wholeNumber(
    1,
    LARGEST_METER_COUNT,
    'How many meters are in the file, so that one that was cut off between two rows is noticed.',
  ).optional(),
})

export const idempotencyKey = z
  .string()
  .regex(/^[\x21-\x7e]{1,100}$/, { error: 'is not 1 to 100 letters of ASCII' })
  .optional()

export const importedMeterQuery = z.strictObject({
  after: wholeNumber(0, LARGEST_ROW, 'Only rows behind this one.').optional(),
  limit: wholeNumber(1, LARGEST_PAGE, 'The most rows to answer with; 200 unless told.').optional(),
})

export type MeterImportView = z.infer<typeof meterImport>
export type ImportedMeterPage = z.infer<typeof importedMeterPage>
