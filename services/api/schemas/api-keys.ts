import { z } from 'zod'
import { KEY_SCOPES } from '../../domain/identity/household-data.ts'
import { wallTime } from './sign-in.ts'

const LONGEST_DAYS = 366
const LONGEST_OVERLAP_HOURS = 168

export const apiKey = z
  .object({
    id: z.string(),
    name: z.string(),
    scopes: z.array(z.string()),
    prefix: z.string().meta({ description: 'How the key begins.', example: 'cw_3hK9xQ2a' }),
    createdAt: wallTime,
    expiresAt: wallTime,
    lastUsedAt: wallTime.nullable().meta({ description: 'To the minute; null before.' }),
    previousUntil: wallTime
      .nullable()
      .meta({ description: 'Until when the key before the last rotation is accepted.' }),
  })
  .meta({ id: 'ApiKey', description: 'By which a machine acts for you.' })

export const apiKeyList = z.object({ items: z.array(apiKey) }).meta({ id: 'ApiKeyList' })

export const madeApiKey = z
  .object({ key: apiKey, secret: z.string().meta({ description: 'The key itself: it is not shown again.' }) })
  .meta({ id: 'MadeApiKey' })

export const apiKeyRequest = z
  .strictObject({
    name: z.string().trim().min(1).max(60),
    scopes: z.array(z.enum(KEY_SCOPES)).min(1).max(KEY_SCOPES.length),
    days: z.number().int().min(1).max(LONGEST_DAYS).meta({ description: 'For how long it is valid.' }),
  })
  .meta({ id: 'ApiKeyRequest' })

export const rotationRequest = z
  .strictObject({
    overlapHours: z
      .number()
      .int()
      .min(0)
      .max(LONGEST_OVERLAP_HOURS)
      .meta({ description: 'For how long the former key is accepted still.' }),
  })
  .meta({ id: 'ApiKeyRotationRequest' })

export type ApiKeyAnswer = z.infer<typeof apiKey>
