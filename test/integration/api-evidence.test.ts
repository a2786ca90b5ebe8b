import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checkConsent } from '../../scripts/audit/consent-check.ts'
import { parseConsentData } from '../../scripts/audit/consent-data.ts'
import { householdOrdersPage } from '../../services/api/schemas/households.ts'
import { trace } from '../../services/api/schemas/ledger.ts'
import { order, placedOrder } from '../../services/api/schemas/orders.ts'
import { challengePage, settlementRunPage } from '../../services/api/schemas/settlement.ts'
import { consentData, dayStatementDetail, dayStatementList } from '../../services/api/schemas/statements.ts'
import {
  addressOfChain,
  dailyAddressOf,
  derivationOf,
  keyChainOf,
  type KeyChain,
} from '../../services/chain/daily-keys.ts'
import { linkHashOf, NO_KEY } from '../../services/chain/sealed-keys.ts'
import { signTradingKeyStatement } from '../../services/chain/trading-key-statements.ts'
import { addressOfKey } from '../../services/chain/typed-data.ts'
import { deliveryPeriod, startOf, tradingDayOf } from '../../services/domain/units.ts'
import { bodyOf, postTo, problemOf } from './api-answers.ts'
import { booksOfProjection } from './api-audit-books.ts'
import { CALENDAR, CONTRACT_SIGNATURE, FIRST_PERIOD } from './api-market.ts'
import { COMMITTED_AT, PAID_AT, projectSettledPeriod, STEPS } from './api-projection.ts'
import { signIn, signInAsReaderOfAll, type Browser } from './api-signed-in.ts'
import { hashOf, signedOrder, startApiWorld, type ApiWorld } from './api-world.ts'

const SETTLED = FIRST_PERIOD
const OPEN = FIRST_PERIOD + 3

let world: ApiWorld
let [buyer, seller, third] = [0, 0, 0]

const AUDITOR_KEY = `0x${'0a'.repeat(32)}`
const AUDITOR_ROLE = { role: 'auditor', area: 0 }
const rolesOf = (account: string) => (account === addressOfKey(AUDITOR_KEY) ? [AUDITOR_ROLE] : [])

let reader: Browser
const get = (address: string) => reader.get(address)

beforeAll(async () => {
  world = await startApiWorld({ port: 18_550, households: 3, rolesOf })
  ;[buyer, seller, third] = world.households.map(({ memberId }) => memberId) as [number, number, number]
  await projectSettledPeriod(world.store, { area: 1, period: SETTLED, buyer, seller, third })
  await world.advanceTo(startOf(FIRST_PERIOD) + 2 * 900 + 10)
  reader = await signInAsReaderOfAll(world)
})

afterAll(async () => {
  await world.stopApi()
  await world.stop()
})

