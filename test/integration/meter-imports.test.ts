import type { ChildProcess } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { importMeters } from '../../scripts/import-meters.ts'
import { madeApiKey } from '../../services/api/schemas/api-keys.ts'
import {
  importedMeterPage,
  meterImport,
  meterImportList,
  type MeterImportView,
} from '../../services/api/schemas/meter-imports.ts'
import {
  EVERY_AREA,
  issueCredentials,
  issuanceTo,
  readCredentialRecord,
  validityFromNow,
} from '../../services/chain/credentials.ts'
import { readContract } from '../../services/chain/ledger.ts'
import { sendSetUpCalls } from '../../services/chain/set-up-transactions.ts'
import { addressOfKey } from '../../services/chain/typed-data.ts'
import { localSigningKey } from '../../services/chain/signing-key.ts'
import { roleNumberOf } from '../../services/domain/identity/role.ts'
import { createIssuer } from '../../services/registrar/issuer.ts'
import { certifyMeter } from '../../services/registrar/metering-operator.ts'
import { METERS_PER_TRANSACTION } from '../../services/registrar/meter-imports.ts'
import { readStockedMeter } from '../../services/store/joining-registers.ts'
import { readCredentialOf } from '../../services/store/registrations.ts'
import { bodyOf, problemOf } from './api-answers.ts'
import { ACTOR_KEYS, AREA } from './api-market.ts'
import { signIn, type Browser } from './api-signed-in.ts'
import type { ApiWorld } from './api-world.ts'
import { councilCall, decideAlone } from './council-of-one.ts'
import { eventually } from './ledger-fixture.ts'
import {
  codeHashOf,
  fileOf,
  meterAddressOf,
  namesOf,
  OPERATOR,
  operatorSender,
  recordMeterImports,
  rowOf,
  startMeterImportWorld,
  startRegistrar,
} from './meter-import-world.ts'
import { stopChild } from './operator-processes.ts'

const PORT = 18_910
const METER_ROLE = roleNumberOf('meter')
/** More than two transactions hold; every tenth is not certified. */
const METERS = 2 * METERS_PER_TRANSACTION + 50

let world: ApiWorld
let operator: Browser
let registrar: ChildProcess | undefined

beforeAll(async () => {
  world = await startMeterImportWorld(PORT)
  operator = await signIn(world, ACTOR_KEYS.meteringOperator)
})
afterEach(async () => {
  if (registrar !== undefined) await stopChild(registrar, 'SIGKILL')
})
afterAll(async () => {
  await world.stopApi()
  await world.stop()
})

const work = () => recordMeterImports(world)

function send(file: string | Uint8Array, headers: Record<string, string> = {}, query = ''): Promise<Response> {
  const sent = { cookie: operator.cookie, 'x-commonwatt': '1', 'content-type': 'text/csv', ...headers }
  return fetch(`${world.address}/api/meters/imports${query}`, { method: 'POST', headers: sent, body: file as BodyInit })
}

async function taken(file: string): Promise<MeterImportView> {
  const response = await send(file)
  expect(response.status, await response.clone().text()).toBe(202)
  return bodyOf(response, meterImport)
}

const read = async (id: string) => bodyOf(await operator.get(`/api/meters/imports/${id}`), meterImport)
const rowsOf = async (id: string, query = '?limit=1000') =>
  bodyOf(await operator.get(`/api/meters/imports/${id}/rows${query}`), importedMeterPage)
const untilState = (id: string, state: MeterImportView['state']) =>
  eventually(async () => (await read(id)).state === state)

/** How many credentials were issued on the ledger, ever. */
async function countIssued(): Promise<number> {
  const { contracts } = world.ledger
  return (await contracts.credentialRegistry.queryFilter('CredentialIssued', 0)).length
}

/** As it was accredited: the operator in every area. */
async function setAccreditation(name: string, issuer: string, area = EVERY_AREA): Promise<void> {
  const call = councilCall(world.ledger, 'credentialRegistry', name, issuer, METER_ROLE, area)
  if (name === 'accreditIssuer') {
    await sendSetUpCalls(world.ledger.provider, ACTOR_KEYS.administrator, [{ to: call.target, data: call.data }])
  } else await decideAlone(world.ledger, ACTOR_KEYS.administrator, call)
}

