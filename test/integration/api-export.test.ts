import { parse } from 'csv-parse/sync'
import { XMLParser } from 'fast-xml-parser'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { EXPORT_TABLES } from '../../services/api/schemas/exports.ts'
import { exportedTables } from '../../services/store/views/export.ts'
import { problemOf } from './api-answers.ts'
import { AREA, FIRST_PERIOD } from './api-market.ts'
import { projectSettledPeriod } from './api-projection.ts'
import { browserWith, signIn, type Browser } from './api-signed-in.ts'
import { startApiWorld, type ApiWorld } from './api-world.ts'
import { deviceOf, keepFlexRecords } from './flex-records.ts'

const SPAN = `from=${FIRST_PERIOD}&to=${FIRST_PERIOD + 366 * 96 - 1}`

let world: ApiWorld
let [buyer, seller] = [0, 0]
let member: Browser
const at = (memberId: number, query: string) => `/api/households/${memberId}/export?${query}`

beforeAll(async () => {
  world = await startApiWorld({ port: 18_870, households: 3 })
  const [first, second, third] = world.households.map(({ memberId }) => memberId) as [number, number, number]
  ;[buyer, seller] = [first, second]
  await projectSettledPeriod(world.store, { area: AREA, period: FIRST_PERIOD, buyer, seller, third })
  await keepFlexRecords(world.store, { area: AREA, period: FIRST_PERIOD, members: [buyer, seller] })
  member = await signIn(world, world.households[0]!.accountKey)
})
afterAll(async () => {
  await world.stopApi()
  await world.stop()
})

async function tableOf(name: string, query = SPAN): Promise<Record<string, string>[]> {
  const response = await member.get(at(buyer, `format=csv&table=${name}&${query}`))
  expect(response.status, await response.clone().text()).toBe(200)
  expect(response.headers.get('content-type')).toContain('text/csv')
  expect(response.headers.get('content-disposition')).toBe(`attachment; filename=household-${buyer}-${name}.csv`)
  return parse(await response.text(), { columns: true, record_delimiter: '\r\n' })
}

