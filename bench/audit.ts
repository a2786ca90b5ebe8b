import { fork } from 'node:child_process'
import { createHash } from 'node:crypto'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { formatDifference } from '../scripts/audit/difference.ts'
import { runAudit, type AuditOutcome } from '../scripts/audit/run-audit.ts'
import { freePort } from '../scripts/settings.ts'
import { abis, bytecodes } from '../services/chain/generated/contracts.ts'
import {
  AREA,
  CHALLENGE_WINDOW,
  DAY_SECONDS,
  FIRST_HOUSEHOLD,
  KEYS,
  PERIOD_SECONDS,
  setUpMarket,
  startNode,
  type MarketMaker,
  type Wish,
} from '../test/integration/audit-ledger.ts'
import { hasLedger, recordInto } from './audit-ledger-file.ts'
import type { Figure } from './figure.ts'

const MEMBERS = 500
const DAYS = 30
const FIRST_DAY = 20_000
const PERIODS_PER_DAY = 96
const SCOPE = { fromPeriod: 0, toPeriod: 2 ** 32 - 1, area: null, settlement: undefined, consent: [] }

/** The whole audit of a month of 500 members, each with an order every quarter-hour, from a node's answers. */
export async function measureAudit(members: number = MEMBERS, days: number = DAYS): Promise<Figure[]> {
  const contracts = createHash('sha256').update(JSON.stringify(bytecodes)).digest('hex').slice(0, 12)
  const file = path.join(tmpdir(), `commonwatt-audit-2-${members}-${days}-${contracts}.ledger`)
  if (!hasLedger(file)) await makeLedger(file, members, days)
  const server = fork(fileURLToPath(new URL('./audit-ledger-file.ts', import.meta.url)), [file])
  try {
    const { url } = await new Promise<{ url: string }>((resolve, reject) => {
      server.once('message', (message) => resolve(message as { url: string }))
      server.once('exit', (code) => reject(new Error(`the ledger's process ended (${code})`)))
    })
    const before = process.cpuUsage()
    const outcome = requireTrue(await runAudit({ url, ...SCOPE }, { abis, bytecodes }))
    const { user, system } = process.cpuUsage(before)
    const { orders, sessions, transactions } = outcome.counts
    const cpuSeconds = Math.round((user + system) / 1e5) / 10
    return [
      {
        name: 'audit.seconds500Members30Days',
        value: Math.round(outcome.seconds * 10) / 10,
        unit: 's',
        target: '<= 60',
        reference: `${orders} orders in ${sessions} sessions, ${transactions} transactions: ${Math.round(orders / outcome.seconds)} orders/s; ${cpuSeconds} s of processor time`,
      },
    ]
  } finally {
    server.disconnect()
  }
}

function requireTrue(outcome: AuditOutcome): AuditOutcome {
  if (outcome.difference !== null) throw new Error(formatDifference(outcome.difference))
  if (outcome.failure !== null) throw outcome.failure
  return outcome
}

async function makeLedger(file: string, members: number, days: number): Promise<void> {
  const node = await startNode(await freePort(), FIRST_DAY * DAY_SECONDS - DAY_SECONDS / 2, members)
  try {
    const firstPeriod = FIRST_DAY * PERIODS_PER_DAY
    const plan = { households: members, firstPeriod, lastPeriod: firstPeriod + days * PERIODS_PER_DAY - 1 }
    const maker = await setUpMarket(node.url, plan)
    await maker.publishDay(FIRST_DAY)
    for (let day = FIRST_DAY; day < FIRST_DAY + days; day += 1) {
      console.error(`making day ${day - FIRST_DAY + 1} of ${days} …`)
      if (day + 1 < FIRST_DAY + days) await maker.publishDay(day + 1)
      await playDay(maker, day, members, firstPeriod)
      if (day > FIRST_DAY) await settleDay(maker, day - 1, members)
    }
    await commitReadings(maker, plan.lastPeriod)
    await settleDay(maker, FIRST_DAY + days - 1, members)
    maker.close()
    const recording = await recordInto(file, node.url)
    requireTrue(await runAudit({ url: recording.url, ...SCOPE }, { abis, bytecodes }))
    await recording.finish()
  } finally {
    await node.stop()
  }
}

async function playDay(maker: MarketMaker, day: number, members: number, firstPeriod: number): Promise<void> {
  for (let period = day * PERIODS_PER_DAY; period < (day + 1) * PERIODS_PER_DAY; period += 1) {
    await maker.clearTrusted(period, maker.packOrders(period, wishesOf(period, members)))
    if (period > firstPeriod) await commitReadings(maker, period - 1)
  }
}

async function commitReadings({ send }: MarketMaker, period: number): Promise<void> {
  const commitment = [`0x${'ab'.repeat(32)}`, 1, 1_000, 500]
  await send(
    KEYS.gateway,
    'meterReadings',
    'commitReadings',
    [AREA, period, commitment],
    (period + 1) * PERIOD_SECONDS + 1,
  )
}

/** Payments that sum to zero, one for each member; the statements behind them are not part of what is measured. */
async function settleDay({ send, now }: MarketMaker, day: number, members: number): Promise<void> {
  const packed = Buffer.alloc(members * 11)
  const half = Math.floor(members / 2)
  for (let place = 0; place < members; place += 1) {
    const isLone = place === members - 1 && members % 2 === 1
    const amount = isLone ? 1n : BigInt(1_000 + (place % half)) * (place < half ? 1n : -1n)
    packed.writeUIntBE(FIRST_HOUSEHOLD + place, place * 11, 3)
    packed.writeBigInt64BE(amount, place * 11 + 3)
  }
  const amounts = Array.from({ length: members }, (_, place) => packed.readBigInt64BE(place * 11 + 3))
  const total = amounts.reduce((sum, amount) => (amount > 0n ? sum + amount : sum), 0n)
  const commitment = [`0x${'cd'.repeat(32)}`, members, total]
  const payments = `0x${packed.toString('hex')}`
  const statements = [AREA, day, 0, commitment, await now(), payments]
  await send(KEYS.marketOperator, 'settlement', 'commitStatements', statements)
  const time = (await now()) + CHALLENGE_WINDOW + 1
  await send(KEYS.marketOperator, 'settlement', 'payRun', [AREA, day, 0, payments], time)
}

/** One order a member, about half of them offers, around a price that moves with the hour. */
function wishesOf(period: number, members: number): Wish[] {
  let state = period
  const next = (limit: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return (state >>> 8) % limit
  }
  return Array.from({ length: members }, (_, place) => ({
    memberId: FIRST_HOUSEHOLD + place,
    side: next(2) === 0 ? (0 as const) : (1 as const),
    quantity: 1 + next(1_500),
    limit: 80_000 + next(2_000) * 100,
  }))
}
