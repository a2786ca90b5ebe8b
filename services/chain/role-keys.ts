import { randomBytes } from 'node:crypto'
import { readdir, readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { DomainError } from '../domain/errors.ts'
import { writeOnce } from './durable-file.ts'
import { decryptKey, encryptKey, saltOfKeystore } from './keystore.ts'
import { KEYSTORE_SUFFIX, readPassphrase } from './keystore-passphrase.ts'
import { localSigningKey, type SigningKey } from './signing-key.ts'

export type Role =
  | 'administrator'
  | 'regulator'
  | 'community-manager'
  | 'market-operator'
  | 'metering-operator'
  | 'gateway'
  /** Sign commitments of areas in the gateway's place, and nothing else. */
  | `gateway-${number}`
  | 'supplier'
  | 'dso'
  /** Buys flexibility for the DSO, whose credential it holds too: keys that send are one process's each. */
  | 'grid-operator'
  | 'tso'
  /** Pools members' devices, and sells their flexibility to grid operators. */
  | 'aggregator'
  | 'settlement-bank'
  | 'tax-authority'
  | 'platform-operator'
  /** Signs the receipts of orders, and nothing else. */
  | 'receipts'
  /** Pays for what passkey accounts do, and does nothing else. */
  | 'relay'
  /** Members of the council, and who pauses trading and cancels what the council has scheduled. */
  | 'council-1'
  | 'council-2'
  | 'council-3'
  | 'guardian'

const privateKey = z.string().regex(/^0x[0-9a-f]{64}$/)

/** A role's key, as services sign with it. Throws as `readKey` does. */
export async function readSigningKey(dataFolder: string, role: Role): Promise<SigningKey> {
  return localSigningKey(await readKey(dataFolder, role))
}

/**
 * The private key of a role, 0x-hex. One that lies there unencrypted, as former versions wrote them, is encrypted first.
 * Throws `key-missing`, `key-unreadable`, `key-invalid`, `key-ambiguous` and what keystores and passphrases do, never
 * repeating the key.
 */
export async function readKey(
  dataFolder: string,
  role: Role,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  const key = await findKey(path.join(dataFolder, 'keys'), role, environment)
  if (key !== null) return key
  const file = path.join(dataFolder, 'keys', `${role}${KEYSTORE_SUFFIX}`)
  throw new DomainError('key-missing', `there is no key for ${role}: ${file} is missing`)
}

/** The private key of a role, 0x-hex; where there is none yet, the one that `make` gives is kept first. */
export async function keepKey(
  dataFolder: string,
  role: Role,
  make: () => string,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  const folder = path.join(dataFolder, 'keys')
  const known = await findKey(folder, role, environment)
  if (known !== null) return known
  await writeKeystore(folder, role, make(), environment)
  return readKey(dataFolder, role, environment)
}

async function findKey(folder: string, role: Role, environment: NodeJS.ProcessEnv): Promise<string | null> {
  const file = path.join(folder, `${role}${KEYSTORE_SUFFIX}`)
  const plainFile = path.join(folder, `${role}.key`)
  // In this sequence: whoever takes a plain key over meanwhile removes it after the keystore is there.
  const plain = await readWhereThere(plainFile)
  const keystore = await readWhereThere(file)
  if (keystore === null && plain === null) return null
  if (keystore === null) {
    await writeKeystore(folder, role, parsePlain(plain ?? '', plainFile), environment)
    return findKey(folder, role, environment)
  }
  const key = await decryptKey(keystore, await readPassphrase(folder, environment), file)
  if (plain !== null) {
    if (parsePlain(plain, plainFile) !== key) {
      throw new DomainError('key-ambiguous', `${plainFile} and ${file} hold different keys: remove the wrong one`)
    }
    await rm(plainFile, { force: true })
  }
  return key
}

async function writeKeystore(folder: string, role: Role, key: string, environment: NodeJS.ProcessEnv): Promise<void> {
  const passphrase = await readPassphrase(folder, environment)
  const text = await encryptKey(key, passphrase, await saltOfFolder(folder))
  await writeOnce(path.join(folder, `${role}${KEYSTORE_SUFFIX}`), `${text}\n`)
}

/** All keystores of a folder have one salt, so that their passphrase is stretched once for all of them. */
async function saltOfFolder(folder: string): Promise<string> {
  const name = (await readdir(folder)).sort().find((entry) => entry.endsWith(KEYSTORE_SUFFIX))
  if (name === undefined) return `0x${randomBytes(32).toString('hex')}`
  const file = path.join(folder, name)
  return saltOfKeystore(await readFile(file, 'utf8'), file)
}

function parsePlain(text: string, file: string): string {
  const parsed = privateKey.safeParse(text.trim())
  if (parsed.success) return parsed.data
  throw new DomainError('key-invalid', `${file} does not hold a private key (0x and 64 hex digits)`)
}

async function readWhereThere(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return null
    throw new DomainError('key-unreadable', `${file} cannot be read (${code})`)
  }
}