describe('an order', () => {
  test('is sealed: its household sees how it stands, with its receipt, whoever knows its digest how it stands, and nobody what it says', async () => {
    const draft = signedOrder(world, world.households[0]!, { deliveryPeriod: deliveryPeriod(OPEN + 5) })
    const response = await postTo(`${world.address}/api/orders`, draft)
    const placed = await bodyOf(response, placedOrder)
    expect(response.status).toBe(202)
    expect(response.headers.get('location')).toBe(`/api/orders/${placed.digest}`)
    expect(placed.gateClosesAt).toBe((OPEN + 5) * 900 - 300)

    const own = await bodyOf(await get(`/api/orders/${placed.digest}`), order)
    expect(own).toMatchObject({ state: 'placed', terms: null, filledWh: null, receipt: placed.receipt })
    expect(JSON.stringify(own)).not.toContain(draft.signature)
    const stranger = await bodyOf(await fetch(`${world.address}/api/orders/${placed.digest}`), order)
    expect(stranger).toMatchObject({ state: 'placed', terms: null, receivedAt: null, receipt: null })

    const traced = await bodyOf(await get(`/api/ledger/trace/${OPEN + 5}/${buyer}`), trace)
    expect(traced).toMatchObject({ isSealed: true, orders: [] })
    expect(JSON.stringify(traced)).not.toContain(placed.digest)
  })

  test('stays sealed when its gate has closed, until its session is cleared', async () => {
    const signed = signedOrder(world, world.households[2]!, { deliveryPeriod: deliveryPeriod(OPEN) })
    const draft = { ...signed, signature: CONTRACT_SIGNATURE }
    const placed = await bodyOf(await postTo(`${world.address}/api/orders`, draft), placedOrder)
    // Only its contract can verify it.
    expect(placed).toMatchObject({ way: 'ledger', receipt: null })
    const before = await bodyOf(await get(`/api/households/${third}/orders`), householdOrdersPage)
    expect(before.items).toEqual([{ period: OPEN, sessionState: 'open', isSealed: true, orders: [] }])

    await world.store.client.session.create({
      data: {
        area: 1,
        period: OPEN,
        orderCount: 1,
        ordersHash: hashOf(1),
        gateClosedTransaction: hashOf(2),
        closedBy: `0x${'00'.repeat(20)}`,
      },
    })
    const closed = await bodyOf(await get(`/api/households/${third}/orders`), householdOrdersPage)
    expect(closed.items).toEqual([{ period: OPEN, sessionState: 'gate-closed', isSealed: true, orders: [] }])
    const traced = await bodyOf(await get(`/api/ledger/trace/${OPEN}/${third}`), trace)
    expect(traced).toMatchObject({ sessionState: 'gate-closed', isSealed: true, orders: [] })
    const own = await bodyOf(await get(`/api/orders/${placed.digest}`), order)
    expect(own).toMatchObject({ state: 'in-session', terms: null })

    const where = { area_period: { area: 1, period: OPEN } }
    await world.store.client.session.update({ where, data: { isCleared: true } })
    const cleared = await bodyOf(await get(`/api/households/${third}/orders`), householdOrdersPage)
    expect(cleared.items).toMatchObject([
      { period: OPEN, isSealed: false, orders: [{ digest: placed.digest, side: 'bid' }] },
    ])
    const shown = await bodyOf(await get(`/api/orders/${placed.digest}`), order)
    expect(shown).toMatchObject({ terms: { memberId: third, side: 'bid', quantityWh: '1000' } })
    await world.store.client.session.delete({ where: { area_period: { area: 1, period: OPEN } } })
  })

  test('shows what it got once its session is cleared', async () => {
    expect(await bodyOf(await get(`/api/orders/${hashOf(50)}`), order)).toMatchObject({
      state: 'filled',
      filledWh: '1000',
    })
    expect(await bodyOf(await get(`/api/orders/${hashOf(51)}`), order)).toMatchObject({
      state: 'partly-filled',
      filledWh: '1000',
      clearedTransaction: STEPS.cleared,
    })
  })

  test('says that a later one counts in its place, with the receipt that it has', async () => {
    expect(await bodyOf(await get(`/api/orders/${hashOf(49)}`), order)).toMatchObject({
      state: 'superseded',
      filledWh: null,
      receipt: { orderDigest: hashOf(49), position: 1, deadline: SETTLED * 900 - 300 },
    })
  })

  test('that nobody placed is not known', async () => {
    expect(await problemOf(await get(`/api/orders/${hashOf(404)}`))).toMatchObject({
      status: 404,
      code: 'order-unknown',
    })
  })
})

