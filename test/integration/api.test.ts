import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  household,
  householdPage,
  householdPeriodPage,
  householdSummary,
} from '../../services/api/schemas/households.ts'
import { blockDetail, blockPage, eventPage, trace, transaction } from '../../services/api/schemas/ledger.ts'
import { neighbourhood } from '../../services/api/schemas/neighbourhood.ts'
import { refusalPage } from '../../services/api/schemas/refusals.ts'
import { session, sessionPage } from '../../services/api/schemas/sessions.ts'
import { projectionEvent } from '../../services/api/schemas/stream.ts'
import { addressOfKey } from '../../services/chain/typed-data.ts'
import { startOf } from '../../services/domain/units.ts'
import { notify } from '../../services/store/notifications.ts'
import { bodyOf, problemOf } from './api-answers.ts'
import { projectSettledPeriod, STEPS } from './api-projection.ts'
import { DEPOSIT, FIRST_PERIOD, LAST_PERIOD } from './api-market.ts'
import { signIn, signInAsReaderOfAll, type Browser } from './api-signed-in.ts'
import { hashOf, startApiWorld, type ApiWorld } from './api-world.ts'
import { openEventStream } from './api-event-stream.ts'

const SETTLED = FIRST_PERIOD
const OPEN = FIRST_PERIOD + 3
const OPERATOR_KEY = `0x${'0b'.repeat(32)}`

let world: ApiWorld
let [buyer, seller, third] = [0, 0, 0]

let reader: Browser
const get = (address: string) => reader.get(address)

beforeAll(async () => {
  const OPERATOR_ROLE = { role: 'market-operator', area: 1 }
  const operator = addressOfKey(OPERATOR_KEY)
  const rolesOf = (account: string) => (account === operator ? [OPERATOR_ROLE] : [])
  world = await startApiWorld({ port: 18_510, households: 3, rolesOf })
  ;[buyer, seller, third] = world.households.map(({ memberId }) => memberId) as [number, number, number]
  await projectSettledPeriod(world.store, { area: 1, period: SETTLED, buyer, seller, third })
  await world.advanceTo(startOf(FIRST_PERIOD) + 2 * 900 + 10)
  reader = await signInAsReaderOfAll(world)
})

afterAll(async () => {
  await world.stopApi()
  await world.stop()
})

describe('the neighbourhood', () => {
  test('shows who produces and who consumes, what was traded and what was saved', async () => {
    const shown = await bodyOf(await get('/api/neighbourhood'), neighbourhood)
    expect(shown.households).toEqual([
      {
        memberId: buyer,
        name: 'home 1',
        isShown: true,
        role: 'consuming',
        latest: { period: SETTLED, importWh: '1200', exportWh: '0', boughtWh: '1000', soldWh: '0' },
      },
      {
        memberId: seller,
        name: 'home 2',
        isShown: true,
        role: 'producing',
        latest: { period: SETTLED, importWh: '0', exportWh: '1500', boughtWh: '0', soldWh: '1000' },
      },
      { memberId: third, name: 'home 3', isShown: true, role: null, latest: null },
    ])
    expect(shown.picture).toEqual({
      period: SETTLED,
      givingCount: 1,
      takingCount: 1,
      withoutReadingCount: 1,
      sharedWh: '1000',
      fromGridWh: '200',
      toGridWh: '500',
    })
    expect(shown.totals).toEqual({
      periodCount: 1,
      firstPeriod: SETTLED,
      lastPeriod: SETTLED,
      tradedWh: '1000',
      gridImportWh: '200',
      gridExportWh: '500',
      savingMicroEuro: String(516_000 - 367_000 + (-120_000 + 230_000)),
    })
    expect(shown.latestClearing).toEqual({ period: SETTLED, priceMicroEuroPerKwh: '190000', volumeWh: '1000' })
    expect(shown.nextGateClosure).toEqual({ period: OPEN, time: OPEN * 900 - 300 })
    expect(shown.sessions.map(({ period, state }) => [period, state])).toEqual([
      [OPEN, 'open'],
      [OPEN - 1, 'gate-closed'],
      [OPEN - 2, 'gate-closed'],
      [SETTLED, 'settled'],
    ])
  })
})

