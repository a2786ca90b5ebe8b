import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { erasure } from '../../services/api/schemas/erasures.ts'
import { session } from '../../services/api/schemas/sessions.ts'
import { isLeafOf } from '../../services/domain/metering/merkle-sum-tree.ts'
import { readingLeafOf, type SaltedReading } from '../../services/domain/metering/reading-tree.ts'
import { statementLeafOf } from '../../services/domain/settlement/statement-tree.ts'
import { deliveryPeriod, endOf, energyWh, startOf, tradingDayOf } from '../../services/domain/units.ts'
import { eraseOwnReadings } from '../../services/store/erased-readings.ts'
import { eraseOwnStatements } from '../../services/store/erased-statements.ts'
import {
  eraseOwnFlexLeaves,
  readAssetTree,
  readFlexStatementTree,
  statementIn,
} from '../../services/store/flexibility/erased-leaves.ts'
import { eraseOwnPool } from '../../services/store/flexibility/erased-pool.ts'
import { eraseOwnGuardRecords } from '../../services/store/flexibility/guard-records.ts'
import { insertRefusedMessages } from '../../services/store/refused-messages.ts'
import { TABLES } from '../../services/store/reset.ts'
import { readConsentData } from '../../services/store/views/consent-data.ts'
import { readDayStatement, readReadingProof } from '../../services/store/views/evidence.ts'
import { bodyOf, problemOf } from './api-answers.ts'
import { AREA, FIRST_PERIOD, LAST_PERIOD } from './api-market.ts'
import { projectReadingBatch, projectSettledPeriod } from './api-projection.ts'
import { signIn, type Browser } from './api-signed-in.ts'
import { startApiWorld, type ApiWorld } from './api-world.ts'
import { deviceOf, keepFlexRecords } from './flex-records.ts'

const DAY = tradingDayOf(FIRST_PERIOD)
const PERIODS = 300
const REGISTER = 71_234_567_000n
const place = { area: AREA, day: DAY, run: 0 }
const flexDay = { area: AREA, day: DAY }

let world: ApiWorld
let [leaver, stayer] = [0, 0]
let browser: Browser
/** Everything by which the leaver could be recognised, or its commitments read. */
let identifying: string[]
const address = () => `/api/households/${leaver}/erasure`

beforeAll(async () => {
  world = await startApiWorld({ port: 18_880, households: 3 })
  const [first, second, third] = world.households.map(({ memberId }) => memberId) as [number, number, number]
  ;[leaver, stayer] = [first, second]
  const { store } = world
  await projectSettledPeriod(store, { area: AREA, period: FIRST_PERIOD, buyer: leaver, seller: stayer, third })
  for (let period = FIRST_PERIOD - PERIODS; period < FIRST_PERIOD; period += 1) {
    await projectReadingBatch(store, AREA, period, [readingOf(leaver, period), readingOf(stayer, period)])
  }
  await keepFlexRecords(store, { area: AREA, period: FIRST_PERIOD, members: [leaver, stayer] })
  await store.client.device.create({
    data: {
      ...{ address: deviceOf(leaver), kind: 'battery', area: AREA, memberId: leaver, protocol: 'mqtt' },
      ...{ isSigning: false, maker: '', model: '', serialNumber: 'b-1', feeder: '', ratedPowerW: 3_000 },
    },
  })
  const { meterKey } = await store.client.household.update({
    where: { memberId: leaver },
    data: { connectionPointSalt: `0x${'c5'.repeat(32)}` },
  })
  await store.client.meterReading.createMany({
    data: Array.from({ length: PERIODS }, (_, index) => ({
      memberId: leaver,
      period: FIRST_PERIOD - PERIODS + index,
      sequence: index,
      importRegisterWh: REGISTER + BigInt(index),
      exportRegisterWh: 0n,
      signature: `0xfeed${index}`,
      receivedAt: 1,
    })),
  })
  const payload = Buffer.from(`{"importRegisterWh":"${REGISTER}"}`)
  const message = { code: 'reading-malformed', reason: 'unreadable', payload, receivedAt: 1 }
  await insertRefusedMessages(store, [{ ...message, topic: `commonwatt/v1/meters/${meterKey}/readings` }])
  browser = await signIn(world, world.households[0]!.accountKey)
  await browser.send('POST', '/api/consents', {
    memberId: leaver,
    reader: world.ledger.addresses.settlement.toLowerCase(),
    parts: ['name'],
    until: null,
  })
  identifying = await identifyingOf(leaver)
})
afterAll(async () => {
  await world.stopApi()
  await world.stop()
})

function readingOf(memberId: number, period: number): SaltedReading {
  const start = REGISTER + BigInt(memberId * 1_000_000 + period - FIRST_PERIOD)
  return {
    memberId,
    period: deliveryPeriod(period),
    importStart: energyWh(start),
    importEnd: energyWh(start + 1n),
    exportStart: energyWh(start + 5_000n),
    exportEnd: energyWh(start + 5_000n),
    quality: 'metered',
    salt: `0x${memberId.toString(16).padStart(8, '5')}${period.toString(16).padStart(56, 'c')}`,
  }
}