describe('statements', () => {
  const day = tradingDayOf(SETTLED)
  const statements = (memberId: number) => `/api/households/${memberId}/statements`

  test('are listed by day and run with their totals and their state', async () => {
    const list = await bodyOf(await get(`${statements(buyer)}?from=${day}&to=${day + 1}`), dayStatementList)
    expect(list.items).toEqual([
      {
        memberId: buyer,
        day,
        run: 0,
        state: 'paid',
        periodCount: 1,
        chargesMicroEuro: '367000',
        creditsMicroEuro: '0',
        previousMicroEuro: '0',
        paymentMicroEuro: '367000',
        correctionMicroEuro: '0',
        owedMicroEuro: '0',
        withheldMicroEuro: '0',
        committedAt: COMMITTED_AT,
        challengeableUntil: COMMITTED_AT + CALENDAR.challengeWindowSeconds,
        isChallengeable: false,
        paidAt: PAID_AT,
        committedTransaction: STEPS.statementsCommitted,
        paidTransaction: STEPS.paid,
      },
    ])
    const empty = await bodyOf(await get(`${statements(buyer)}?from=${day + 1}&to=${day + 5}`), dayStatementList)
    expect(empty.items).toEqual([])
  })

  test('are provisional until they are on the ledger', async () => {
    await world.store.client.statement.createMany({
      data: (await world.store.client.statement.findMany({ where: { period: SETTLED } })).map((row) => ({
        ...row,
        period: SETTLED + 96,
      })),
    })
    const list = await bodyOf(await get(`${statements(seller)}?from=${day + 1}&to=${day + 1}`), dayStatementList)
    expect(list.items).toMatchObject([
      { state: 'provisional', creditsMicroEuro: '230000', paymentMicroEuro: '-230000', committedAt: null },
    ])
    const detail = await bodyOf(await get(`${statements(seller)}/${day + 1}/0`), dayStatementDetail)
    expect(detail).toMatchObject({ proof: null, isCommitted: null, periods: [{ period: SETTLED + 96 }] })
    expect(await problemOf(await get(`${statements(seller)}/${day + 1}/0/challenge/${SETTLED + 96}`))).toMatchObject({
      status: 409,
      code: 'statement-provisional',
    })
    await world.store.client.statement.deleteMany({ where: { period: SETTLED + 96 } })
  })

  test('show their periods line by line, and a proof that leads to the root on the ledger', async () => {
    const shown = await bodyOf(await get(`${statements(buyer)}/${day}/0`), dayStatementDetail)
    expect(shown).toMatchObject({ isCommitted: true, proof: { leafCount: 6, position: 4 } })
    expect(shown.periods).toEqual([
      {
        period: SETTLED,
        boughtWh: '1000',
        soldWh: '0',
        readingVersion: 0,
        quality: 'metered',
        importWh: '1200',
        exportWh: '0',
        energyMicroEuro: '190000',
        imbalanceMicroEuro: '60000',
        gridTariffMicroEuro: '56000',
        leviesMicroEuro: '60000',
        platformFeeMicroEuro: '1000',
        totalMicroEuro: '367000',
      },
    ])
  })

  test('are handed out for an audit, which takes them and finds every proof', async () => {
    const response = await get(`/api/households/${buyer}/evidence?from=${SETTLED}&to=${SETTLED}`)
    const text = await response.text()
    const [data] = parseConsentData(text, 'evidence')
    expect(consentData.parse(JSON.parse(text))).toEqual(JSON.parse(text))
    expect(data).toMatchObject({ memberId: buyer, chainId: 31_337 })
    expect(data?.readings).toMatchObject([{ period: SETTLED, version: 0, importEndWh: '6200', position: 0 }])
    expect(data?.statements).toMatchObject([{ day, run: 0, position: 4, periods: [{ energyMicroEuro: '190000' }] }])
  })

  test('are proven by an audit: each leaf under its root, each line by the rules, and what institutions receive', async () => {
    const texts = await Promise.all(
      [buyer, seller].map(async (memberId) =>
        (await get(`/api/households/${memberId}/evidence?from=${SETTLED}&to=${SETTLED}`)).text(),
      ),
    )
    // The projection has readings without what meters signed.
    const data = texts
      .flatMap((text) => parseConsentData(text, 'evidence'))
      .map((each) => ({ ...each, signedReadings: undefined }))
    const books = await booksOfProjection(world.store, { area: 1, period: SETTLED, households: [buyer, seller] })
    const scope = { fromPeriod: 0, toPeriod: 2 ** 32 - 1, area: null }
    const ledger = { chainId: 31_337, settlement: world.ledger.addresses.settlement.toLowerCase() }
    expect(checkConsent(data, books, scope, ledger)).toMatchObject({
      members: [buyer, seller],
      readings: 2,
      statements: 2,
      lines: 10,
      wholeRoots: 1,
      institutionRuns: 1,
    })

    const changed = structuredClone(data)
    changed[0]!.statements[0]!.periods[0]!.energyMicroEuro = '190001'
    expect(() => checkConsent(changed, books, scope, ledger)).toThrow('its statement is no leaf of what was committed')
    const foreign = { ...ledger, chainId: 1 }
    expect(() => checkConsent(data, books, scope, foreign)).toThrow('are of another ledger or deployment')
  })

  test('say under which numbers the member traded where these stand on a published page of a sealed day, and nowhere else', async () => {
    const { client } = world.store
    const key = `0x${'0b'.repeat(32)}`
    const chain = keyChainOf(key)
    const link = {
      area: 1,
      day,
      trader: 3,
      memberId: buyer,
      key: dailyAddressOf(chain, 1, day, 2),
      registeredKey: addressOfChain(chain),
      delegatedKey: NO_KEY,
      registeredDelegate: NO_KEY,
      salt: hashOf(5),
    }
    const placed = { ...link, page: 0, draw: 2, position: 0, leaf: linkHashOf(link) }
    await client.traderLink.create({ data: placed })
    await client.keyChain.create({ data: { address: link.registeredKey, ...chain } })
    const linksNow = async () =>
      (await bodyOf(await get(`/api/households/${buyer}/evidence?from=${SETTLED}&to=${SETTLED}`), consentData))
        .traderLinks
    const where = { area_day: { area: 1, day } }

    expect(await linksNow()).toEqual([])
    await client.tradingDay.update({ where, data: { isSealed: true, pages: 0 } })
    expect(await linksNow()).toEqual([])
    await client.tradingDay.update({ where, data: { pages: 1 } })
    const [shown] = await linksNow()
    expect(shown).toMatchObject({
      day,
      trader: 3,
      derivation: derivationOf(chain, 1, day, 2),
      delegatedDerivation: null,
    })
    expect(JSON.stringify(shown)).not.toContain(chain.chainCode.slice(2))

    await client.tradingDay.update({ where, data: { isSealed: false } })
    await client.traderLink.deleteMany()
    await client.keyChain.deleteMany()
  })

  test('of nobody, or of too long a span, are refused', async () => {
    expect(await problemOf(await get(`${statements(third)}/${day}/0`))).toMatchObject({ code: 'statement-unknown' })
    expect(await problemOf(await get(`${statements(buyer)}/${day}/1`))).toMatchObject({ code: 'statement-unknown' })
    const auditor = await signIn(world, AUDITOR_KEY)
    expect(await problemOf(await auditor.get(`${statements(999)}?from=1&to=2`))).toMatchObject({
      code: 'household-unknown',
    })
    expect(await problemOf(await get(`${statements(buyer)}?from=1&to=367`))).toMatchObject({
      status: 422,
      code: 'span-too-long',
    })
    expect(await problemOf(await get(`/api/households/${buyer}/evidence?from=0&to=672`))).toMatchObject({
      code: 'span-too-long',
    })
    expect(await problemOf(await get(`${statements(buyer)}?from=2&to=1`))).toMatchObject({ code: 'request-malformed' })
  })
})

