import { createHash } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

const root = fileURLToPath(new URL('../../', import.meta.url))
const output = path.join(root, 'web/dist')
const stampFile = path.join(output, '.inputs')
const INPUTS = [
  'web',
  'services/domain',
  'services/chain/daily-keys.ts',
  'services/chain/orders.ts',
  'services/chain/typed-data.ts',
  'package-lock.json',
]
const NOT_INPUTS = /(^|\/)(dist|node_modules)(\/|$)|\.test\.tsx?$/

/** Builds the web app into web/dist; does nothing where it was built from the same inputs. Resolves to whether it built. */
export async function buildWeb(): Promise<boolean> {
  const inputs = await hashInputs()
  if ((await readFile(stampFile, 'utf8').catch(() => null)) === inputs) return false

  await build({ configFile: path.join(root, 'web/vite.config.ts'), logLevel: 'error', mode: 'production' })
  await writeFile(stampFile, inputs)
  return true
}

async function hashInputs(): Promise<string> {
  const hash = createHash('sha256')
  for (const input of INPUTS) {
    for (const file of await filesOf(input)) {
      hash.update(`${file}\0`).update(await readFile(path.join(root, file)))
    }
  }
  return hash.digest('hex')
}

/** The files at or under a path, relative to the root, in a fixed order. */
async function filesOf(input: string): Promise<string[]> {
  const entries = await readdir(path.join(root, input), { withFileTypes: true, recursive: true }).catch(() => null)
  if (entries === null) return [input]
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
    .filter((file) => !NOT_INPUTS.test(file))
    .sort()
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildWeb()
