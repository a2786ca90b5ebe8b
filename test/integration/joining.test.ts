import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { publishExpected } from '../../scripts/simulation/expected-messages.ts'
import { readCredentialRecord } from '../../services/chain/credentials.ts'
import { advanceTo } from '../../services/chain/hardhat-time.ts'
import { readMembers } from '../../services/chain/members.ts'
import { readCreditLine } from '../../services/chain/registrations.ts'
import { addressOfKey } from '../../services/chain/typed-data.ts'
import { startOf } from '../../services/domain/units.ts'
import { insertErasure } from '../../services/store/erasures.ts'
import { wasHousehold } from '../../services/store/joinings.ts'
import { delegationCallOf, newPerson, refusalOf, WISHES, withTradingKey, type Person } from './joining-person.ts'
import {
  AREA,
  chooseEverything,
  connectionPointOf,
  countRowsOf,
  CREDIT_LINE,
  expectRegisteredOnce,
  forgeClaimAnswer,
  killRegistrarOnItsWay,
  replaceTradingKeyOf,
  startJoiningWorld,
  UNTIL,
  untilMayTrade,
  untilState,
  type JoiningWorld,
} from './joining-world.ts'
import { findNeedles, readEverything } from './ledger-scan.ts'
import { needlesOfJoining, readPersonalData } from './personal-data.ts'
import { FIRST_PERIOD, until } from './running-platform.ts'

const NAMES = ['Okonkwo, 12 Linden Street', 'Virtanen, 14 Linden Street'] as const
const JOINED = ['Nakamura, 16 Linden Street', 'Lindqvist, 18 Linden Street', 'Haddad, 20 Linden Street'] as const
/** The places at which they join; the meter of the last one never answers. */
const [FIRST, SECOND, THIRD, FOURTH, FIFTH, SILENT] = [0, 1, 2, 3, 4, 5]

let world: JoiningWorld
let platform: JoiningWorld['platform']
let spares: JoiningWorld['spares']

beforeAll(async () => {
  world = await startJoiningWorld(NAMES, 6)
  ;({ platform, spares } = world)
})
afterAll(() => world.stop())

