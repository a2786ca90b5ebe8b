import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sendSetUpCalls } from '../../services/chain/set-up-transactions.ts'
import { readCredentialRecord } from '../../services/chain/credentials.ts'
import { addressOfKey } from '../../services/chain/typed-data.ts'
import { readKey } from '../../services/chain/role-keys.ts'
import { TABLES } from '../../services/store/reset.ts'
import { refusalOf, withTradingKey } from './joining-person.ts'
import {
  chooseEverything,
  connectionPointOf,
  replaceTradingKeyOf,
  startJoiningWorld,
  untilState,
  type JoiningWorld,
} from './joining-world.ts'
import { until } from './running-platform.ts'

const GIVER = 'Pereira, 22 Linden Street'
const [FREED, SILENT] = [0, 1]

let world: JoiningWorld
beforeAll(async () => {
  world = await startJoiningWorld(['Okonkwo, 12 Linden Street'], 2)
})
afterAll(() => world.stop())

/** What the ledger has for ever, and what was sent to it. */
const OF_THE_LEDGER = ['credentials', 'indexed_events', 'indexed_transactions', 'registrar_transactions']

/** Tables that have the text in a row. */
async function tablesWith(text: string): Promise<string[]> {
  const { client } = world.platform.store
  const found = await Promise.all(
    TABLES.map(async (name) => {
      const rows = await client.$queryRawUnsafe<unknown[]>(
        `SELECT FROM "${name}" t WHERE strpos(lower(t::text), $1) > 0 LIMIT 1`,
        text.toLowerCase(),
      )
      return rows.length === 0 ? [] : [name]
    }),
  )
  return found.flat().sort()
}

/** Uses the DSO's key beside the registrar, which therefore counts its transactions anew. */
async function suspend(credentialId: string): Promise<void> {
  const { ledger, dataFolder, supervisor } = world.platform
  const data = ledger.contracts.credentialRegistry.interface.encodeFunctionData('suspendCredentials', [[credentialId]])
  const call = { to: ledger.addresses.credentialRegistry, data }
  await sendSetUpCalls(ledger.provider, await readKey(dataFolder, 'dso'), [call])
  const pid = supervisor.pidOf('registrar')!
  process.kill(pid, 'SIGKILL')
  await until(() => supervisor.pidOf('registrar') !== pid, 'the next registrar')
}

describe('a joining that is given up', () => {
  test('leaves nothing but a revoked credential, and its place free', async () => {
    const { platform, spares } = world
    const { client } = platform.store
    const { person, account } = await world.newJoiner(GIVER)
    // The silent meter never says whose it is, so that the home is not registered.
    await chooseEverything(world, { person, account }, spares[SILENT]!)
    await until(
      async () => (await client.issuedCredential.count({ where: { account, isRecorded: true } })) === 1,
      'the credential of the connection point',
    )
    await until(async () => (await client.meterClaim.count({ where: { account } })) === 1, 'the claim')
    const { credentialId } = await client.issuedCredential.findFirstOrThrow({ where: { account } })
    const key = addressOfKey(person.tradingKey)
    for (const said of [GIVER, account, key]) expect(await tablesWith(said)).toContain('joinings')

    await suspend(credentialId)
    expect((await person.send('DELETE', '/joining')).status).toBe(204)
    await until(async () => (await client.joining.count({ where: { account } })) === 0, 'the end of the joining')
    await until(async () => !(await tablesWith(account)).includes('agent_keys'), "the end of the agent's key")
    expect([await tablesWith(GIVER), await tablesWith(key)]).toEqual([[], []])
    expect(OF_THE_LEDGER).toEqual(expect.arrayContaining(await tablesWith(account)))
    expect((await readCredentialRecord(platform.ledger, credentialId)).status).toBe('revoked')
    // Nobody is signed in with the account any more.
    expect(await refusalOf(await person.send('GET', '/joining'))).toMatchObject({ status: 401 })

    const next = await world.newJoiner(GIVER)
    await next.person.asks('PUT', '/joining/connection-point', connectionPointOf(spares[SILENT]!))
    await next.person.asks('PUT', '/joining/meter', { claimCode: spares[SILENT]!.claimCode })
  })

  test("takes back what was issued where the ledger refused its home, whose place is the next one's", async () => {
    const { platform, spares, homes } = world
    const { client } = platform.store
    const { person, account } = await world.newJoiner('Osei, 24 Linden Street')
    // The key is another home's already, by the ledger alone.
    const taken = await replaceTradingKeyOf(world, homes[0]!)
    const refused = { account, person: withTradingKey(person, taken) }
    await chooseEverything(world, refused, spares[FREED]!)
    await untilState(refused, 'failed')
    const issued = await client.issuedCredential.findMany({ where: { account, role: { not: 'meter' } } })
    expect(issued.map(({ role }) => role).toSorted()).toEqual(['connection-point', 'prosumer'])

    // It may just be tried again.
    await until(async () => (await person.send('DELETE', '/joining')).status === 204, 'the end of what failed')
    await until(async () => (await client.joining.count({ where: { account } })) === 0, 'the end of the joining')
    for (const { credentialId } of issued) {
      expect((await readCredentialRecord(platform.ledger, credentialId)).status).toBe('revoked')
    }
    expect(await client.registration.count({ where: { account } })).toBe(0)
    expect(await client.passkey.count({ where: { account } })).toBe(0)

    const next = await world.newJoiner('Osei, 24 Linden Street')
    await chooseEverything(world, next, spares[FREED]!)
    await untilState(next, 'registered')
    expect(await refusalOf(await next.person.send('DELETE', '/joining'))).toEqual({
      status: 409,
      code: 'joining-too-far',
    })
    expect((await next.person.asks('GET', '/joining')).state).toBe('registered')
  })

  test('goes on where the ledger has its home as a member all the same', async () => {
    const { client } = world.platform.store
    const { account } = await client.registration.findFirstOrThrow({ where: { state: 'registered' } })
    const joiningOf = () => client.joining.findUniqueOrThrow({ where: { account } })
    await client.joining.update({ where: { account }, data: { givenUpAt: 1 } })
    await until(async () => (await joiningOf()).givenUpAt === null, 'the joining that goes on')
    expect(await client.registration.count({ where: { account } })).toBe(1)
    for (const { credentialId } of await client.issuedCredential.findMany({ where: { account } })) {
      expect((await readCredentialRecord(world.platform.ledger, credentialId)).status).toBe('active')
    }
  })

  test('is for whoever joins, on a page of this server', async () => {
    const { platform } = world
    const foreign = await fetch(`${platform.apiUrl}/api/joining`, { method: 'DELETE' })
    expect(await refusalOf(foreign)).toEqual({ status: 403, code: 'foreign-page' })
    const { person } = await world.newJoiner('Sato, 26 Linden Street')
    expect((await person.send('DELETE', '/joining')).status).toBe(204)
    expect([401, 404]).toContain((await person.send('DELETE', '/joining')).status)
  })
})