async function identifyingOf(memberId: number): Promise<string[]> {
  const { client } = world.store
  const where = { memberId }
  const household = await client.household.findUniqueOrThrow({ where })
  const [assets, entries, flexStatements, nominated, dispatches, findings, accuracies] = await Promise.all([
    client.flexAsset.findMany({ where }),
    client.flexEntry.findMany({ where }),
    client.flexStatement.findMany({ where }),
    client.nominatedBaseline.findMany({ where }),
    client.flexDispatch.findMany({ where }),
    client.flexFinding.findMany({ where }),
    client.baselineAccuracy.findMany({ where }),
  ])
  const flexibility = [assets, entries, flexStatements, nominated, dispatches, findings, accuracies]
  expect(flexibility.map(({ length }) => length)).toEqual([1, 96, 1, 1, 1, 1, 1])
  const [leaves, readings, statements, dayStatements, orders, consents] = await Promise.all([
    client.readingLeaf.findMany({ where }),
    client.meterReading.findMany({ where }),
    client.statement.findMany({ where }),
    client.dayStatement.findMany({ where }),
    client.order.findMany({ where: { trader: memberId } }),
    client.consent.findMany({ where }),
  ])
  expect([leaves, readings, statements, dayStatements, orders, consents].map(({ length }) => length > 0)).not.toContain(
    false,
  )
  return [
    ...[`"${household.name}"`, household.connectionPoint, household.connectionPointSalt],
    ...leaves.flatMap(({ salt, importEndWh }) => [salt, ...(importEndWh > 2n ** 32n ? [String(importEndWh)] : [])]),
    ...readings.map(({ signature }) => signature),
    ...[...statements, ...dayStatements].map(({ salt }) => salt),
    ...orders.map(({ digest }) => `"orders" ${digest}`),
    ...consents.map(({ id }) => id),
    ...[...assets, ...entries, ...flexStatements, ...nominated].map(({ salt }) => salt),
    ...dispatches.map(({ id }) => id),
    `"backing" ${deviceOf(memberId)}`,
    ...['flex_findings', 'baseline_accuracies'].map((table) => `"${table}" ${memberId};`),
  ]
}

/** Every row of every table as text; of orders the table goes before, since projections have the same digests. */
async function dumpOf(): Promise<string> {
  const texts: string[] = []
  for (const table of TABLES) {
    const rows = await world.store.client.$queryRawUnsafe<{ row: string }[]>(
      `SELECT to_json(t)::text AS row FROM ${table} t`,
    )
    texts.push(...rows.map(({ row }) => `${row} ${markedOf(table, row)}`))
  }
  return texts.join('\n')
}

/** What says something in this table alone. */
function markedOf(table: string, row: string): string {
  const read = JSON.parse(row) as { digest: string; backing: string[]; member_id: number }
  if (table === 'orders') return `"orders" ${read.digest}`
  if (table === 'sealed_offers') return read.backing.map((device) => `"backing" ${device}`).join(' ')
  if (table === 'flex_findings' || table === 'baseline_accuracies') return `"${table}" ${read.member_id};`
  return ''
}

/** What of it the database still says. */
const foundOf = async () => {
  const dump = await dumpOf()
  return identifying.filter((text) => dump.includes(text))
}

const flexLeavesOf = async () => ({
  assets: await readAssetTree(world.store, 'consume-less', 1, FIRST_PERIOD),
  statements: await readFlexStatementTree(world.store, flexDay),
})

/** The trees of flexibility, whoever is in them. */
async function flexTreesOf() {
  const { assets, statements } = await flexLeavesOf()
  return { assets: assets.tree, statements: statements.tree }
}

const evidenceOfStayer = () =>
  readConsentData(world.store, AREA, stayer, { from: FIRST_PERIOD - PERIODS, to: FIRST_PERIOD })

