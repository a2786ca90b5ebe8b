import { createHmac } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import path from 'node:path'

/** The salt of a purpose, as 0x-hex. */
export type Salts = (purpose: string, memberSecret?: string) => string

/**
 * Salts that a restart makes again: HMAC-SHA256 of the purpose and of whatever secret the database has of whom it is
 * about, under a secret of the data folder, as 0x-hex. Once the database's is gone nobody can make the salt again.
 */
export async function createSalts(dataFolder: string): Promise<Salts> {
  const secret = (await readFile(path.join(dataFolder, 'keys', 'salt.secret'), 'utf8')).trim()
  const key = Buffer.from(secret.slice(2), 'hex')
  return (purpose, memberSecret = '') =>
    `0x${createHmac('sha256', key).update(`${purpose}${memberSecret}`).digest('hex')}`
}
