import { createHash, createHmac, createSecretKey } from 'node:crypto'
import type { WriteKey } from './record-protection.ts'
import { uintBytes } from './wire.ts'

export type Randoms = { readonly client: Buffer; readonly server: Buffer }
export type SessionKeys = { readonly client: WriteKey; readonly server: WriteKey }

const KEY_BYTES = 16
const SALT_BYTES = 4
const MASTER_SECRET_BYTES = 48
const VERIFY_DATA_BYTES = 12

/** The pseudo-random function of TLS 1.2 with SHA-256 (RFC 5246 section 5). */
export function prf(secret: Buffer, label: string, seed: Buffer, size: number): Buffer {
  const key = createSecretKey(secret)
  const hmac = (data: Buffer): Buffer => createHmac('sha256', key).update(data).digest()
  const labelled = Buffer.concat([Buffer.from(label, 'latin1'), seed])
  const pieces: Buffer[] = []
  let a: Buffer = labelled
  for (let length = 0; length < size; length += 32) {
    a = hmac(a)
    pieces.push(hmac(Buffer.concat([a, labelled])))
  }
  return Buffer.concat(pieces, size)
}

/** The premaster secret of a plain pre-shared key (RFC 4279 section 2). */
export function premasterSecretOf(psk: Buffer): Buffer {
  const length = uintBytes(psk.length, 2)
  return Buffer.concat([length, Buffer.alloc(psk.length), length, psk])
}

/** The master secret of a client that does not know the extended one (RFC 5246 section 8.1). */
export function masterSecretOf(premaster: Buffer, { client, server }: Randoms): Buffer {
  return prf(premaster, 'master secret', Buffer.concat([client, server]), MASTER_SECRET_BYTES)
}

/** The master secret that is bound to the handshake up to the key exchange (RFC 7627 section 4). */
export function extendedMasterSecretOf(premaster: Buffer, messages: readonly Buffer[]): Buffer {
  return prf(premaster, 'extended master secret', hashOf(messages), MASTER_SECRET_BYTES)
}

/** Keys and salts of both directions (RFC 5246 section 6.3); an AEAD has no MAC keys. */
export function sessionKeysOf(masterSecret: Buffer, { client, server }: Randoms): SessionKeys {
  const seed = Buffer.concat([server, client])
  const block = prf(masterSecret, 'key expansion', seed, 2 * (KEY_BYTES + SALT_BYTES))
  const salts = 2 * KEY_BYTES
  return {
    client: { key: createSecretKey(block.subarray(0, KEY_BYTES)), salt: block.subarray(salts, salts + SALT_BYTES) },
    server: { key: createSecretKey(block.subarray(KEY_BYTES, salts)), salt: block.subarray(salts + SALT_BYTES) },
  }
}

/** What a Finished proves: whoever sent it saw the same messages and has the key (RFC 5246 section 7.4.9). */
export function verifyDataOf(masterSecret: Buffer, side: 'client' | 'server', messages: readonly Buffer[]): Buffer {
  return prf(masterSecret, `${side} finished`, hashOf(messages), VERIFY_DATA_BYTES)
}

function hashOf(messages: readonly Buffer[]): Buffer {
  const hash = createHash('sha256')
  for (const message of messages) hash.update(message)
  return hash.digest()
}
