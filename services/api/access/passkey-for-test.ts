import { createHash, createSign, generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto'
import { isoCBOR } from '@simplewebauthn/server/helpers'

/** A passkey in software, which signs whatever it is told to: what an authenticator would refuse among it. */
export type TestPasskey = {
  readonly id: string
  readonly x: string
  readonly y: string
  readonly attest: (made: Made) => Attestation
  readonly assert: (made: Made) => Assertion
}

export type Made = {
  readonly challenge: string
  readonly origin: string
  readonly domain: string
  readonly counter: number
  readonly isVerified?: boolean
  readonly type?: string
}

type Attestation = {
  id: string
  rawId: string
  type: 'public-key'
  response: { clientDataJSON: string; attestationObject: string }
  clientExtensionResults: Record<string, unknown>
}

type Assertion = {
  id: string
  rawId: string
  type: 'public-key'
  response: { clientDataJSON: string; authenticatorData: string; signature: string }
  clientExtensionResults: Record<string, unknown>
}

const USER_PRESENT = 0x01
const USER_VERIFIED = 0x04
const CREDENTIAL_INCLUDED = 0x40

/** `algorithm` is what it says that its key is for. */
export function createTestPasskey({ algorithm = -7 }: { algorithm?: number } = {}): TestPasskey {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { x, y } = publicKey.export({ format: 'jwk' }) as { x: string; y: string }
  const credentialId = randomBytes(16)
  const id = credentialId.toString('base64url')
  const coordinates = [x, y].map((text) => Uint8Array.from(Buffer.from(text, 'base64url')))
  const coseKey = isoCBOR.encode(
    new Map<number, number | Uint8Array>([
      [1, 2],
      [3, algorithm],
      [-1, 1],
      [-2, coordinates[0]!],
      [-3, coordinates[1]!],
    ]),
  )

  return {
    id,
    x: `0x${Buffer.from(coordinates[0]!).toString('hex')}`,
    y: `0x${Buffer.from(coordinates[1]!).toString('hex')}`,
    attest(made) {
      const length = Buffer.alloc(2)
      length.writeUInt16BE(credentialId.length)
      const credential = Buffer.concat([Buffer.alloc(16), length, credentialId, coseKey])
      const authData = Buffer.concat([authenticatorDataOf(made, CREDENTIAL_INCLUDED), credential])
      const attestation = new Map<string, unknown>([
        ['fmt', 'none'],
        ['attStmt', new Map()],
        ['authData', Uint8Array.from(authData)],
      ])
      const attestationObject = isoCBOR.encode(attestation as never)
      return {
        ...nameOf(id),
        response: {
          clientDataJSON: clientDataOf(made, 'webauthn.create').toString('base64url'),
          attestationObject: Buffer.from(attestationObject).toString('base64url'),
        },
      }
    },
    assert(made) {
      const clientData = clientDataOf(made, 'webauthn.get')
      const authenticatorData = authenticatorDataOf(made, 0)
      const hash = createHash('sha256').update(clientData).digest()
      return {
        ...nameOf(id),
        response: {
          clientDataJSON: clientData.toString('base64url'),
          authenticatorData: authenticatorData.toString('base64url'),
          signature: signatureOf(Buffer.concat([authenticatorData, hash]), privateKey),
        },
      }
    },
  }
}

function nameOf(id: string) {
  return { id, rawId: id, type: 'public-key' as const, clientExtensionResults: {} }
}

function clientDataOf({ challenge, origin, type }: Made, usualType: string): Buffer {
  return Buffer.from(JSON.stringify({ type: type ?? usualType, challenge, origin, crossOrigin: false }))
}

function authenticatorDataOf({ domain, counter, isVerified = true }: Made, flags: number): Buffer {
  const counting = Buffer.alloc(4)
  counting.writeUInt32BE(counter)
  const allFlags = USER_PRESENT | (isVerified ? USER_VERIFIED : 0) | flags
  return Buffer.concat([createHash('sha256').update(domain).digest(), Buffer.from([allFlags]), counting])
}

function signatureOf(bytes: Buffer, privateKey: KeyObject): string {
  return createSign('SHA256').update(bytes).sign(privateKey).toString('base64url')
}
