import { z } from 'zod'
import { ROLES } from '../../domain/identity/role.ts'
import { hash, hashInPath, unixTime } from './scalars.ts'

const LARGEST_UINT32 = 2 ** 32 - 1

export const did = z
  .string()
  .regex(/^did:ethr:0x[0-9a-f]{1,64}:0x[0-9a-f]{40}$/)
  .meta({
    description: 'Decentralized identifier: `did:ethr:0x`, the chain id in hex, `:` and an address, lower-case.',
    example: `did:ethr:0x7a69:0x${'1a'.repeat(20)}`,
  })
const marketRole = z.enum(ROLES).meta({
  id: 'MarketRole',
  description:
    'What a credential says that its subject is: an actor of the market, a connection to the grid, or a device.',
})
export const scope = z
  .number()
  .int()
  .min(0)
  .max(LARGEST_UINT32)
  .meta({ description: 'The market area in which the role is held; 0 for every area.' })

export const credential = z
  .object({
    credentialId: hash,
    issuer: did,
    subject: did,
    role: marketRole,
    area: scope,
    connectionPoint: hash
      .nullable()
      .meta({ description: "Salted commitment to the connection point's identifier; null where there is none." }),
    digest: hash.meta({ description: 'Salted hash of the credential as its holder keeps it.' }),
    validFrom: unixTime,
    validUntil: unixTime.meta({ description: 'Unix seconds up to which it is valid, not included.' }),
    status: z.enum(['active', 'suspended', 'revoked']).meta({ description: 'Whatever its validity is.' }),
    isValid: z.boolean().meta({ description: "Whether it is active and within its validity by the ledger's clock." }),
    issuedAt: unixTime,
    issuedTransaction: hash,
    changedAt: unixTime.meta({ description: 'When its status changed last, or when it was issued.' }),
    changedTransaction: hash,
    changedBy: did.meta({ description: 'Who changed its status last: issuer, consortium, or subject; or issued it.' }),
  })
  .meta({
    id: 'Credential',
    description: 'What the ledger says of a credential. Its content is with its holder alone.',
  })

export const identity = z
  .object({
    did,
    owner: did.nullable().meta({ description: 'Who acts for it; null once it is deactivated.' }),
    credentials: z
      .array(credential)
      .meta({ description: 'Of each role and area the one that was issued last, newest first; at most 500.' }),
    accreditations: z
      .array(
        z
          .object({
            role: marketRole,
            area: scope,
            status: z.enum(['active', 'suspended']),
            changedTransaction: hash,
          })
          .meta({ id: 'Accreditation' }),
      )
      .meta({ description: 'Of which roles it may issue credentials; what is said of one area counts there.' }),
  })
  .meta({ id: 'Identity', description: 'An address of the ledger, what it is, and what it may vouch for.' })

export const didDocument = z
  .looseObject({
    id: did,
    verificationMethod: z
      .array(z.looseObject({ id: z.string(), type: z.string(), controller: z.string() }))
      .meta({ description: 'The owner (`#controller`), and delegates and keys that the owner lets count for it now.' }),
    authentication: z.array(z.string()).meta({ description: 'Which of them sign in and present credentials for it.' }),
    assertionMethod: z.array(z.string()).meta({ description: 'Which of them issue credentials for it.' }),
    service: z.array(z.looseObject({ id: z.string(), type: z.string() })).optional(),
  })
  .meta({ id: 'DidDocument', description: 'As W3C DID Core has it. Without keys where the identity is deactivated.' })

export const credentialPath = z.object({ credentialId: hashInPath })
export const identityPath = z.object({
  did: z
    .string()
    .regex(/^did:ethr:0x[0-9a-f]{1,64}:0x[0-9a-fA-F]{40}$/, {
      error: 'is not did:ethr:0x, the chain id in hex, : and an address as 0x-hex',
    })
    .meta({ description: '`did:ethr:0x`, the chain id of this ledger in hex, `:` and an address.' }),
})

export type Credential = z.infer<typeof credential>
export type DidDocument = z.infer<typeof didDocument>
export type Identity = z.infer<typeof identity>
