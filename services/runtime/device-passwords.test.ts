import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openPasswords, parsePasswords, writePassword } from './device-passwords.ts'

/** Written by mosquitto_passwd 2.0.11. */
const OF_MOSQUITTO =
  '0xa1:$7$101$I4z3g5lEiQCamfhd$nQINn4OIoGoloSB7s8FjG4s9E83gTWjekrCyZafdTkZKKWOEVIHWXWOgwKZWG801D1n7o2nyyc3Udm6YGrI5Cw=='
const SALT = Buffer.alloc(12, 7)

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'commonwatt-passwords-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('the file of passwords', () => {
  test('is read as mosquitto writes it', async () => {
    const file = path.join(folder, 'of-mosquitto')
    await writeFile(file, `${OF_MOSQUITTO}\n`)
    const check = openPasswords(file)
    expect(await check('0xa1', Buffer.from('pass word'))).toBe(true)
    expect(await check('0xa1', Buffer.from('pass_word'))).toBe(false)
    expect(await check('0xa2', Buffer.from('pass word'))).toBe(false)
  })

  test('keeps one password for each user, is seen at once, and is for its owner alone', async () => {
    const file = path.join(folder, 'written')
    const check = openPasswords(file)
    expect(await check('a', Buffer.from('one'))).toBe(false)
    await writePassword(file, 'a', 'one', SALT)
    await writePassword(file, 'b', 'other', SALT)
    expect(await check('a', Buffer.from('one'))).toBe(true)
    await writePassword(file, 'a', 'two', SALT)
    expect(await check('a', Buffer.from('one'))).toBe(false)
    expect(await check('a', Buffer.from('two'))).toBe(true)
    expect(await check('b', Buffer.from('other'))).toBe(true)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
  })

  test('is written by one at a time', async () => {
    const file = path.join(folder, 'busy')
    await writeFile(`${file}.new`, '')
    await expect(writePassword(file, 'a', 'one', SALT)).rejects.toMatchObject({ code: 'entry-file-busy' })
  })

  test('lets nobody in by a line that is of another format, or would take too long', () => {
    const wrong = [
      'a:plain',
      'a:$6$c2FsdA==$aGFzaA==',
      OF_MOSQUITTO.replace('$101$', '$0$'),
      OF_MOSQUITTO.replace('$101$', '$999999$'),
      OF_MOSQUITTO.slice(0, -20),
      '',
    ]
    expect(parsePasswords(wrong.join('\n')).size).toBe(0)
    expect(parsePasswords([...wrong, OF_MOSQUITTO].join('\r\n')).size).toBe(1)
  })
})