describe('sessions', () => {
  test('are listed newest first, page by page', async () => {
    const first = await bodyOf(await get('/api/sessions?limit=3'), sessionPage)
    expect(first.items.map(({ period }) => period)).toEqual([OPEN, OPEN - 1, OPEN - 2])
    const second = await bodyOf(await get(`/api/sessions?limit=3&before=${first.nextBefore}`), sessionPage)
    expect(second.items.map(({ period }) => period)).toEqual([SETTLED])
    expect(second.nextBefore).toBeNull()
  })

  test('show fills, commitment, payments that sum to zero, and the transaction of each step', async () => {
    const shown = await bodyOf(await get(`/api/sessions/${SETTLED}`), session)
    expect(shown.fills.map(({ name, side, filledWh }) => [name, side, filledWh])).toEqual([
      ['home 1', 'bid', '1000'],
      ['home 2', 'offer', '1000'],
    ])
    expect(shown.readings).toMatchObject({ count: 2, importTotalWh: '1200', exportTotalWh: '1500' })
    expect(shown.settlement?.statements.reduce((sum, { totalMicroEuro }) => sum + BigInt(totalMicroEuro), 0n)).toBe(0n)
    expect(shown.settlement).toMatchObject({ state: 'paid', runs: [{ run: 0, paidTransaction: STEPS.paid }] })
    const { gateClosed, cleared, readingsCommitted } = STEPS
    expect(shown.transactions).toEqual({ gateClosed, cleared, readingsCommitted })
  })

  test('that are open have no orders to show', async () => {
    const shown = await bodyOf(await get(`/api/sessions/${OPEN}`), session)
    expect(shown).toMatchObject({ state: 'open', orderCount: null, fills: [], settlement: null })
  })

  test('outside the calendar are not known', async () => {
    for (const period of [FIRST_PERIOD - 1, LAST_PERIOD + 1, 0, 2 ** 31 - 1]) {
      expect(await problemOf(await get(`/api/sessions/${period}`))).toMatchObject({
        status: 404,
        code: 'session-unknown',
      })
    }
  })

  test("use the rates that were published for their period before the area's own", async () => {
    const rates = { retailMicroEuroPerKwh: 310_050, feedInMicroEuroPerKwh: -20_000 }
    await world.store.client.energyRate.create({ data: { area: 1, period: OPEN + 1, ...rates } })
    const shown = await bodyOf(await get(`/api/sessions/${OPEN + 1}`), session)
    expect(shown.tariff).toEqual({
      retailMicroEuroPerKwh: '310050',
      feedInMicroEuroPerKwh: '-20000',
      gridMicroEuroPerKwh: '80000',
      gridLocalMicroEuroPerKwh: '40000',
      levyMicroEuroPerKwh: '50000',
      platformFeeMicroEuroPerKwh: '1000',
    })
  })
})

describe('households', () => {
  test('are listed by number, page by page', async () => {
    const first = await bodyOf(await get('/api/households?limit=2'), householdPage)
    expect(first.items.map(({ memberId }) => memberId)).toEqual([buyer, seller])
    const second = await bodyOf(await get(`/api/households?after=${first.nextAfter}`), householdPage)
    expect(second).toMatchObject({ items: [{ memberId: third }], nextAfter: null })
  })

  test('show their limit and their deposit', async () => {
    const shown = await bodyOf(await get(`/api/households/${buyer}`), household)
    expect(shown).toMatchObject({
      name: 'home 1',
      quantityLimitWh: '4313',
      balanceMicroEuro: String(DEPOSIT),
      debtMicroEuro: '0',
    })
  })

  test('show what their credentials let them trade, and until when', async () => {
    const standingOf = async (memberId: number) => {
      const { mayBid, mayOffer, tradesUntil } = await bodyOf(await get(`/api/households/${memberId}`), household)
      return { mayBid, mayOffer, tradesUntil }
    }
    const standing = { mayBid: true, mayOffer: false, tradesUntil: 2n ** 40n - 1n }
    await world.store.client.member.update({ where: { id: buyer }, data: standing })
    expect(await standingOf(buyer)).toEqual({ ...standing, tradesUntil: 2 ** 40 - 1 })
    expect(await standingOf(seller)).toEqual({ mayBid: false, mayOffer: false, tradesUntil: 0 })
  })

  test('show every quarter-hour from reading to payment, and where there is no reading', async () => {
    const page = await bodyOf(await get(`/api/households/${buyer}/periods`), householdPeriodPage)
    expect(page.items.map(({ period }) => period)).toEqual([OPEN, OPEN - 1, OPEN - 2, SETTLED])
    expect(page.items.at(-1)).toMatchObject({
      sessionState: 'settled',
      reading: { importWh: '1200', exportWh: '0' },
      boughtWh: '1000',
      soldWh: '0',
      priceMicroEuroPerKwh: '190000',
      statement: { totalMicroEuro: '367000', tariffOnlyMicroEuro: '516000', savingMicroEuro: '149000', run: 0 },
    })
    const without = await bodyOf(
      await get(`/api/households/${third}/periods?before=${SETTLED + 1}`),
      householdPeriodPage,
    )
    expect(without.items).toMatchObject([{ period: SETTLED, reading: null, statement: null }])
  })

  test('sum up what they paid against the tariff alone', async () => {
    const shown = await bodyOf(await get(`/api/households/${seller}/summary?days=1`), householdSummary)
    expect(shown).toMatchObject({
      days: 1,
      periodCount: 1,
      periodsWithoutReading: 0,
      soldWh: '1000',
      totalMicroEuro: '-230000',
      tariffOnlyMicroEuro: '-120000',
      savingMicroEuro: '110000',
    })
    const without = await bodyOf(await get(`/api/households/${third}/summary`), householdSummary)
    expect(without).toMatchObject({ periodCount: 1, periodsWithoutReading: 1, totalMicroEuro: '0' })
  })

  test('that do not exist are not known, nor is a supplier a household', async () => {
    const operator = await signIn(world, OPERATOR_KEY)
    for (const address of ['', '/periods', '/summary', '/orders']) {
      for (const memberId of [1, 999]) {
        const refusal = await problemOf(await operator.get(`/api/households/${memberId}${address}`))
        expect(refusal).toMatchObject({ status: 404, code: 'household-unknown' })
      }
    }
  })
})

