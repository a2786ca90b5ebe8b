import { z } from 'zod'
import { address, hash } from './scalars.ts'

const LONGEST = 8_192
const base64url = z
  .string()
  .max(LONGEST)
  .regex(/^[\w-]+$/, { error: 'is not base64url' })
const credentialId = base64url.max(1_366).meta({ description: 'Base64url.' })
const extensions = z.record(z.string(), z.unknown()).meta({ description: 'As the browser gives them; not used.' })

export const passkeyName = z
  .strictObject({ name: z.string().trim().min(1).max(60).meta({ description: 'By which the person finds it again.' }) })
  .meta({ id: 'PasskeyName' })

export const passkeyOptions = z.record(z.string(), z.unknown()).meta({
  id: 'PasskeyOptions',
  description:
    'Options in JSON as WebAuthn has them, for navigator.credentials. The challenge is used once, within 300 s.',
})

export const passkeyRegistration = z
  .object({
    id: credentialId,
    rawId: credentialId,
    type: z.literal('public-key'),
    response: z.object({ clientDataJSON: base64url, attestationObject: base64url }),
    clientExtensionResults: extensions,
  })
  .meta({ id: 'PasskeyRegistration', description: 'RegistrationResponseJSON of WebAuthn.' })

export const passkeyAssertion = z
  .object({
    id: credentialId,
    rawId: credentialId,
    type: z.literal('public-key'),
    response: z.object({
      clientDataJSON: base64url,
      authenticatorData: base64url,
      signature: base64url,
    }),
    clientExtensionResults: extensions,
  })
  .meta({ id: 'PasskeyAssertion', description: 'AuthenticationResponseJSON of WebAuthn.' })

export const passkeyAccount = z
  .object({
    account: address,
    credentialId,
    key: z.object({
      x: hash,
      y: hash,
      relyingParty: hash.meta({ description: 'SHA-256 of the domain for which the passkey was made.' }),
    }),
    nonce: z.string().meta({ description: 'Number with which its next calls are signed.' }),
  })
  .meta({ id: 'PasskeyAccount', description: 'What the calls of a passkey account are signed with.' })

export type PasskeyAccount = z.infer<typeof passkeyAccount>
export type PasskeyRegistration = z.infer<typeof passkeyRegistration>
export type PasskeyAssertion = z.infer<typeof passkeyAssertion>