describe('a home that joins', () => {
  let person: Person
  let account: string

  test('goes from its invitation to the ledger in one visit', async () => {
    ;({ person, account } = await world.newJoiner(JOINED[FIRST]!))
    const begun = await person.asks('GET', '/joining')
    expect(begun).toMatchObject({
      name: JOINED[FIRST],
      membership: 'prosumer',
      state: 'open',
      memberId: null,
      connectionPoint: { state: 'missing' },
      meter: { state: 'missing' },
      wishes: null,
      tradingKey: null,
      accountNonce: '0',
      delegation: { state: 'missing' },
      firstFill: null,
    })
    await chooseEverything(world, { person, account }, spares[FIRST]!)
    await untilState({ person }, 'registered')

    const registered = await person.asks('GET', '/joining')
    expect(registered).toMatchObject({
      connectionPoint: { state: 'done', identifier: spares[FIRST]!.connectionPoint, capacityW: 17_250 },
      meter: { state: 'done', address: addressOfKey(spares[FIRST]!.meterKey) },
      tradingKey: addressOfKey(person.tradingKey),
    })
    const member = (await readMembers(platform.ledger, AREA)).find(({ memberId }) => memberId === registered.memberId)
    expect(member).toMatchObject({
      kind: 'household',
      account,
      tradingKey: addressOfKey(person.tradingKey),
      meterKey: addressOfKey(spares[FIRST]!.meterKey),
      quantityLimitWh: 4_313n,
    })
    expect(await readCreditLine(platform.ledger, member!.memberId)).toBe(CREDIT_LINE)
    const me = (await (await person.send('GET', '/me')).json()) as { person: { households: unknown; roles: unknown } }
    expect(me.person.households).toEqual([{ memberId: member!.memberId, name: JOINED[FIRST] }])
  })

  test('is handed its credentials, which the ledger has', async () => {
    const response = await person.send('GET', '/joining/credentials')
    const { items } = (await response.json()) as { items: { role: string; credentialId: string; jwt: string }[] }
    expect(items.map(({ role }) => role)).toEqual(['connection-point', 'meter', 'prosumer'])
    for (const { credentialId, role, jwt } of items) {
      const record = await readCredentialRecord(platform.ledger, credentialId)
      expect(record).toMatchObject({ role, status: 'active', area: AREA })
      expect(JSON.parse(Buffer.from(jwt.split('.')[1]!, 'base64url').toString())).toMatchObject({
        credentialStatus: { credentialId },
      })
    }
    expect((await person.send('GET', '/joining/credentials')).status).toBe(200)

    const longAgo = { credentialsTakenAt: Math.floor(Date.now() / 1_000) - 601 }
    await platform.store.client.joining.update({ where: { account }, data: longAgo })
    await until(
      async () => (await platform.store.client.issuedCredential.count({ where: { account, jwt: null } })) === 3,
      'the end of the documents',
    )
    expect(await refusalOf(await person.send('GET', '/joining/credentials'))).toEqual({
      status: 410,
      code: 'credentials-taken',
    })
  })

  test('delegates by its own passkey alone, in calls that are relayed alone', async () => {
    const { ledger } = platform
    const answer = await person.asks('GET', '/joining')
    const call = delegationCallOf(ledger, answer)
    const relayed = (body: object) => person.send('POST', '/ledger/account-calls', body)
    const stranger = await newPerson(platform.apiUrl)
    const { assertion } = stranger.signCalls(ledger, account, [call]) as { assertion: object }
    const forged = { ...person.signCalls(ledger, account, [call]), assertion }
    const toAccounts = { target: ledger.addresses.accounts.toLowerCase(), data: call.data }
    const { interface: registry } = ledger.contracts.memberRegistry
    const notRelayed = { target: call.target, data: registry.encodeFunctionData('deactivateMember', [answer.memberId]) }
    const tooLong = { ...call, data: `${call.data}00` }
    const expectRefused = async (body: object, status: number, code: string) =>
      expect(await refusalOf(await relayed(body))).toEqual({ status, code })

    await expectRefused(forged, 422, 'passkey-account-invalid-signature')
    await expectRefused(person.signCalls(ledger, account, [call], 1n), 422, 'passkey-account-invalid-signature')
    for (const other of [toAccounts, notRelayed, tooLong]) {
      await expectRefused(person.signCalls(ledger, account, [call, other]), 422, 'account-call-not-relayed')
    }
    const othersAccount = { ...person.signCalls(ledger, account, [call]), account: addressOfKey(person.tradingKey) }
    await expectRefused(othersAccount, 403, 'account-not-yours')
    const foreign = await fetch(`${platform.apiUrl}/api/ledger/account-calls`, { method: 'POST' })
    expect(await refusalOf(foreign)).toEqual({ status: 403, code: 'foreign-page' })
    expect((await person.asks('GET', '/joining')).delegation).toEqual({ state: 'missing' })

    const signed = person.signCalls(ledger, account, [call])
    const [one, other] = await Promise.all([relayed(signed), relayed(signed)])
    expect([one.status, other.status].sort()).toEqual([202, 422])
    await until(
      async () => (await person.asks('GET', '/joining')).delegation.state === 'done',
      'the delegation in the database',
    )
    expect((await person.asks('GET', '/joining')).accountNonce).toBe('1')
  })

  test('has its first fill by the agent, within its wishes, with no process started anew', async () => {
    const { ledger, broker, store } = platform
    const { memberId, agentKey } = await person.asks('GET', '/joining')
    const expected = (of: number, loadWh: number, pvWh: number) => ({
      memberId: of,
      firstPeriod: FIRST_PERIOD - 1,
      loadWh: [loadWh, loadWh, loadWh],
      pvWh: [pvWh, pvWh, pvWh],
    })
    await publishExpected(broker, [
      expected(world.homes[0]!.memberId, 0, 4_000),
      expected(world.homes[1]!.memberId, 0, 0),
      expected(memberId!, 2_000, 0),
    ])
    const { trader, delegatedKey } = await untilMayTrade(world, agentKey!)
    expect(delegatedKey).not.toBe(agentKey)
    await advanceTo(ledger, startOf(FIRST_PERIOD) - 900)
    await until(async () => (await store.client.order.count()) === 2, 'both orders')
    const order = await store.client.order.findFirstOrThrow({ where: { trader, signingKey: delegatedKey } })
    // It expects 2,000 Wh and would pay up to 300,000: more than it wishes on both counts.
    expect(order).toMatchObject({
      side: 'bid',
      quantityWh: 1_500,
      limitPriceMicroEuroPerKwh: 250_000,
    })
    await advanceTo(ledger, startOf(FIRST_PERIOD) - 300)
    await until(async () => (await person.asks('GET', '/joining')).firstFill !== null, 'the first fill')
    const { firstFill } = await person.asks('GET', '/joining')
    expect(firstFill).toMatchObject({ deliveryPeriod: FIRST_PERIOD, side: 'bid', quantityWh: '1500' })
    expect(Number(firstFill!.priceMicroEuroPerKwh)).toBeLessThanOrEqual(250_000)
    expect(platform.supervisor.restartsOf('agent') + platform.supervisor.restartsOf('gateway')).toBe(0)
    expect(platform.notices).toEqual([])
  })

  test('needs another key of the agent where it wishes something else', async () => {
    const { ledger } = platform
    const before = await person.asks('GET', '/joining')
    await person.asks('PUT', '/joining/wishes', { ...WISHES, quantityWh: '900', until: UNTIL }, 200)
    await until(
      async () => (await person.asks('GET', '/joining')).agentKey !== before.agentKey,
      'another key of the agent',
    )
    const answer = await person.asks('GET', '/joining')
    expect(answer.delegation).toMatchObject({ state: 'missing', reason: { code: 'delegation-differs' } })
    const signed = person.signCalls(ledger, account, [delegationCallOf(ledger, answer)], 1n)
    expect((await person.send('POST', '/ledger/account-calls', signed)).status).toBe(202)
    await until(
      async () => (await person.asks('GET', '/joining')).delegation.state === 'done',
      'the other delegation in the database',
    )
  })
})