describe('the ledger', () => {
  test('shows blocks newest first, page by page', async () => {
    const first = await bodyOf(await get('/api/ledger/blocks?limit=2'), blockPage)
    const second = await bodyOf(await get(`/api/ledger/blocks?limit=200&before=${first.nextBefore}`), blockPage)
    const numbers = [...first.items, ...second.items].map(({ number }) => number)
    expect(numbers).toEqual([...numbers].sort((one, other) => other - one))
    expect(numbers).toHaveLength(6)
    expect(first.items[0]?.transactionCount).toBe(1)
  })

  test('shows a block with its transactions and a transaction with its events', async () => {
    const { blockNumber } = await bodyOf(await get(`/api/ledger/transactions/${STEPS.cleared}`), transaction)
    const block = await bodyOf(await get(`/api/ledger/blocks/${blockNumber}`), blockDetail)
    expect(block.transactions).toMatchObject([{ hash: STEPS.cleared, contract: 'callAuction', function: 'clear' }])
    const closed = await bodyOf(await get(`/api/ledger/transactions/${STEPS.gateClosed}`), transaction)
    expect(closed.events.map(({ name }) => name)).toEqual(['GateClosed', 'Deposited'])
  })

  test('shows events by contract, name, period and member, page by page', async () => {
    const all = await bodyOf(await get('/api/ledger/events'), eventPage)
    expect(all.items.map(({ name }) => name)).toEqual([
      'RunPaid',
      'StatementsCommitted',
      'ReadingsCommitted',
      'SessionCleared',
      'Deposited',
      'GateClosed',
    ])
    const names: string[] = []
    for (let next: string | null = ''; next !== null;) {
      const cursor: string = next === '' ? '' : `&before=${next}`
      const page: { items: { name: string }[]; nextBefore: string | null } = await bodyOf(
        await get(`/api/ledger/events?limit=2${cursor}`),
        eventPage,
      )
      names.push(...page.items.map(({ name }) => name))
      next = page.nextBefore
    }
    expect(names).toEqual(all.items.map(({ name }) => name))

    const namesOf = async (query: string) =>
      (await bodyOf(await get(`/api/ledger/events?${query}`), eventPage)).items.map(({ name }) => name)
    expect(await namesOf('contract=settlement')).toEqual(['RunPaid', 'StatementsCommitted'])
    expect(await namesOf('name=GateClosed')).toEqual(['GateClosed'])
    expect(await namesOf(`memberId=${third}`)).toEqual(['Deposited'])
    expect(await namesOf(`period=${SETTLED}&contract=callAuction`)).toEqual(['SessionCleared', 'GateClosed'])
    expect(await namesOf(`period=${SETTLED + 1}`)).toEqual([])
  })

  test('traces a quarter-hour from order to payment, with a proof of the reading', async () => {
    const shown = await bodyOf(await get(`/api/ledger/trace/${SETTLED}/${buyer}`), trace)
    expect(shown).toMatchObject({
      name: 'home 1',
      sessionState: 'settled',
      isSealed: false,
      orders: [
        { digest: hashOf(49), isSuperseded: true, filledWh: null },
        { digest: hashOf(50), isSuperseded: false, filledWh: '1000', position: 2 },
      ],
      gateClosure: { transactionHash: STEPS.gateClosed, orderCount: 2 },
      clearing: { transactionHash: STEPS.cleared, priceMicroEuroPerKwh: '190000', volumeWh: '1000' },
      commitment: { transactionHash: STEPS.readingsCommitted, count: 2, importTotalWh: '1200' },
      reading: { position: 0, importWh: '1200', exportWh: '0', isVerified: true, siblings: [{ exportWh: '1500' }] },
      statement: { totalMicroEuro: '367000', settlementState: 'paid' },
      day: { totalMicroEuro: '367000', runs: [{ paidTransaction: STEPS.paid, paymentMicroEuro: '367000' }] },
    })
  })

  test('says so where a reading does not belong to the commitment', async () => {
    const where = { memberId_period_version: { memberId: seller, period: SETTLED, version: 0 } }
    await world.store.client.readingLeaf.update({ where, data: { exportEndWh: 3_499n } })
    const shown = await bodyOf(await get(`/api/ledger/trace/${SETTLED}/${seller}`), trace)
    expect(shown.reading).toMatchObject({ exportWh: '1499', isVerified: false })
    await world.store.client.readingLeaf.update({ where, data: { exportEndWh: 3_500n } })
  })

  test('does not know blocks and transactions that are not there', async () => {
    expect(await problemOf(await get('/api/ledger/blocks/2147483647'))).toMatchObject({ code: 'block-unknown' })
    const refusal = await problemOf(await get(`/api/ledger/transactions/${hashOf(404)}`))
    expect(refusal).toMatchObject({ status: 404, code: 'transaction-unknown' })
    expect(
      await problemOf(await (await signIn(world, OPERATOR_KEY)).get(`/api/ledger/trace/${SETTLED}/999`)),
    ).toMatchObject({ status: 404 })
  })
})