describe('a household is erased', () => {
  test('by its member alone', async () => {
    const neighbour = await signIn(world, world.households[1]!.accountKey)
    expect((await problemOf(await neighbour.send('POST', address()))).code).toBe('household-not-yours')
    expect((await fetch(`${world.address}${address()}`)).status).toBe(401)
  })

  test('not while anything is open, and is told what is, and until when', async () => {
    const before = await dumpOf()
    const response = await browser.send('POST', address())
    expect(response.status).toBe(409)
    const { code, detail } = await problemOf(response)
    expect(code).toBe('erasure-too-early')
    expect(detail).toContain('it is a member still')
    expect(detail).toMatch(/day \d+ is not settled for good, at the earliest at \d{4}-/)
    expect(detail).toContain('micro-euro are deposited')
    expect((await problemOf(await browser.get(address()))).code).toBe('erasure-unknown')
    expect(await dumpOf()).toBe(before)
    expect(new Set(await foundOf())).toEqual(new Set(identifying))
  })

  test('once it left, everything is settled and its money is gone; a kill in the middle does not keep anything', async () => {
    const { store, postgres } = world
    const [evidence, proof] = [await evidenceOfStayer(), await readDayStatement(store, { ...place, memberId: stayer })]
    const trees = await flexTreesOf()
    await world.advanceTo(endOf(LAST_PERIOD))
    await store.client.member.update({
      where: { id: leaver },
      data: { activeUntil: startOf(FIRST_PERIOD) + 900, balanceMicroEuro: 0n },
    })
    await store.client.finishedDay.create({ data: { area: AREA, day: DAY } })

    expect((await browser.send('POST', address())).status).toBe(202)
    const again = await bodyOf(await browser.get(address()), erasure)
    expect(again).toMatchObject({ memberId: leaver, isGatewayDone: false, isMarketOperatorDone: false })
    expect(again).toMatchObject({ isAggregatorDone: false, isGridOperatorDone: false })

    const count = () => store.client.readingLeaf.count({ where: { memberId: leaver } })
    const all = await count()
    const script = fileURLToPath(new URL('erasing-process.ts', import.meta.url))
    const child = fork(script, [], { env: { ...process.env, COMMONWATT_DATABASE_URL: postgres.url } })
    while ((await count()) === all) await delay(1)
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(await count()).toBeGreaterThan(0)
    // Half erased, the others' evidence is whole.
    expect(await evidenceOfStayer()).toEqual(evidence)

    await eraseOwnReadings(store)
    expect(await eraseOwnStatements(store)).toBe(true)
    expect(await eraseOwnStatements(store)).toBe(false)
    for (const erase of [eraseOwnFlexLeaves, eraseOwnPool, eraseOwnGuardRecords]) {
      expect(await store.client.household.count({ where: { memberId: leaver } })).toBe(1)
      expect(await erase(store)).toBe(true)
      expect(await erase(store)).toBe(false)
    }
    while ((await store.client.household.count({ where: { memberId: leaver } })) > 0) await delay(10)
    expect(await foundOf()).toEqual([])
    expect(await evidenceOfStayer()).toEqual(evidence)
    expect(await readDayStatement(store, { ...place, memberId: stayer })).toEqual(proof)
    expect(await flexTreesOf()).toEqual(trees)
    const { assets, statements } = await flexLeavesOf()
    expect(assets.leaves.map(({ memberId }) => memberId)).toEqual([stayer])
    expect([statementIn(statements, leaver), statementIn(statements, stayer)?.position]).toEqual([null, 1])
    expect((await store.client.sealedOffer.findFirstOrThrow()).backing).toEqual([deviceOf(stayer)])
    expect(
      await readConsentData(store, AREA, leaver, { from: FIRST_PERIOD - PERIODS, to: FIRST_PERIOD }),
    ).toMatchObject({
      readings: [],
      signedReadings: [],
      statements: [],
    })
  })

  test('and the others still prove what is theirs against the roots of before', async () => {
    const { store } = world
    const batches = await store.client.readingBatch.findMany()
    expect(batches.length).toBeGreaterThan(PERIODS)
    for (const { area, period, version, root: hash, count, importTotalWh: a, exportTotalWh: b } of batches) {
      const found = await readReadingProof(store, { area, period, version, memberId: stayer })
      const { reading, proof } = found!
      expect(isLeafOf({ hash, count, a, b }, readingLeafOf(reading), proof.position, proof.siblings)).toBe(true)
      expect(await readReadingProof(store, { area, period, version, memberId: leaver })).toBeNull()
    }
    const {
      root: hash,
      statementCount: leaves,
      totalMicroEuro,
    } = await store.client.settlementRun.findUniqueOrThrow({
      where: { area_day_run: place },
    })
    const { statement, proof } = (await readDayStatement(store, { ...place, memberId: stayer }))!
    const root = { hash, count: leaves, a: totalMicroEuro, b: totalMicroEuro }
    expect(isLeafOf(root, statementLeafOf(statement), proof.position, proof.siblings)).toBe(true)
  })

  test('and signs in no more as its member, while the neighbours are as they were', async () => {
    expect((await browser.get(address())).status).toBe(401)
    const neighbour = await signIn(world, world.households[1]!.accountKey)
    expect((await neighbour.get(`/api/households/${stayer}`)).status).toBe(200)
    expect((await fetch(`${world.address}/api/neighbourhood`)).status).toBe(200)
    const shown = await bodyOf(await fetch(`${world.address}/api/sessions/${FIRST_PERIOD}`), session)
    expect(shown.fills.map(({ name }) => name)).toEqual([`member ${leaver}`, `member ${stayer}`])
  })
})
