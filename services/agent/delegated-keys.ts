import { hkdfSync } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { addressOfKey } from '../chain/typed-data.ts'
import { DomainError } from '../domain/errors.ts'

const KEY_BYTES = 32

/** The agent's private key for an account, of a generation: 0x-hex. */
export type DelegatedKeyOf = (account: string, generation: number) => string

/**
 * Keys that follow, by HKDF-SHA-256, from a secret of the data folder: a restart makes them again, nothing keeps them, and
 * one says nothing of another. Throws `key-missing`.
 */
export async function readDelegatedKeys(dataFolder: string): Promise<DelegatedKeyOf> {
  const file = path.join(dataFolder, 'keys', 'agent.secret')
  const text = await readFile(file, 'utf8').catch(() => {
    throw new DomainError('key-missing', `there is no secret for the agent's keys: ${file} cannot be read`)
  })
  return createDelegatedKeys(text.trim())
}

/** `secret` is 32 bytes, 0x-hex. Throws `key-invalid`, never repeating it. */
export function createDelegatedKeys(secret: string): DelegatedKeyOf {
  if (!/^0x[0-9a-f]{64}$/.test(secret)) {
    throw new DomainError('key-invalid', "the secret for the agent's keys is not 0x and 64 hex digits")
  }
  const seed = Buffer.from(secret.slice(2), 'hex')
  return (account, generation) => {
    const purpose = `commonwatt agent ${account.toLowerCase()} ${generation}`
    const key = `0x${Buffer.from(hkdfSync('sha256', seed, Buffer.alloc(0), purpose, KEY_BYTES)).toString('hex')}`
    // Throws for the one in 2^128 that is no key.
    addressOfKey(key)
    return key
  }
}
