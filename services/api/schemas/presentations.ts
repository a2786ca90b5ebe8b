import { z } from 'zod'
import { CREDENTIAL_ROLES } from '../../credentials/claims.ts'
import { presentationRequestJson } from '../../credentials/presentation-request.ts'
import { did, scope } from './identities.ts'
import { wallTime } from './sign-in.ts'

const MOST_CLAIMS = 16
const MOST_VALUES = 64
const LONGEST_SECONDS = 3_600
const DEFAULT_SECONDS = 600

const claimName = z.string().regex(/^[A-Za-z]{1,40}$/, { error: 'is no name of a claim' })
const claimValue = z.union([z.string().max(200), z.int(), z.boolean()])
const credentialRole = z.enum(CREDENTIAL_ROLES).meta({ id: 'CredentialRole' })
const purpose = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .regex(/^[^\p{Cc}]*$/u, { error: 'has a control character' })
  .meta({ description: 'What it is for, as its holder is told.' })

export const presentationWish = z
  .strictObject({
    role: credentialRole,
    claims: z
      .array(
        z.strictObject({
          name: claimName,
          values: z
            .array(claimValue)
            .min(1)
            .max(MOST_VALUES)
            .optional()
            .meta({ description: 'Which would do; any where there is none.' }),
        }),
      )
      .min(1)
      .max(MOST_CLAIMS)
      .meta({ description: 'All of them are asked for, and no other may be disclosed.' }),
    purpose,
    seconds: z
      .int()
      .min(30)
      .max(LONGEST_SECONDS)
      .default(DEFAULT_SECONDS)
      .meta({ description: 'For how long it can be answered.' }),
  })
  .meta({ id: 'PresentationWish' })

export const presentationDocument = z
  .object({
    ...presentationRequestJson.shape,
    response_uri: z.string().meta({ description: 'Where the presentation is sent.' }),
    verifier: did,
    purpose,
  })
  .meta({
    id: 'PresentationRequest',
    description: 'An OpenID4VP request with a DCQL query, for the holder; `verifier` is who asks, by its sign-in here.',
  })

export const presentation = z
  .object({
    id: z.string(),
    request: presentationDocument,
    requestUri: z.string().meta({ description: 'Where the holder finds the request.' }),
    createdAt: wallTime,
    expiresAt: wallTime,
    state: z
      .enum(['pending', 'verified', 'refused', 'expired'])
      .meta({ description: 'refused: it can be answered again, until it expires.' }),
    refusal: z
      .object({ code: z.string(), reason: z.string(), refusedAt: wallTime })
      .nullable()
      .meta({ description: 'Why the last answer was refused. Nothing of it was kept.' }),
    outcome: z
      .object({
        role: credentialRole,
        area: scope,
        issuer: did,
        claims: z.record(z.string(), claimValue).meta({ description: 'What was disclosed: what was asked for.' }),
        verifiedAt: wallTime,
      })
      .nullable(),
  })
  .meta({ id: 'Presentation' })

export const presentationPath = z.object({
  id: z
    .string()
    .regex(/^[A-Za-z0-9_-]{43}$/, { error: 'is not the id of a request' })
    .meta({ description: 'Of the request.' }),
})

export const presentationAnswer = z
  .strictObject({
    presentation: z
      .string()
      .min(1)
      .meta({ description: 'An SD-JWT with key binding; at most 65,536 characters.', example: 'eyJ…~WyJ…~eyJ…' }),
  })
  .meta({ id: 'PresentationAnswer' })

export type PresentationWish = z.output<typeof presentationWish>
export type PresentationDocument = z.infer<typeof presentationDocument>
export type PresentationView = z.infer<typeof presentation>