describe('a file of meters', () => {
  test('is recorded on the ledger, each meter once, whatever is killed when, and the same file is the same import', async () => {
    const names = namesOf('a', METERS)
    const file = fileOf(...names.map((name, index) => rowOf(name, index % 10 !== 9)))
    const certified = METERS - METERS / 10
    const before = await countIssued()
    const made = await taken(file)
    expect(made).toMatchObject({ state: 'waiting', meters: METERS, recorded: 0, startedAt: null })

    const killed = (registrar = startRegistrar(world))
    // Killed as soon as the ledger has the second batch, of which the database may know nothing yet.
    await eventually(async () => (await countIssued()) > before + METERS_PER_TRANSACTION)
    await stopChild(killed, 'SIGKILL')
    expect((await read(made.id)).state).toBe('recording')
    registrar = startRegistrar(world)
    await untilState(made.id, 'done')
    const done = await read(made.id)
    expect(done).toMatchObject({ recorded: certified, uncertified: METERS / 10, refused: 0, heldBack: null })
    expect(await countIssued()).toBe(before + certified)
    const { items } = await rowsOf(made.id)
    for (const { row, meter, state, credentialId } of items) {
      expect([meter, state]).toEqual([
        meterAddressOf(names[row - 2]!),
        (row - 2) % 10 === 9 ? 'uncertified' : 'recorded',
      ])
      if (credentialId === null) continue
      const { subject, issuer, role, status } = await readCredentialRecord(world.ledger, credentialId)
      expect({ subject, issuer, role, status }).toEqual({
        subject: meter,
        issuer: OPERATOR,
        role: 'meter',
        status: 'active',
      })
    }
    const stock = await world.store.client.stockedMeter.findMany({
      where: { address: { in: names.map(meterAddressOf) } },
    })
    expect(stock).toHaveLength(METERS)
    expect(stock.find(({ address }) => address === meterAddressOf('a3'))).toEqual({
      address: meterAddressOf('a3'),
      area: AREA,
      codeHash: codeHashOf('code a3'),
      serialNumber: 'SN-a3',
      certificate: 'MID',
    })

    const again = await send(file)
    expect(again.status).toBe(200)
    expect(await bodyOf(again, meterImport)).toEqual(done)
  })

  test('is the same again where all was lost but the ledger', async () => {
    const made = await taken(fileOf(...namesOf('b', 3).map((name) => rowOf(name))))
    await work()
    const [before, issued] = [await rowsOf(made.id), await countIssued()]
    const { client } = world.store
    await client.importedMeterOutcome.deleteMany({ where: { importId: made.id } })
    await client.registrarTransaction.deleteMany({})
    await client.meterImportRun.update({ where: { importId: made.id }, data: { finishedAt: null } })
    expect(await read(made.id)).toMatchObject({ state: 'recording', recorded: 0 })

    await work()
    expect(await rowsOf(made.id)).toEqual(before)
    expect(await countIssued()).toBe(issued)
  })

  test('brings meters with which homes join: their credential takes the place of the first one', async () => {
    await taken(fileOf(rowOf('k0')))
    await work()
    const { ledger, store } = world
    const meter = (await readStockedMeter(store, meterAddressOf('k0')))!
    const sender = operatorSender(world)
    const issuer = createIssuer({ store, ledger, key: localSigningKey(ACTOR_KEYS.meteringOperator), sender })
    const account = meterAddressOf('somebody')
    await certifyMeter(issuer, account, { ...meter, certificate: meter.certificate! })
    const { credentialId } = (await readCredentialOf(store, account, 'meter'))!
    const [held] = await readContract(ledger, 'credentialRegistry', 'heldBy', meter.address, METER_ROLE, AREA)
    expect(held).toBe(credentialId)
  })

  test('leaves out the meter of which the ledger takes no credential, and says why in its row', async () => {
    const other = ACTOR_KEYS.supplier
    await setAccreditation('accreditIssuer', addressOfKey(other), AREA)
    const validity = await validityFromNow(world.ledger)
    await issueCredentials(world.ledger, other, [issuanceTo(meterAddressOf('c2'), 'meter', AREA, validity)])
    const made = await taken(fileOf(...namesOf('c', 5).map((name) => rowOf(name))))
    await work()
    expect(await read(made.id)).toMatchObject({ state: 'done', recorded: 4, refused: 1 })
    const { items } = await rowsOf(made.id)
    expect(items.filter(({ state }) => state === 'refused')).toMatchObject([
      {
        row: 4,
        meter: meterAddressOf('c2'),
        credentialId: null,
        reason: expect.stringContaining('holds a credential') as string,
      },
    ])
    expect(await world.store.client.stockedMeter.findUnique({ where: { address: meterAddressOf('c2') } })).toBeNull()
  })

  test('waits while its operator is not accredited, and goes on afterwards', async () => {
    await setAccreditation('suspendIssuer', OPERATOR)
    const made = await taken(fileOf(rowOf('d0')))
    await work()
    expect(await read(made.id)).toMatchObject({
      state: 'held-back',
      heldBack: { code: 'credential-registry-not-accredited' },
    })
    await setAccreditation('accreditIssuer', OPERATOR)
    await work()
    expect(await read(made.id)).toMatchObject({ state: 'done', recorded: 1, heldBack: null })
  })

  test('is taken once, however many times it comes at the same time', async () => {
    const file = fileOf(...namesOf('e', 50).map((name) => rowOf(name)))
    const responses = await Promise.all([1, 2, 3].map(() => send(file, { 'idempotency-key': 'file-e' })))
    expect(responses.map(({ status }) => status).sort()).toEqual([200, 200, 202])
    const ids = await Promise.all(responses.map(async (response) => (await bodyOf(response, meterImport)).id))
    expect(new Set(ids).size).toBe(1)
    const reused = await problemOf(await send(fileOf(rowOf('e99')), { 'idempotency-key': 'file-e' }))
    expect(reused).toMatchObject({ status: 422, code: 'idempotency-key-reused' })
    const { items } = await bodyOf(await operator.get('/api/meters/imports'), meterImportList)
    expect(items.filter(({ id }) => id === ids[0])).toHaveLength(1)
    expect((await rowsOf(ids[0]!, '?after=40&limit=5')).items.map(({ row }) => row)).toEqual([41, 42, 43, 44, 45])
    expect(await rowsOf(ids[0]!, '?after=46&limit=5')).toMatchObject({ nextAfter: 51, items: { length: 5 } })
  })
})