describe('an invitation', () => {
  test('is for the community manager to make, once for a name', async () => {
    const wish = { name: 'a home', membership: 'prosumer', creditLineMicroEuro: '0' }
    const stranger = await newPerson(platform.apiUrl)
    expect(await refusalOf(await stranger.send('POST', '/invitations', wish))).toMatchObject({ code: 'role-missing' })
    expect(await refusalOf(await stranger.send('GET', '/invitations'))).toMatchObject({ code: 'role-missing' })
    expect((await fetch(`${platform.apiUrl}/api/invitations`)).status).toBe(401)
    for (const name of [NAMES[0], JOINED[FIRST]]) {
      const taken = await world.manager.send('POST', '/api/invitations', { ...wish, name })
      expect(await refusalOf(taken)).toEqual({ status: 409, code: 'home-name-taken' })
    }
    expect((await world.manager.send('POST', '/api/invitations', { ...wish, creditLineMicroEuro: '-1' })).status).toBe(
      400,
    )
  })

  test('is used once, also by two at once', async () => {
    const { code } = await world.invite('used once')
    const people = await Promise.all([newPerson(platform.apiUrl), newPerson(platform.apiUrl)])
    const answers = await Promise.all(people.map((person) => person.send('POST', '/joining', { code })))
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409])
    const [winner, loser] = answers[0]!.status === 201 ? people : people.toReversed()
    expect(await refusalOf(await loser!.send('POST', '/joining', { code }))).toMatchObject({ code: 'invitation-used' })
    // Whose it is may open the link again.
    expect((await winner!.send('POST', '/joining', { code })).status).toBe(201)
    const another = await world.invite('a second home of one account')
    expect(await refusalOf(await winner!.send('POST', '/joining', { code: another.code }))).toEqual({
      status: 409,
      code: 'already-joining',
    })
    expect(await refusalOf(await loser!.send('GET', '/joining'))).toEqual({ status: 404, code: 'not-joining' })
  })

  test('is worth nothing once it has expired, is withdrawn, or was never made', async () => {
    const person = await newPerson(platform.apiUrl)
    const [late, withdrawn] = [await world.invite('too late'), await world.invite('withdrawn')]
    await platform.store.client.invitation.update({ where: { id: late.invitationId }, data: { expiresAt: 1 } })
    expect((await world.manager.send('DELETE', `/api/invitations/${withdrawn.invitationId}`)).status).toBe(204)
    const refused = async (code: string) => refusalOf(await person.send('POST', '/joining', { code }))
    expect(await refused(late.code)).toEqual({ status: 410, code: 'invitation-expired' })
    expect(await refused(withdrawn.code)).toEqual({ status: 410, code: 'invitation-withdrawn' })
    expect(await refused('x'.repeat(43))).toEqual({ status: 404, code: 'invitation-unknown' })

    const list = (await (await world.manager.get('/api/invitations')).json()) as { name: string; state: string }[]
    const states = Object.fromEntries(list.map(({ name, state }) => [name, state]))
    expect(states).toMatchObject({ 'too late': 'expired', withdrawn: 'withdrawn', 'used once': 'used' })
    const stored = JSON.stringify(await platform.store.client.invitation.findMany(), (_, value: unknown) =>
      typeof value === 'bigint' ? value.toString() : value,
    )
    for (const code of world.codes) expect(stored).not.toContain(code)
  })
})

