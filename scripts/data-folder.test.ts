import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { holdDataFolder } from './data-folder.ts'

describe('holdDataFolder', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'commonwatt-folder-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  test('lets the next run in when this one is over', () => {
    holdDataFolder(folder)()
    holdDataFolder(folder)()
  })

  test('refuses a folder in which another run is alive, and names its process', async () => {
    const other = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)', 'commonwatt'])
    try {
      await new Promise((resolve) => other.once('spawn', resolve))
      writeFileSync(path.join(folder, 'running.pid'), String(other.pid))
      expect(() => holdDataFolder(folder)).toThrow(
        expect.objectContaining({
          code: 'data-folder-in-use',
          message: expect.stringContaining(String(other.pid)) as string,
        }),
      )
    } finally {
      other.kill()
    }
  })

  test('takes over from a run that was killed', () => {
    writeFileSync(path.join(folder, 'running.pid'), '999999999')
    holdDataFolder(folder)()
  })
})