describe('a meter that is in stock without a certificate', () => {
  test('is certified by a later file that says the same of it, and by none that says something else', async () => {
    const stocked = () => world.store.client.stockedMeter.findUnique({ where: { address: meterAddressOf('f1') } })
    await taken(fileOf(rowOf('f1', false)))
    await work()
    expect((await stocked())?.certificate).toBeNull()

    for (const row of [rowOf('f1', false), rowOf('f1').replace(meterAddressOf('f1'), meterAddressOf('f2'))]) {
      expect(await problemOf(await send(fileOf(row, rowOf('f3'))))).toMatchObject({ code: 'meter-file-faulty' })
    }
    const { id } = await taken(fileOf(rowOf('f1')))
    await work()
    expect(await read(id)).toMatchObject({ state: 'done', recorded: 1 })
    expect((await stocked())?.certificate).not.toBeNull()
    expect(await problemOf(await send(fileOf(rowOf('f1'), rowOf('f4'))))).toMatchObject({ code: 'meter-file-faulty' })
  })
})

describe('commonwatt import-meters', () => {
  test('hands a file in, says how far it is, and prints every fault of one that has some', async () => {
    const lines: string[] = []
    vi.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line))
    const file = path.join(world.dataFolder, 'meters.csv')
    const run = () => importMeters([file, '--data', world.dataFolder, '--api-port', String(PORT + 3)])
    await writeFile(file, fileOf(rowOf('j0').replace('0x', '1x'), rowOf('j1')))
    await expect(run()).rejects.toMatchObject({ code: 'meter-file-faulty' })
    expect(lines).toEqual([expect.stringMatching(/^row 2, meter: this is no address; give the address of the meter/)])

    lines.length = 0
    await writeFile(file, fileOf(rowOf('j0'), rowOf('j1', false)))
    const [code] = await Promise.all([run(), eventually(async () => lines.length > 0).then(work)])
    expect(code).toBe(0)
    expect([lines[0], lines.at(-1)]).toEqual([
      'waiting: 0 recorded, 0 not certified, 0 refused, of 2',
      'done: 1 recorded, 1 not certified, 0 refused, of 2',
    ])
    vi.restoreAllMocks()
  })
})