describe('the chain of a trading key', () => {
  test('is told once, the same again without effect, and another is refused', async () => {
    const key = `0x${'0e'.repeat(32)}`
    const { accountKey } = world.households[0]!
    const member = await signIn(world, accountKey)
    const signature = signTradingKeyStatement(world.ledger, addressOfKey(accountKey), key)
    const tell = (chain: KeyChain) => member.send('PUT', '/api/key-chains', { ...chain, signature })
    const chain = keyChainOf(key)
    expect((await tell(chain)).status).toBe(204)
    expect((await tell(chain)).status).toBe(204)
    const other = await tell({ ...chain, chainCode: hashOf(6) })
    expect(await problemOf(other)).toMatchObject({ status: 409, code: 'key-chain-known' })
    expect(await world.store.client.keyChain.findMany()).toEqual([{ address: addressOfKey(key), ...chain }])
    await world.store.client.keyChain.deleteMany()
  })
})

describe('settlement runs and challenges', () => {
  test('are listed newest first, page by page', async () => {
    const run = await world.store.client.settlementRun.findFirstOrThrow()
    await world.store.client.settlementRun.createMany({
      data: [
        { ...run, run: 2, paidAt: null, paidTransaction: null, withheldMicroEuro: 3n },
        { ...run, day: run.day + 1 },
      ],
    })
    const first = await bodyOf(await get('/api/settlement-runs?limit=2'), settlementRunPage)
    expect(first.items.map(({ day, run: number, state }) => [day - run.day, number, state])).toEqual([
      [1, 0, 'paid'],
      [0, 2, 'held-back'],
    ])
    const second = await bodyOf(await get(`/api/settlement-runs?before=${first.nextBefore}`), settlementRunPage)
    expect(second).toMatchObject({ items: [{ day: run.day, run: 0, totalMicroEuro: '367000' }], nextBefore: null })
    await world.store.client.settlementRun.deleteMany({ where: { OR: [{ run: 2 }, { day: run.day + 1 }] } })
  })

  test('show what became of each challenge, also of one member alone', async () => {
    const { number: blockNumber } = await world.store.client.indexedBlock.findFirstOrThrow({
      orderBy: { number: 'desc' },
    })
    const challenge = { blockNumber, transactionHash: hashOf(9), area: 1, amountMicroEuro: -5n }
    await world.store.client.challenge.createMany({
      data: [
        {
          ...challenge,
          logIndex: 10,
          outcome: 'statement-corrected',
          day: 17_708,
          run: 0,
          period: SETTLED,
          memberId: buyer,
          challenger: seller,
        },
        { ...challenge, logIndex: 11, outcome: 'rejected', challenger: third, amountMicroEuro: 10_000_000n },
        { ...challenge, logIndex: 12, outcome: 'order-left-out', period: SETTLED, memberId: third, challenger: third },
      ],
    })
    const first = await bodyOf(await get('/api/challenges?limit=2'), challengePage)
    expect(first.items.map(({ outcome }) => outcome)).toEqual(['order-left-out', 'rejected'])
    const second = await bodyOf(await get(`/api/challenges?limit=2&before=${first.nextBefore}`), challengePage)
    expect(second).toMatchObject({
      items: [{ outcome: 'statement-corrected', amountMicroEuro: '-5' }],
      nextBefore: null,
    })
    for (const memberId of [buyer, seller]) {
      const own = await bodyOf(await get(`/api/challenges?memberId=${memberId}`), challengePage)
      expect(own.items.map(({ outcome }) => outcome)).toEqual(['statement-corrected'])
    }
    const statement = await bodyOf(await get(`/api/households/${buyer}/statements/17708/0`), dayStatementDetail)
    expect(statement.correctionMicroEuro).toBe('-5')
    await world.store.client.challenge.deleteMany()
  })
})
