import { createHash, scrypt as deriveKey } from 'node:crypto'
import { decryptKeystoreJson, encryptKeystoreJson, getBytes, hexlify, scrypt } from 'ethers'
import { z } from 'zod'
import { DomainError } from '../domain/errors.ts'
import { addressOfKey } from './typed-data.ts'

/** As OWASP asks for where a person chose the passphrase; a quarter of a second and 128 MiB, once a folder and process. */
const COST = { N: 2 ** 17, r: 8, p: 1 } as const
/** What a file may ask for, so that a damaged one cannot take all memory. */
const HIGHEST_COST = { n: 2 ** 20, r: 16, p: 16 } as const
const LONGEST_KEYSTORE = 16_384
const MOST_DERIVED = 8

const hex = (bytes: number) => z.string().regex(new RegExp(`^(0x)?[0-9a-fA-F]{${2 * bytes}}$`))
const isPowerOfTwo = (value: number) => Number.isInteger(Math.log2(value))
const sealed = z.object({
  cipher: z.literal('aes-128-ctr'),
  ciphertext: hex(32),
  cipherparams: z.object({ iv: hex(16) }),
  kdf: z.literal('scrypt'),
  kdfparams: z.object({
    n: z.number().int().min(2).max(HIGHEST_COST.n).refine(isPowerOfTwo),
    r: z.number().int().min(1).max(HIGHEST_COST.r),
    p: z.number().int().min(1).max(HIGHEST_COST.p),
    dklen: z.literal(32),
    salt: z.string().regex(/^(0x)?([0-9a-fA-F]{2}){8,64}$/),
  }),
  mac: hex(32),
})
// Some programs write the one, some the other.
const keystore = z.union([
  z.object({ version: z.literal(3), address: hex(20), crypto: sealed }),
  z
    .object({ version: z.literal(3), address: hex(20), Crypto: sealed })
    .transform(({ Crypto, ...rest }) => ({ ...rest, crypto: Crypto })),
])

/** What was derived from a passphrase in this process, by what it was derived from: files of a folder share their salt. */
const derived = new Map<string, Promise<string>>()

// The native one is ten times as fast as that of ethers.
scrypt.register((passphrase, salt, N, r, p, length) => {
  const name = createHash('sha256')
  for (const part of [passphrase, salt]) name.update(`${part.length}:`).update(part)
  const id = name.update(`${N}:${r}:${p}:${length}`).digest('hex')
  const known = derived.get(id)
  if (known !== undefined) return known
  const made = new Promise<string>((resolve, reject) => {
    deriveKey(passphrase, salt, length, { N, r, p, maxmem: 256 * N * r }, (error, key) => {
      if (error === null) resolve(hexlify(key))
      else reject(error)
    })
  })
  derived.set(id, made)
  for (const oldest of derived.keys()) if (derived.size > MOST_DERIVED) derived.delete(oldest)
  return made
})

/** A private key as Ethereum keystore v3, encrypted under the passphrase; `salt` is 32 bytes, 0x-hex. */
export async function encryptKey(privateKey: string, passphrase: string, salt: string): Promise<string> {
  const account = { address: addressOfKey(privateKey), privateKey }
  return encryptKeystoreJson(account, passphrase, { scrypt: COST, salt: getBytes(salt) })
}

/**
 * The private key in a keystore v3 with scrypt, 0x-hex. Throws `keystore-damaged` and `keystore-not-opened`, with the
 * file's name and never with anything of its content.
 */
export async function decryptKey(text: string, passphrase: string, file: string): Promise<string> {
  const { address } = parseKeystore(text, file)
  const { privateKey } = await decryptKeystoreJson(text, passphrase).catch(() => {
    throw new DomainError(
      'keystore-not-opened',
      `${file} does not open with the passphrase: it was encrypted under another one, or the file was changed`,
    )
  })
  if (addressOfKey(privateKey) !== `0x${address.replace(/^0x/, '').toLowerCase()}`) {
    throw new DomainError('keystore-damaged', `${file} holds the key of another address than it says`)
  }
  return privateKey
}

/** With what the keystore's passphrase is salted, 0x-hex. Throws `keystore-damaged`. */
export function saltOfKeystore(text: string, file: string): string {
  return `0x${parseKeystore(text, file).crypto.kdfparams.salt.replace(/^0x/, '')}`
}

function parseKeystore(text: string, file: string): z.infer<typeof keystore> {
  const parsed = text.length > LONGEST_KEYSTORE ? null : keystore.safeParse(jsonOf(text))
  if (parsed?.success) return parsed.data
  throw new DomainError(
    'keystore-damaged',
    `${file} is not a whole Ethereum keystore (version 3, scrypt): put back a copy of it`,
  )
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