describe('refused meter messages', () => {
  test('are listed newest first, without their payload', async () => {
    const message = {
      topic: 'commonwatt/v1/meters/0x00/readings',
      reason: 'why',
      payload: Buffer.from('secret'),
      receivedAt: 9,
    }
    await world.store.client.refusedMessage.createMany({
      data: ['one', 'two', 'three'].map((code) => ({ ...message, code })),
    })
    const operator = await signIn(world, OPERATOR_KEY)
    const first = await bodyOf(await operator.get('/api/refusals?limit=2'), refusalPage)
    expect(first.items.map(({ code }) => code)).toEqual(['three', 'two'])
    const second = await bodyOf(await operator.get(`/api/refusals?before=${first.nextBefore}`), refusalPage)
    expect(second).toMatchObject({ items: [{ code: 'one' }], nextBefore: null })
    expect(JSON.stringify([first, second])).not.toContain('secret')
  })
})

describe('the stream', () => {
  test('tells of every indexed batch, and greets with the health', async () => {
    const stream = await openEventStream(`${world.address}/api/stream`, { 'last-event-id': '17' })
    const greeting = await stream.next('health')
    expect(JSON.parse(greeting)).toMatchObject({ status: 'degraded' })
    await notify(world.store, 'projection', JSON.stringify({ blockNumber: 77, periods: [SETTLED] }))
    expect(projectionEvent.parse(JSON.parse(await stream.next('projection')))).toEqual({
      blockNumber: 77,
      periods: [SETTLED],
    })
    stream.close()
  })
})

describe('a request that is not understood', () => {
  test('is refused with each part that is wrong', async () => {
    for (const address of [
      '/api/sessions?limit=0',
      '/api/sessions?limit=201',
      '/api/sessions?limit=1&limit=2',
      '/api/sessions?before=-1',
      '/api/sessions?before=2147483648',
      '/api/sessions/abc',
      '/api/sessions/1e3',
      '/api/households/0',
      '/api/households/16777216',
      '/api/households/3/summary?days=367',
      '/api/orders/0x12',
      '/api/ledger/events?before=1',
      "/api/ledger/events?name=';drop%20table%20orders",
      '/api/ledger/events?contract=%00',
      '/api/ledger/blocks/00',
      '/api/refusals?before=99999999999999999999',
      '/api/ledger/transactions/%E0%A4%A',
    ]) {
      const refusal = await problemOf(await get(address))
      expect(refusal, address).toMatchObject({ status: 400, code: 'request-malformed' })
    }
  })

  test('is not known where nothing is there', async () => {
    for (const address of [
      '/api',
      '/api/',
      '/api/nothing',
      '/api/orders',
      '/api/../api/x',
      '/assets/none.js',
      '/none.css',
    ]) {
      expect(await problemOf(await get(address)), address).toMatchObject({ status: 404 })
    }
    const deleted = await fetch(`${world.address}/api/orders/${hashOf(50)}`, { method: 'DELETE' })
    expect(await problemOf(deleted)).toMatchObject({ status: 404, code: 'resource-unknown' })
  })
})