describe('a file with faults', () => {
  const countRows = () => world.store.client.importedMeter.count()

  test('is refused with every one of them, and nothing of it is taken', async () => {
    const { client } = world.store
    const household = (await client.household.findFirst())!
    const credential = {
      subject: meterAddressOf('f3'),
      role: 'meter',
      area: BigInt(AREA),
      status: 'active',
      validUntil: 2n ** 31n - 1n,
    }
    await client.credential.create({
      data: {
        ...credential,
        id: codeHashOf('f3'),
        issuer: OPERATOR,
        digest: '0x',
        validFrom: 0n,
        issuedBlock: 1,
        issuedLogIndex: 1,
        issuedTransaction: '0x',
        changedBlock: 1,
        changedTransaction: '0x',
        changedBy: OPERATOR,
      },
    })
    const before = await countRows()
    const rows = [
      rowOf('f0'),
      rowOf('a0'),
      rowOf('f1').replace(/^\w+/, household.meterKey),
      rowOf('e0'),
      rowOf('f3'),
      rowOf('f4').replace('SN-f4', 'SN-a4').replace(codeHashOf('code f4'), codeHashOf('code a4')),
      rowOf('f5').replace('yes', 'perhaps'),
      rowOf('f0'),
    ]
    const problem = await problemOf(await send(fileOf(...rows)))
    expect(problem).toMatchObject({ status: 422, code: 'meter-file-faulty' })
    const { total, shown } = problem.faults!
    expect(total).toBe(shown.length)
    expect(shown.map(({ row, column, problem }) => `${row} ${column}: ${problem}`)).toEqual(
      expect.arrayContaining([
        '3 meter: it is in stock already',
        '4 meter: it is the meter of a member',
        '5 meter: it is in a file that was handed in before',
        "6 meter: it holds a meter's credential already",
        '7 serial_number: it is in stock already',
        '7 claim_code: it is in stock already',
        '8 certified: this is neither yes nor no',
        '9 meter: row 2 has the same',
      ]),
    )
    expect(shown.every(({ remedy }) => remedy.length > 5)).toBe(true)
    expect(await countRows()).toBe(before)
  })

  test('names a hundred of them, and how many there are', async () => {
    const problem = await problemOf(
      await send(fileOf(...namesOf('g', 150).map((name) => rowOf(name).replace('0x', '1x')))),
    )
    expect(problem.faults).toMatchObject({ total: 150, shown: { length: 100 } })
    expect(problem.detail).toBe('row 2, meter: this is no address, and 149 more; nothing of the file was taken')
  })

  test.each<[string, () => Promise<Response>, number, string]>([
    ['cut off between two rows', () => send(fileOf(rowOf('h0')), {}, '?rows=2'), 422, 'meter-file-faulty'],
    ['empty', () => send(''), 422, 'meter-file-faulty'],
    ['of another type', () => send('{}', { 'content-type': 'application/json' }), 415, 'body-type-unsupported'],
    ['compressed', () => send(fileOf(rowOf('h0')), { 'content-encoding': 'gzip' }), 415, 'body-type-unsupported'],
    ['over 4 MB', () => send(new Uint8Array(4 * 1_024 * 1_024 + 1).fill(97)), 413, 'body-too-large'],
    [
      'not UTF-8',
      () => send(Buffer.from(fileOf(rowOf('h0').replace('MID', 'MÏD')), 'latin1')),
      422,
      'meter-file-faulty',
    ],
    [
      'with a key that is none',
      () => send(fileOf(rowOf('h0')), { 'idempotency-key': 'a b' }),
      400,
      'request-malformed',
    ],
    ['said to be of no rows', () => send(fileOf(rowOf('h0')), {}, '?rows=0'), 400, 'request-malformed'],
  ])('is refused where it is %s', async (_, sending, status, code) => {
    const before = await countRows()
    expect(await problemOf(await sending())).toMatchObject({ status, code })
    expect(await countRows()).toBe(before)
  })
})

describe('whoever', () => {
  test('is no metering operator of the area hands nothing in, and reads nothing', async () => {
    const home = await signIn(world, world.households[0]!.accountKey)
    const file = fileOf(rowOf('i0'))
    expect(await problemOf(await send(file, { cookie: home.cookie }))).toMatchObject({
      status: 403,
      code: 'role-missing',
    })
    expect(await problemOf(await send(file, { cookie: '' }))).toMatchObject({ status: 401, code: 'not-signed-in' })
    expect(await problemOf(await send(file, { 'x-commonwatt': '0' }))).toMatchObject({ code: 'foreign-page' })
    expect(await problemOf(await home.get('/api/meters/imports'))).toMatchObject({ code: 'role-missing' })
    const unknown = '00000000-0000-4000-8000-000000000000'
    for (const address of [`/api/meters/imports/${unknown}`, `/api/meters/imports/${unknown}/rows`]) {
      expect(await problemOf(await operator.get(address))).toMatchObject({ status: 404, code: 'meter-import-unknown' })
    }
  })

  test("has an operator's key hands files in if it was made for that", async () => {
    const headersOf = async (scopes: string[]) => {
      const wish = { name: 'a machine', scopes, days: 1 }
      const { secret } = await bodyOf(await operator.send('POST', '/api/api-keys', wish), madeApiKey)
      return { cookie: '', authorization: `Bearer ${secret}` }
    }
    const file = fileOf(rowOf('i1'))
    const refused = await problemOf(await send(file, await headersOf(['read:name'])))
    expect(refused).toMatchObject({ status: 403, code: 'api-key-scope-missing' })
    expect((await send(file, await headersOf(['import:meters']))).status).toBe(202)
  })
})
