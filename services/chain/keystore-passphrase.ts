import { randomBytes } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { DomainError } from '../domain/errors.ts'
import { writeOnce } from './durable-file.ts'

export const KEYSTORE_SUFFIX = '.keystore.json'

const OTHERS = 0o077

/**
 * The passphrase of a folder's keystores: COMMONWATT_KEYSTORE_PASSWORD; else what is in the file that
 * COMMONWATT_KEYSTORE_PASSWORD_FILE names; else what is in the folder's own file, which is made, out of chance, where
 * there is nothing yet that another passphrase would have to open.
 * Throws `keystore-password-missing` and `keystore-password-exposed`.
 */
export async function readPassphrase(folder: string, environment: NodeJS.ProcessEnv): Promise<string> {
  const given = environment.COMMONWATT_KEYSTORE_PASSWORD
  if (given !== undefined && given !== '') return given
  const named = environment.COMMONWATT_KEYSTORE_PASSWORD_FILE
  const file = named === undefined || named === '' ? path.join(folder, 'keystore.password') : named
  const known = await readPassphraseFile(file)
  if (known !== null) return known
  const isOwn = file !== named
  if (!isOwn || (await readdir(folder)).some((name) => name.endsWith(KEYSTORE_SUFFIX))) {
    throw new DomainError(
      'keystore-password-missing',
      `nothing says the passphrase of the keys in ${folder}: set COMMONWATT_KEYSTORE_PASSWORD, or put it into ${file}`,
    )
  }
  await writeOnce(file, `${randomBytes(32).toString('hex')}\n`)
  return (await readPassphraseFile(file)) ?? readPassphrase(folder, environment)
}

async function readPassphraseFile(file: string): Promise<string | null> {
  let text: string
  try {
    const { mode } = await stat(file)
    if (process.platform !== 'win32' && (mode & OTHERS) !== 0) {
      throw new DomainError('keystore-password-exposed', `others can read ${file}: chmod 600 ${file}`)
    }
    text = (await readFile(file, 'utf8')).replace(/\r?\n$/, '')
  } catch (error) {
    if (error instanceof DomainError) throw error
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw new DomainError('keystore-password-missing', `${file} cannot be read`)
  }
  if (text === '') throw new DomainError('keystore-password-missing', `${file} is empty`)
  return text
}