describe('a household takes its data along', () => {
  test('as Green Button, with the energies that are in the database', async () => {
    const response = await member.get(at(buyer, `format=green-button&${SPAN}`))
    expect(response.headers.get('content-type')).toContain('application/atom+xml')
    expect(response.headers.get('content-disposition')).toContain(`household-${buyer}-green-button.xml`)
    const lists = new Set(['entry', 'link', 'IntervalReading'])
    const options = { ignoreAttributes: false, attributeNamePrefix: '', isArray: (name: string) => lists.has(name) }
    type Interval = { value: number; timePeriod: { start: number } }
    type Entry = { link: { href: string }[]; content: { IntervalBlock?: { IntervalReading: Interval[] } } }
    const { feed } = new XMLParser(options).parse(await response.text()) as { feed: { entry: Entry[] } }
    const intervalsOf = (direction: number) =>
      feed.entry
        .filter(({ link }) => link.some(({ href }) => href.includes(`MeterReading/${direction}/IntervalBlock/`)))
        .flatMap(({ content }) => content.IntervalBlock!.IntervalReading)
    const leaves = await world.store.client.readingLeaf.findMany({ where: { memberId: buyer } })
    const sumOf = (energies: readonly bigint[]) => energies.reduce((sum, energy) => sum + energy, 0n)
    expect(leaves.length).toBeGreaterThan(0)
    expect(sumOf(intervalsOf(1).map(({ value }) => BigInt(value)))).toBe(
      sumOf(leaves.map(({ importStartWh, importEndWh }) => importEndWh - importStartWh)),
    )
    expect(sumOf(intervalsOf(2).map(({ value }) => BigInt(value)))).toBe(
      sumOf(leaves.map(({ exportStartWh, exportEndWh }) => exportEndWh - exportStartWh)),
    )
    expect(intervalsOf(1).map(({ timePeriod }) => timePeriod.start)).toEqual(leaves.map(({ period }) => period * 900))
  })

  test('as CSV, table by table, each with what is its own alone', async () => {
    expect(Object.keys(exportedTables)).toEqual(EXPORT_TABLES)
    const rows = Object.fromEntries(
      await Promise.all(EXPORT_TABLES.map(async (name) => [name, await tableOf(name)] as const)),
    )
    const { store } = world
    const { account, meterKey } = await store.client.household.findUniqueOrThrow({ where: { memberId: buyer } })
    const stored = {
      household: 1,
      readings: await store.client.readingLeaf.count({ where: { memberId: buyer } }),
      'meter-readings': await store.client.meterReading.count({ where: { memberId: buyer } }),
      orders: await store.client.order.count({ where: { trader: buyer } }),
      statements: await store.client.statement.count({ where: { memberId: buyer } }),
      'day-statements': await store.client.dayStatement.count({ where: { memberId: buyer } }),
      payments: await store.client.payment.count({ where: { memberId: buyer } }),
      credentials: await store.client.credential.count({ where: { subject: { in: [account, meterKey] } } }),
      delegations: await store.client.delegation.count({ where: { memberId: buyer } }),
      consents: 0,
      'sign-ins': 1,
      'flex-memberships': 1,
      'flex-dispatches': 1,
      'flex-deliveries': 1,
      'flex-entries': 96,
      'flex-statements': 1,
      'nominated-baselines': 1,
      'flex-findings': 1,
      'baseline-accuracies': 1,
    }
    expect(Object.fromEntries(Object.entries(rows).map(([name, { length }]) => [name, length]))).toEqual(stored)
    expect(rows.readings![0]).toMatchObject({ import_wh: '1200', export_wh: '0', quality: 'metered' })
    expect(rows.readings![0]!.period_start).toBe(
      new Date(FIRST_PERIOD * 900_000).toISOString().replace('.000Z', '+00:00'),
    )
    const lines = await store.client.statement.findMany({ where: { memberId: buyer } })
    expect(rows.statements!.map((row) => BigInt(row.energy_micro_euro!))).toEqual(
      lines.map((row) => row.energyMicroEuro),
    )
    const { name, connectionPoint } = await store.client.household.findUniqueOrThrow({ where: { memberId: buyer } })
    expect(rows.household![0]).toMatchObject({ name, connection_point: connectionPoint })
  })

  test('with what was asked of its devices, delivered and earned, as its leaves have it', async () => {
    const [asked] = await tableOf('flex-dispatches')
    expect(asked).toMatchObject({ order_id: '1', device: deviceOf(buyer), set_point_w: '-2000', moved_w: '2000' })
    const [delivered] = await tableOf('flex-deliveries')
    const leaf = await world.store.client.flexAsset.findFirstOrThrow({ where: { memberId: buyer } })
    expect(delivered).toMatchObject({ delivered_wh: '400', baseline_wh: '900', source: '0x00', salt: leaf.salt })
    const entries = await tableOf('flex-entries')
    const earning = entries.filter(({ delivered_wh: energy }) => energy !== '0')
    expect(earning).toMatchObject([{ revenue_micro_euro: '108000', correction_micro_euro: '-40000' }])
    expect(earning[0]!.period_start).toBe(delivered!.period_start)
    expect(await tableOf('flex-statements')).toMatchObject([{ payment_micro_euro: '-143000' }])
    expect(JSON.parse((await tableOf('flex-findings'))[0]!.evidence!)).toMatchObject({ use: '5000', expected: '3000' })
  })

  test('for the periods that it asks for', async () => {
    const later = `from=${FIRST_PERIOD + 1}&to=${FIRST_PERIOD + 9}`
    for (const name of ['readings', 'flex-dispatches', 'flex-deliveries', 'nominated-baselines']) {
      expect(await tableOf(name, later)).toEqual([])
    }
  })
})

describe('an export is refused', () => {
  test.each([
    ['without a format', SPAN, 'request-malformed'],
    ['in a format that there is not', `format=pdf&${SPAN}`, 'request-malformed'],
    ['of a table that there is not', `format=csv&table=secrets&${SPAN}`, 'request-malformed'],
    ['as CSV of no table', `format=csv&${SPAN}`, 'request-malformed'],
    ['as Green Button of a table', `format=green-button&table=orders&${SPAN}`, 'request-malformed'],
    ['backwards', 'format=green-button&from=2&to=1', 'request-malformed'],
    ['over more than a year', `format=green-button&from=0&to=${366 * 96}`, 'span-too-long'],
  ])('%s', async (_words, query, code) => {
    const response = await member.get(at(buyer, query))
    expect(response.status).toBe(code === 'span-too-long' ? 422 : 400)
    expect((await problemOf(response)).code).toBe(code)
  })

  test('to strangers and to neighbours, whatever it is of', async () => {
    const stranger = browserWith(world.address, '')
    for (const query of ['format=green-button', ...EXPORT_TABLES.map((table) => `format=csv&table=${table}`)]) {
      expect((await stranger.get(at(buyer, `${query}&${SPAN}`))).status, query).toBe(401)
      const code = (await problemOf(await member.get(at(seller, `${query}&${SPAN}`)))).code
      expect(['household-not-shown', 'household-not-yours'], query).toContain(code)
    }
  })
})