describe('the codes of connection points and meters', () => {
  test('are tried five times an hour, and then no more though they be right', async () => {
    const { person } = await world.newJoiner('guesses')
    const { connectionPoint: identifier, confirmationCode, claimCode } = spares[SILENT]!
    const guess = (body: object) => person.send('PUT', '/joining/connection-point', body)
    expect(await refusalOf(await guess({ identifier: 'connection-999', confirmationCode }))).toEqual({
      status: 404,
      code: 'connection-point-unknown',
    })
    for (const wrong of ['x', '-', spares[FIRST]!.confirmationCode, claimCode]) {
      const refusal = await refusalOf(await guess({ identifier, confirmationCode: wrong }))
      expect(refusal).toEqual({ status: 403, code: 'confirmation-code-wrong' })
    }
    expect(await refusalOf(await guess({ identifier, confirmationCode }))).toEqual({
      status: 429,
      code: 'too-many-tries',
    })
    const claims = await Promise.all(
      Array.from({ length: 8 }, () => person.send('PUT', '/joining/meter', { claimCode: 'AAAA-AAAA-AAAA-AAAA' })),
    )
    expect(claims.map(({ status }) => status).sort()).toEqual([403, 403, 403, 403, 403, 429, 429, 429])
    expect(await person.asks('GET', '/joining')).toMatchObject({
      connectionPoint: { state: 'missing' },
      meter: { state: 'missing' },
    })
  })

  test('are of no use for what another home has, also for two at once', async () => {
    const people = [await world.newJoiner('one of two'), await world.newJoiner('the other of two')] as const
    const [{ person }] = people
    const inUse = await person.send('PUT', '/joining/connection-point', connectionPointOf(spares[FIRST]!))
    expect(await refusalOf(inUse)).toEqual({ status: 409, code: 'connection-point-in-use' })
    const claimed = await person.send('PUT', '/joining/meter', { claimCode: spares[FIRST]!.claimCode })
    expect(await refusalOf(claimed)).toEqual({ status: 409, code: 'meter-claimed' })

    const { claimCode } = spares[SILENT]!
    const wants = [
      ['meter', { claimCode }, 'meter-claimed'],
      ['connection-point', connectionPointOf(spares[SILENT]!), 'connection-point-in-use'],
    ] as const
    for (const [what, body, code] of wants) {
      const answers = await Promise.all(people.map((one) => one.person.send('PUT', `/joining/${what}`, body)))
      expect(answers.map(({ status }) => status).sort()).toEqual([202, 409])
      expect(await refusalOf(answers.find(({ status }) => status === 409)!)).toMatchObject({ code })
    }
  })

  test('do not make a meter somebody’s that does not say so itself', async () => {
    const { client } = platform.store
    const meter = addressOfKey(spares[SILENT]!.meterKey)
    const signature = await forgeClaimAnswer(world, meter)
    expect(await client.meterClaim.findFirstOrThrow({ where: { meter } })).toMatchObject({ signature: null })
    const { account } = await client.joining.findUniqueOrThrow({ where: { meter } })
    // Not even a row that somebody else wrote: the registrar believes the meter's signature alone.
    await client.meterClaim.updateMany({ where: { meter }, data: { signature } })
    // Whoever joined later is looked at after that.
    const later = await world.newJoiner('comes later')
    await later.person.asks('PUT', '/joining/connection-point', connectionPointOf(spares[FIFTH]!))
    const isDone = async () => (await later.person.asks('GET', '/joining')).connectionPoint.state === 'done'
    await until(isDone, 'the credential of who came later')
    expect(await client.issuedCredential.count({ where: { account, role: 'meter' } })).toBe(0)
  })
})

test('a meter of which the credential is suspended is nobody’s to join with', async () => {
  const [{ client }, where] = [platform.store, { subject: addressOfKey(spares[FIRST]!.meterKey), role: 'meter' }]
  const { person } = await world.newJoiner('has a meter that went wrong')
  const claim = async () =>
    refusalOf(await person.send('PUT', '/joining/meter', { claimCode: spares[FIRST]!.claimCode }))
  await client.credential.updateMany({ where, data: { status: 'suspended' } })
  expect(await claim()).toEqual({ status: 409, code: 'meter-uncertified' })
  await client.credential.updateMany({ where, data: { status: 'active' } })
  expect(await claim()).toEqual({ status: 409, code: 'meter-claimed' })
})

