import { readFileSync, statSync } from 'node:fs'
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { DomainError } from '../domain/errors.ts'

/**
 * Sets the line of a name, `<name>:…`, in a file that is made where there is none, readable by its owner alone. Throws
 * `entry-file-busy`.
 */
export async function writeEntry(file: string, name: string, line: string): Promise<void> {
  const next = `${file}.new`
  const write = async (): Promise<void> => {
    const old = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return ''
      throw error
    })
    const others = old.split('\n').filter((other) => other !== '' && !other.startsWith(`${name}:`))
    await writeFile(next, `${[...others, line].join('\n')}\n`)
    await rename(next, file)
  }
  // Only one writes at a time: the file that is to be is the lock.
  await writeFile(next, '', { mode: 0o600, flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
    throw new DomainError('entry-file-busy', `${next} is there: another command writes ${file}, or was killed`)
  })
  await write().catch(async (error: unknown) => {
    await rm(next, { force: true })
    throw error
  })
}

/** Reads the file anew when it was changed, as what `parse` makes of it; of no text where there is no file. */
export function openEntries<Entries>(file: string, parse: (text: string) => Entries): () => Entries {
  let entries = parse('')
  let read = ''
  return () => {
    const found = statSync(file, { throwIfNoEntry: false })
    const state = found === undefined ? '' : `${found.ino} ${found.mtimeMs} ${found.size}`
    if (state !== read) {
      entries = parse(found === undefined ? '' : readFileSync(file, 'utf8'))
      read = state
    }
    return entries
  }
}
