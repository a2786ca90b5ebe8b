import { mkdtemp, mkdir, readdir, readFile, rm, stat, writeFile, chmod } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Wallet } from 'ethers'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { keepKey, readKey } from './role-keys.ts'
import { localSigningKey, signChecked } from './signing-key.ts'
import { addressOfKey, recoverSigner } from './typed-data.ts'

const KEY = `0x${'a1'.repeat(32)}`
const OTHER_KEY = `0x${'b2'.repeat(32)}`
const PASSPHRASE = { COMMONWATT_KEYSTORE_PASSWORD: 'correct horse' }

let dataFolder: string
let keys: string
const inKeys = (name: string) => path.join(keys, name)

beforeEach(async () => {
  dataFolder = await mkdtemp(path.join(tmpdir(), 'commonwatt-keys-'))
  keys = path.join(dataFolder, 'keys')
  await mkdir(keys)
})
afterEach(() => rm(dataFolder, { recursive: true, force: true }))

const refusalOf = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error: unknown) => error as { code: string; message: string },
  )

describe('the keys of a data folder', () => {
  test('are kept as keystores that another program opens, readable by their owner alone', async () => {
    expect(await keepKey(dataFolder, 'gateway', () => KEY, PASSPHRASE)).toBe(KEY)
    const file = inKeys('gateway.keystore.json')
    const text = await readFile(file, 'utf8')
    expect(text).not.toContain(KEY.slice(2))
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect((await Wallet.fromEncryptedJson(text, 'correct horse')).privateKey).toBe(KEY)
    expect(await readdir(keys)).toEqual(['gateway.keystore.json'])
  })

  test('stay what they are once they are there', async () => {
    await keepKey(dataFolder, 'gateway', () => KEY, PASSPHRASE)
    expect(await keepKey(dataFolder, 'gateway', () => OTHER_KEY, PASSPHRASE)).toBe(KEY)
    expect((await Promise.all([1, 2].map(() => keepKey(dataFolder, 'relay', () => OTHER_KEY, PASSPHRASE))))[1]).toBe(
      OTHER_KEY,
    )
  })

  test('have a passphrase out of chance beside them where nobody gave one', async () => {
    await keepKey(dataFolder, 'gateway', () => KEY, {})
    expect((await stat(inKeys('keystore.password'))).mode & 0o777).toBe(0o600)
    expect(await readKey(dataFolder, 'gateway', {})).toBe(KEY)
    const file = inKeys('elsewhere')
    await writeFile(file, `${(await readFile(inKeys('keystore.password'), 'utf8')).trim()}\n`, { mode: 0o600 })
    await rm(inKeys('keystore.password'))
    expect(await readKey(dataFolder, 'gateway', { COMMONWATT_KEYSTORE_PASSWORD_FILE: file })).toBe(KEY)
  })

  test('that lie there unencrypted are taken over once, also by two processes at a time', async () => {
    await writeFile(inKeys('gateway.key'), `${KEY}\n`)
    expect(await Promise.all([readKey(dataFolder, 'gateway', {}), readKey(dataFolder, 'gateway', {})])).toEqual([
      KEY,
      KEY,
    ])
    expect((await readdir(keys)).sort()).toEqual(['gateway.keystore.json', 'keystore.password'])
  })

  test('are taken over to the end where a kill left both files', async () => {
    await keepKey(dataFolder, 'gateway', () => KEY, PASSPHRASE)
    await writeFile(inKeys('gateway.key'), KEY)
    expect(await readKey(dataFolder, 'gateway', PASSPHRASE)).toBe(KEY)
    expect(await readdir(keys)).toEqual(['gateway.keystore.json'])
  })

  test('sign without being shown', async () => {
    await keepKey(dataFolder, 'gateway', () => KEY, PASSPHRASE)
    const digest = new Uint8Array(32).fill(7)
    const signature = await localSigningKey(KEY).sign(digest)
    expect(recoverSigner(digest, signature)).toBe(addressOfKey(KEY))
    const foreign = { address: addressOfKey(KEY), sign: localSigningKey(OTHER_KEY).sign }
    expect(await refusalOf(signChecked(foreign, digest))).toMatchObject({ code: 'signature-foreign' })
  })
})

describe('a key is refused, and not shown,', () => {
  const cases: [string, string, () => Promise<unknown>, object?][] = [
    ['where there is none', 'key-missing', () => rm(inKeys('gateway.keystore.json'))],
    ['with another passphrase', 'keystore-not-opened', async () => {}, { COMMONWATT_KEYSTORE_PASSWORD: 'wrong' }],
    ['without a passphrase', 'keystore-password-missing', async () => {}, {}],
    [
      'with a passphrase that others can read',
      'keystore-password-exposed',
      async () => {
        await writeFile(inKeys('keystore.password'), 'correct horse')
        await chmod(inKeys('keystore.password'), 0o644)
      },
      {},
    ],
    ['where the keystore was cut off', 'keystore-damaged', () => change((text) => text.slice(0, 100))],
    ['where the keystore is empty', 'keystore-damaged', () => change(() => '')],
    ['where the keystore is huge', 'keystore-damaged', () => change((text) => text + ' '.repeat(20_000))],
    [
      'where the keystore asks for all memory',
      'keystore-damaged',
      () => change((text) => text.replace('"n":131072', '"n":1073741824')),
    ],
    [
      'where one letter of the keystore is another',
      'keystore-not-opened',
      () => change((text) => text.replace(/"ciphertext":"(.)/, (_, first) => `"ciphertext":"${first === '0' ? 1 : 0}`)),
    ],
    [
      'where the keystore names another address',
      'keystore-',
      () => change((text) => text.replace(/"address":"[^"]*"/, `"address":"${'11'.repeat(20)}"`)),
    ],
    ['where a plain file holds another one', 'key-ambiguous', () => writeFile(inKeys('gateway.key'), OTHER_KEY)],
    [
      'where a plain file holds none',
      'key-invalid',
      async () => {
        await rm(inKeys('gateway.keystore.json'))
        await writeFile(inKeys('gateway.key'), KEY.slice(0, 20))
      },
    ],
  ]
  const change = async (how: (text: string) => string) =>
    writeFile(inKeys('gateway.keystore.json'), how(await readFile(inKeys('gateway.keystore.json'), 'utf8')))

  test.each(cases)('%s', async (_, code, damage, environment = PASSPHRASE) => {
    await keepKey(dataFolder, 'gateway', () => KEY, PASSPHRASE)
    await damage()
    const refusal = await refusalOf(readKeyWith(environment as NodeJS.ProcessEnv))
    expect(refusal?.code).toContain(code)
    expect(refusal?.message).toContain(keys)
    for (const secret of [KEY.slice(2, 20), 'correct horse']) expect(refusal?.message).not.toContain(secret)
  })

  const readKeyWith = (environment: NodeJS.ProcessEnv) => readKey(dataFolder, 'gateway', environment)
})

test('a folder of many keys stretches its passphrase once', async () => {
  const roles = ['gateway', 'relay', 'dso', 'supplier', 'receipts'] as const
  for (const role of roles) await keepKey(dataFolder, role, () => KEY, PASSPHRASE)
  const texts = await Promise.all(roles.map((role) => readFile(inKeys(`${role}.keystore.json`), 'utf8')))
  const saltOf = (text: string) => /"salt":"([0-9a-f]+)"/.exec(text)?.[1]
  const ivOf = (text: string) => /"iv":"([0-9a-f]+)"/.exec(text)?.[1]
  expect(new Set(texts.map(saltOf)).size).toBe(1)
  expect(new Set(texts.map(ivOf)).size).toBe(roles.length)
})