describe('wishes and trading keys', () => {
  test('are refused beyond what can be', async () => {
    const { person, account } = await world.newJoiner('wishes too much')
    const wish = { ...WISHES, until: UNTIL }
    const refused = async (change: object) =>
      refusalOf(await person.send('PUT', '/joining/wishes', { ...wish, ...change }))
    expect(await refused({})).toEqual({ status: 409, code: 'connection-point-first' })
    await person.asks('PUT', '/joining/connection-point', connectionPointOf(spares[FOURTH]!))
    expect(await refused({ quantityWh: '4314' })).toEqual({ status: 422, code: 'wishes-invalid' })
    expect(await refused({ sellFromMicroEuroPerKwh: '250100' })).toEqual({ status: 422, code: 'wishes-invalid' })
    expect(await refused({ until: startOf(FIRST_PERIOD) })).toEqual({ status: 422, code: 'wishes-invalid' })
    expect(await refused({ buyUpToMicroEuroPerKwh: '250050' })).toEqual({ status: 422, code: 'price-off-tick' })
    expect(await refused({ quantityWh: '-1' })).toEqual({ status: 400, code: 'request-malformed' })
    expect((await person.asks('GET', '/joining')).wishes).toBeNull()

    const stranger = await newPerson(platform.apiUrl)
    expect((await stranger.putTradingKey(platform.ledger, account)).status).toBe(404)
    const forOther = await person.send('PUT', '/joining/trading-key', {
      address: addressOfKey(stranger.tradingKey),
      signature: `0x${'22'.repeat(64)}`,
    })
    expect(await refusalOf(forOther)).toEqual({ status: 403, code: 'trading-key-not-proved' })
  })
})

describe('the registrar', () => {
  test('goes on behind a home that the ledger refuses, and takes that up once it passes', async () => {
    const refused = await world.newJoiner(JOINED[SECOND]!)
    const taken = await replaceTradingKeyOf(world, world.homes[1]!)
    await chooseEverything(world, { ...refused, person: withTradingKey(refused.person, taken) }, spares[SECOND]!)
    await untilState(refused, 'failed')
    expect((await refused.person.asks('GET', '/joining')).reason!.toLowerCase()).toContain(addressOfKey(taken))

    const next = await world.newJoiner(JOINED[THIRD]!)
    await chooseEverything(world, next, spares[THIRD]!)
    await killRegistrarOnItsWay(world, next.account)
    await untilState(next, 'registered')
    await expectRegisteredOnce(world, next.account)

    expect((await refused.person.putTradingKey(platform.ledger, refused.account)).status).toBe(200)
    await untilState(refused, 'registered')
    await expectRegisteredOnce(world, refused.account)
  })
})

test('the ledger holds nothing by which those who joined could be known', async () => {
  const { ledger, store, dataFolder } = platform
  const needles = [
    ...(await readPersonalData(store, dataFolder)),
    ...(await needlesOfJoining(store, spares, world.codes)),
  ]
  const expected = ['name', 'connection point', 'code', 'hash of a code', 'salt of a credential', 'serial number']
  expect(needles.map(({ kind }) => kind)).toEqual(expect.arrayContaining(expected))
  expect(findNeedles(await readEverything(ledger), needles)).toEqual([])
})

test('what is kept of a home that joined is gone once its erasure is asked for', async () => {
  const { ledger, store } = platform
  const { memberId, account } = await store.client.household.findFirstOrThrow({ where: { name: JOINED[FIRST]! } })
  const rows = () => countRowsOf(world, account)
  expect(await rows()).toEqual([1, 1, 1, 1, 1, 3, 2, 1])
  await insertErasure(store, memberId, 1)
  await advanceTo(ledger, (await ledger.provider.getBlock('latest'))!.timestamp + 1)
  await until(async () => (await rows()).every((count) => count === 0), 'the end of what was kept')
  // The ledger has the account and the meter for ever: nobody is let in who could not finish.
  expect(await wasHousehold(store, account, AREA)).toBe(true)
  const { person } = await world.newJoiner('Aalto, 16 Linden Street')
  const claimed = await person.send('PUT', '/joining/meter', { claimCode: spares[FIRST]!.claimCode })
  expect(await refusalOf(claimed)).toEqual({ status: 409, code: 'meter-claimed' })
})
