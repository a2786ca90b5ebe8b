import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import type { Assertion, PasskeyAccountKey } from '../../services/chain/passkey-accounts.ts'

export type Authenticator = {
  readonly key: PasskeyAccountKey
  /** What browser and authenticator make of a challenge, 0x-hex, once the user was verified. */
  readonly assert: (challenge: string) => Assertion
}

const USER_PRESENT_AND_VERIFIED = 0x05

/** A passkey for the domain, with a new P-256 key. */
export function createAuthenticator(domain: string): Authenticator {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { x, y } = publicKey.export({ format: 'jwk' }) as { x: string; y: string }
  const relyingParty = sha256(Buffer.from(domain))
  let counter = 0
  return {
    key: {
      x: hexOf(Buffer.from(x, 'base64url')),
      y: hexOf(Buffer.from(y, 'base64url')),
      relyingParty: hexOf(relyingParty),
    },
    assert: (challenge) => {
      counter += 1
      const authenticatorData = Buffer.concat([
        relyingParty,
        Buffer.from([USER_PRESENT_AND_VERIFIED, 0, 0, 0, counter]),
      ])
      const clientDataJson = Buffer.from(
        JSON.stringify({
          type: 'webauthn.get',
          challenge: Buffer.from(challenge.slice(2), 'hex').toString('base64url'),
          origin: `https://${domain}`,
          crossOrigin: false,
        }),
      )
      const signed = Buffer.concat([authenticatorData, sha256(clientDataJson)])
      return { authenticatorData, clientDataJson, signature: sign('sha256', signed, privateKey) }
    },
  }
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest()
}

function hexOf(bytes: Uint8Array): string {
  return `0x${Buffer.from(bytes).toString('hex')}`
}
