import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDeviceKeys, parseDeviceKeys, writeDeviceKey } from './device-keys.ts'

const DEVICE = `0x${'a1'.repeat(20)}`
const OTHER = `0x${'b2'.repeat(20)}`
const KEY = Buffer.alloc(16, 7)

let folder: string
beforeAll(async () => void (folder = await mkdtemp(path.join(tmpdir(), 'commonwatt-keys-'))))
afterAll(() => rm(folder, { recursive: true }))

test('a key is known as soon as it is written, in the place of the one before, and to its owner alone', async () => {
  const file = path.join(folder, 'keys')
  const keyOf = openDeviceKeys(file)
  expect(keyOf(DEVICE)).toBeNull()
  await writeDeviceKey(file, DEVICE, Buffer.alloc(16, 1))
  await writeDeviceKey(file, OTHER, KEY)
  expect(keyOf(DEVICE)).toEqual(Buffer.alloc(16, 1))
  await writeDeviceKey(file, DEVICE, KEY)
  expect([keyOf(DEVICE), keyOf(OTHER)]).toEqual([KEY, KEY])
  expect((await stat(file)).mode & 0o777).toBe(0o600)
})

test('another command that writes is not overtaken', async () => {
  const file = path.join(folder, 'busy')
  await writeFile(`${file}.new`, '')
  await expect(writeDeviceKey(file, DEVICE, KEY)).rejects.toMatchObject({ code: 'entry-file-busy' })
})

test('lines that are no keys let nobody in', () => {
  const hex = KEY.toString('hex')
  const lines = [
    `${DEVICE}:${hex.slice(2)}`,
    `${DEVICE.toUpperCase()}:${hex}`,
    `${DEVICE}:${hex}x`,
    `${OTHER}:${hex}`,
    '',
  ]
  expect([...parseDeviceKeys(lines.join('\n'))]).toEqual([[OTHER, KEY]])
})
