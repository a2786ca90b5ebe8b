import net from 'node:net'
import { describe, expect, test } from 'vitest'
import { freePort, readSettings, requireFreePorts, requireWritableFolder } from './settings.ts'

describe('readSettings', () => {
  test('prefers a flag to the environment, and the environment to the default', () => {
    const settings = readSettings(['--api-port', '9001'], { COMMONWATT_API_PORT: '9002', COMMONWATT_SPEED: '1' })
    expect(settings).toMatchObject({ apiPort: 9001, speed: 1, brokerPort: 8423 })
  })

  test('names every flag and variable that is wrong at once, and never repeats a URL', () => {
    const environment = { COMMONWATT_LEDGER_PORT: '99999', COMMONWATT_DATABASE_URL: 'mysql://me:secret@host/db' }
    expect(() => readSettings(['--speed', 'fast'], environment)).toThrow(
      expect.objectContaining({
        code: 'settings-invalid',
        message: [
          '--ledger-port (COMMONWATT_LEDGER_PORT) "99999": must be from 1 to 65535',
          '--database-url (COMMONWATT_DATABASE_URL): must be a URL that starts with postgresql:// or postgres://',
          '--speed (COMMONWATT_SPEED) "fast": must be a number from 1 to 900',
        ].join('\n'),
      }),
    )
  })

  test('refuses a flag that does not exist', () => {
    expect(() => readSettings(['--sped', '3'], {})).toThrow(expect.objectContaining({ code: 'settings-invalid' }))
  })
})

describe('requireFreePorts', () => {
  test('names the port that is taken, its flag and its variable', async () => {
    const server = net.createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as net.AddressInfo
    try {
      await expect(
        requireFreePorts([{ port, flag: 'api-port', variable: 'COMMONWATT_API_PORT' }]),
      ).rejects.toMatchObject({
        code: 'port-taken',
        message: `port ${port} on 127.0.0.1 is taken: choose another with --api-port or COMMONWATT_API_PORT`,
      })
    } finally {
      server.close()
    }
  })

  test('refuses one port for two parts', async () => {
    const port = await freePort()
    const twice = ['api', 'ledger'].map((part) => ({
      port,
      flag: `${part}-port`,
      variable: `COMMONWATT_${part.toUpperCase()}_PORT`,
    }))
    await expect(requireFreePorts(twice)).rejects.toMatchObject({ code: 'port-taken' })
  })
})

describe('requireWritableFolder', () => {
  test('names the setting behind a folder that cannot be made', () => {
    expect(() => requireWritableFolder('/dev/null/commonwatt')).toThrow(
      expect.objectContaining({
        code: 'data-folder-unusable',
        message: expect.stringContaining('COMMONWATT_DATA') as string,
      }),
    )
  })
})
