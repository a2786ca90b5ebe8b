import { pbkdf2, timingSafeEqual } from 'node:crypto'
import path from 'node:path'
import { promisify } from 'node:util'
import { openEntries, writeEntry } from './entry-file.ts'

/**
 * Mosquitto's file of passwords: `<user>:$7$<iterations>$<salt>$<hash>`, PBKDF2 with SHA-512, salt and hash in base64.
 * Passwords here are drawn, 256 bits each: more iterations than mosquitto's own would only slow a thousand logins down.
 */

const ITERATIONS = 101
const MOST_ITERATIONS = 100_000
const HASH_BYTES = 64
const LINE = /^([^:]+):\$7\$(\d{1,6})\$([A-Za-z0-9+/]+=*)\$([A-Za-z0-9+/]+=*)$/

type Entry = { readonly iterations: number; readonly salt: Buffer; readonly hash: Buffer }

const derive = promisify(pbkdf2)

export function passwordFileOf(dataFolder: string): string {
  return path.join(dataFolder, 'keys', 'devices', 'passwords')
}

/** Sets the user's password in the file, which is made where there is none. Throws `entry-file-busy`. */
export async function writePassword(file: string, user: string, password: string, salt: Buffer): Promise<void> {
  const hash = await derive(password, salt, ITERATIONS, HASH_BYTES, 'sha512')
  await writeEntry(file, user, `${user}:$7$${ITERATIONS}$${salt.toString('base64')}$${hash.toString('base64')}`)
}

/** Answers whether a password is that of a user; reads the file anew when it was changed, and knows nobody without one. */
export function openPasswords(file: string): (user: string, password: Buffer) => Promise<boolean> {
  const entries = openEntries(file, parsePasswords)
  return async (user, password) => {
    const entry = entries().get(user)
    if (entry === undefined) return false
    const hash = await derive(password, entry.salt, entry.iterations, entry.hash.length, 'sha512')
    return timingSafeEqual(hash, entry.hash)
  }
}

/** The entries that are of this format; others, which mosquitto may know, let nobody in. */
export function parsePasswords(text: string): ReadonlyMap<string, Entry> {
  const entries = new Map<string, Entry>()
  for (const line of text.split(/\r?\n/)) {
    const [, user, iterations, salt, hash] = LINE.exec(line) ?? []
    if (user === undefined || Number(iterations) < 1 || Number(iterations) > MOST_ITERATIONS) continue
    const entry = {
      iterations: Number(iterations),
      salt: Buffer.from(salt!, 'base64'),
      hash: Buffer.from(hash!, 'base64'),
    }
    if (entry.hash.length === HASH_BYTES) entries.set(user, entry)
  }
  return entries
}
