import { z } from 'zod'
import { HOUSEHOLD_PARTS } from '../../domain/identity/household-data.ts'
import { address, memberId } from './scalars.ts'
import { wallTime } from './sign-in.ts'

/** What the database keeps of a time in 4 bytes. */
const LATEST_UNTIL = 2 ** 31 - 1

export const consent = z
  .object({
    id: z.string(),
    memberId,
    reader: address.meta({ description: 'Who may read.' }),
    readerDid: z.string(),
    parts: z.array(z.string()),
    since: wallTime,
    until: wallTime.nullable().meta({ description: 'Null: until it is taken back.' }),
    revokedAt: wallTime.nullable(),
    isInForce: z.boolean(),
  })
  .meta({ id: 'Consent', description: 'A household lets somebody read parts of its data.' })

export const consentList = z
  .object({
    given: z.array(consent).meta({ description: 'By your households, the latest first.' }),
    received: z.array(consent).meta({ description: 'By others, for you to read.' }),
  })
  .meta({ id: 'ConsentList' })

export const consentRequest = z
  .strictObject({
    memberId,
    reader: z
      .string()
      .regex(/^(did:ethr:0x[0-9a-f]{1,16}:)?0x[0-9a-fA-F]{40}$/, { error: 'is neither a DID nor an address' })
      .meta({ description: 'DID of who may read, or the address behind it.' }),
    parts: z.array(z.enum(HOUSEHOLD_PARTS)).min(1).max(HOUSEHOLD_PARTS.length),
    until: wallTime.max(LATEST_UNTIL).nullable(),
  })
  .meta({ id: 'ConsentRequest' })

export type ConsentAnswer = z.infer<typeof consent>
