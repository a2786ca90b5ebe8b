import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { buildApiTypes } from './build/api-types.ts'
import { buildContracts } from './build/contracts.ts'
import { buildWeb } from './build/web.ts'
import { projectFolder } from './project-folder.ts'

/** `commonwatt build`: makes every generated file that is missing or older than what it is made from. */
export async function build(): Promise<number> {
  const started = Date.now()
  await buildEverything()
  console.log(`Up to date after ${((Date.now() - started) / 1000).toFixed(1)} s.`)
  return 0
}

export async function buildEverything(): Promise<void> {
  await buildForServices()
  await buildApiTypes()
  await buildWeb()
}

/** What the services need to run: contract interfaces and the database client. */
export async function buildForServices(): Promise<void> {
  await Promise.all([buildContracts(), buildDatabaseClient()])
}

/** Prisma's client; the schema engine that its command line asks for is not used to generate. */
async function buildDatabaseClient(): Promise<void> {
  const schema = await readFile(path.join(projectFolder, 'prisma', 'schema.prisma'))
  const lock = await readFile(path.join(projectFolder, 'package-lock.json'))
  const hash = createHash('sha256').update(schema).update(lock).digest('hex')
  const folder = path.join(projectFolder, 'services', 'store', 'generated')
  const stamp = path.join(folder, 'stamp')
  if (existsSync(stamp) && (await readFile(stamp, 'utf8')) === hash) return
  const prisma = path.join(projectFolder, 'node_modules', 'prisma', 'build', 'index.js')
  await promisify(execFile)(process.execPath, [prisma, 'generate'], {
    cwd: projectFolder,
    env: {
      ...process.env,
      PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
      CHECKPOINT_DISABLE: '1',
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
    },
  })
  await writeFile(stamp, hash)
}
