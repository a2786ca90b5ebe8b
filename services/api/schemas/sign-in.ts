import { z } from 'zod'
import { address, areaId, count, memberId } from './scalars.ts'

const LONGEST_MESSAGE = 2_048
/** A contract account may ask for more than the 65 bytes of a key. */
const LONGEST_SIGNATURE = 4_096

export const wallTime = z.number().int().min(0).meta({ description: 'Unix seconds by the wall clock.' })
export const addressInBody = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/, { error: 'is not an address' })
  .transform((text) => text.toLowerCase())
  .pipe(address)
  .meta({
    description: 'Address, 0x-hex.',
    override: ({ jsonSchema }) => {
      for (const key of Object.keys(jsonSchema)) delete jsonSchema[key as keyof typeof jsonSchema]
      Object.assign(jsonSchema, { type: 'string', pattern: '^0x[0-9a-fA-F]{40}$', description: 'Address, 0x-hex.' })
    },
  })

export const challengeRequest = z
  .strictObject({ address: addressInBody.meta({ description: 'Who is going to sign.' }) })
  .meta({ id: 'SignInChallengeRequest' })

export const signInChallenge = z
  .object({
    nonce: z.string().meta({ description: 'Answered once, by this address, until `expiresAt`.' }),
    message: z.string().meta({ description: 'A message with the nonce as EIP-4361 has it, ready to be signed.' }),
    expiresAt: wallTime,
  })
  .meta({ id: 'SignInChallenge' })

export const signedMessage = z
  .strictObject({
    message: z.string().min(1).max(LONGEST_MESSAGE).meta({ description: 'As EIP-4361 has it.' }),
    signature: z
      .string()
      .max(2 + 2 * LONGEST_SIGNATURE)
      .regex(/^0x([0-9a-fA-F]{2})+$/, { error: 'is not bytes as 0x-hex' })
      .meta({ description: 'Of the message, by the address in it (EIP-191) or its contract (EIP-1271).' }),
  })
  .meta({ id: 'SignedMessage' })

export const oneTimeCode = z
  .object({ code: z.string(), expiresAt: wallTime })
  .meta({ id: 'OneTimeCode', description: 'Signs one browser in, once, within 60 seconds.' })

export const codeRequest = z
  .strictObject({ code: z.string().regex(/^[\w-]{43}$/, { error: 'is not a one-time code' }) })
  .meta({ id: 'CodeRequest' })

export const signInWay = z.enum(['wallet', 'passkey', 'code', 'api-key']).meta({ id: 'SignInWay' })

export const person = z
  .object({
    account: address,
    did: z.string(),
    way: signInWay,
    expiresAt: wallTime.meta({ description: 'When it ends at the latest; 30 minutes without a request end it too.' }),
    households: z.array(z.object({ memberId, name: z.string() })),
    roles: z.array(z.object({ role: z.string(), area: areaId })).meta({
      description: 'Of valid credentials; area 0 is every area.',
    }),
    scopes: z.array(z.string()).nullable().meta({ description: 'What an api key was made for; null for a person.' }),
  })
  .meta({ id: 'Person', description: 'Who asks.' })

export const whoAmI = z
  .object({
    person: person.nullable().meta({ description: 'Null where nobody is signed in.' }),
    passkeys: z.boolean().meta({ description: 'Whether one can sign in with a passkey here.' }),
  })
  .meta({ id: 'WhoAmI' })

export const signIn = z
  .object({
    id: z.string(),
    way: signInWay,
    createdAt: wallTime,
    lastUsedAt: wallTime.meta({ description: 'To the minute.' }),
    expiresAt: wallTime,
    isThisOne: z.boolean(),
  })
  .meta({ id: 'SignIn', description: 'A browser in which you are signed in.' })

export const signInList = z.object({ items: z.array(signIn) }).meta({ id: 'SignInList' })
export const endedSignIns = z.object({ ended: count }).meta({ id: 'EndedSignIns' })
export const idPath = z.object({ id: z.uuid().meta({ description: 'As the list shows it.' }) })

export type SignInChallengeAnswer = z.infer<typeof signInChallenge>
export type WhoAmI = z.infer<typeof whoAmI>
export type SignInList = z.infer<typeof signInList>
