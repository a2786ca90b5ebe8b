import { pbkdf2, timingSafeEqual } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { DomainError } from '../domain/errors.ts'

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

/** Sets the user's password in the file, which is made where there is none. Throws `password-file-busy`. */
export async function writePassword(file: string, user: string, password: string, salt: Buffer): Promise<void> {
  const hash = await derive(password, salt, ITERATIONS, HASH_BYTES, 'sha512')
  const line = `${user}:$7$${ITERATIONS}$${salt.toString('base64')}$${hash.toString('base64')}`
  const next = `${file}.new`
  const write = async (): Promise<void> => {
    const old = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return ''
      throw error
    })
    const others = old.split('\n').filter((other) => other !== '' && !other.startsWith(`${user}:`))
    await writeFile(next, `${[...others, line].join('\n')}\n`)
    await rename(next, file)
  }
  // Only one writes at a time: the file that is to be is the lock.
  await writeFile(next, '', { mode: 0o600, flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
    throw new DomainError('password-file-busy', `${next} is there: another command writes passwords, or was killed`)
  })
  await write().catch(async (error: unknown) => {
    await rm(next, { force: true })
    throw error
  })
}

/** Answers whether a password is that of a user; reads the file anew when it was changed, and knows nobody without one. */
export function openPasswords(file: string): (user: string, password: Buffer) => Promise<boolean> {
  let entries: ReadonlyMap<string, Entry> = new Map()
  let read = ''
  const refresh = (): void => {
    const found = statSync(file, { throwIfNoEntry: false })
    const state = found === undefined ? '' : `${found.ino} ${found.mtimeMs} ${found.size}`
    if (state === read) return
    entries = found === undefined ? new Map() : parsePasswords(readFileSync(file, 'utf8'))
    read = state
  }
  return async (user, password) => {
    refresh()
    const entry = entries.get(user)
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
