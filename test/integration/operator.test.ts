import { connectAsync, type MqttClient } from 'mqtt'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { readFills } from '../../services/chain/fills.ts'
import { advanceTo } from '../../services/chain/hardhat-time.ts'
import { readLatestBlock } from '../../services/chain/ledger-clock.ts'
import { readContract, type ContractName } from '../../services/chain/ledger.ts'
import { readBalance } from '../../services/chain/members.ts'
import { readSession } from '../../services/chain/sessions.ts'
import { readLastRun, readRun } from '../../services/chain/settlement-runs.ts'
import { areKeysPublished, readOpenDays, readTradingKeys } from '../../services/chain/trading-days.ts'
import { addressOfKey } from '../../services/chain/typed-data.ts'
import { roleNumberOf } from '../../services/domain/identity/role.ts'
import { deliveryPeriod, endOfDay, startOf, type DeliveryPeriod } from '../../services/domain/units.ts'
import { interceptLedger } from './operator-interceptor.ts'
import {
  AREA,
  CHALLENGE_WINDOW,
  commitReadings,
  DAY,
  EVERYBODY,
  FIRST_PERIOD,
  GATE_CLOSURE_LEAD,
  HOUSEHOLDS,
  OPERATOR_DEADLINE,
  placeOrder,
  PLATFORM_OPERATOR,
  QUANTITY_LIMIT,
  runServiceOf,
  startNeighbourhood,
  startPlatform,
  stepToEnd,
  stepToGateClosure,
  SUPPLIER,
  TAX_AUTHORITY,
  until,
  type Neighbourhood,
  type Platform,
  type RunningService,
} from './operator-neighbourhood.ts'
import { sendTo } from './operator-sessions.ts'

const OPERATOR = 'services/market-operator/main.ts'
const LAST_PERIOD = deliveryPeriod(FIRST_PERIOD + 9)
const [BUYER, SELLER, OTHER, IDLE] = HOUSEHOLDS

let platform: Platform
let neighbourhood: Neighbourhood
let observer: MqttClient
let presence: { state: string; detail?: string } = { state: 'unknown' }
let operator: RunningService | undefined
let period: DeliveryPeriod

const startOperator = (environment: Record<string, string> = {}) => {
  operator = runServiceOf(platform, neighbourhood, OPERATOR, environment)
  return operator
}
const isCleared = async (which: DeliveryPeriod) => {
  const session = await readSession(neighbourhood.ledger, AREA, which)
  return session.state === 'cleared' ? session : null
}
const balances = async () => Promise.all(EVERYBODY.map((memberId) => readBalance(neighbourhood.ledger, memberId)))
const statementsOf = (which: DeliveryPeriod, run = 0) =>
  neighbourhood.store.client.statement.findMany({
    where: { area: AREA, period: which, run },
    orderBy: { position: 'asc' },
  })
const send = (privateKey: string, contract: ContractName, name: string, parameters: unknown[]) => {
  return sendTo(neighbourhood, privateKey, { contract, name, parameters })
}
const untilLogged = (words: string) =>
  until(`the operator logs "${words}"`, () => operator!.lines.some(({ msg }) => msg.includes(words)))
/** Meters what is left of the day, so that it can be settled. */
const meterRest = async (from: DeliveryPeriod) => {
  for (let rest: number = from; rest <= LAST_PERIOD; rest += 1) {
    await stepToEnd(neighbourhood, deliveryPeriod(rest))
    await commitReadings(neighbourhood, deliveryPeriod(rest), [])
  }
}
const sum = (amounts: readonly bigint[]) => amounts.reduce((total, amount) => total + amount, 0n)

beforeAll(async () => {
  platform = await startPlatform({ postgres: 18_400, broker: 18_401 })
  neighbourhood = await startNeighbourhood(platform, { name: 'market', ledgerPort: 18_410, lastPeriod: LAST_PERIOD })
  observer = await connectAsync(platform.broker.url)
  observer.on('message', (_topic, payload) => {
    presence = JSON.parse(payload.toString()) as typeof presence
  })
  await observer.subscribeAsync('commonwatt/v1/processes/market-operator')
  period = FIRST_PERIOD
})
afterEach(async () => {
  await operator?.kill('SIGKILL')
  period = deliveryPeriod(period + 1)
})
afterAll(async () => {
  await observer?.endAsync()
  await neighbourhood?.stop()
  await platform?.stop()
})

describe('the market operator', () => {
  test('publishes the keys of the day and the next, closes the gate, and clears at the price that the orders give', async () => {
    const { ledger, wallet, households } = neighbourhood
    startOperator()
    await until('the keys are published', () => areKeysPublished(ledger, AREA, DAY))
    const keys = await readTradingKeys(ledger, AREA, DAY)
    const ownKeys = households.map(({ tradingKey }) => addressOfKey(tradingKey))
    expect(keys.map(({ trader, key }) => [trader, key])).toEqual([
      ...HOUSEHOLDS.map((memberId, index) => [memberId, ownKeys[index]]),
      [IDLE, wallet],
    ])
    // The area does not trade on the next day.
    expect(await readOpenDays(ledger, AREA)).toEqual([DAY])

    await placeOrder(neighbourhood, BUYER, period, 'bid', 1_000n, 300_000n)
    await placeOrder(neighbourhood, SELLER, period, 'offer', 600n, 80_000n)
    await placeOrder(neighbourhood, OTHER, period, 'offer', 600n, 80_000n)
    await stepToGateClosure(neighbourhood, period)
    const session = await until('the session is cleared', () => isCleared(period))
    expect(session).toMatchObject({ orderCount: 3, price: 80_000n, volume: 1_000n })
    expect(await placeOrder(neighbourhood, IDLE, period, 'bid', 10n, 300_000n)).toBe('gate-closed')

    await stepToEnd(neighbourhood, period)
    await commitReadings(neighbourhood, period, [
      { memberId: BUYER, importWh: 1_100n, exportWh: 0n },
      { memberId: SELLER, importWh: 0n, exportWh: 600n },
      { memberId: IDLE, importWh: 50n, exportWh: 0n },
    ])
    const statements = await until('the statements are drawn up', async () => {
      const rows = await statementsOf(period)
      return rows.length > 0 && rows
    })
    expect(statements.map(({ memberId }) => memberId)).toEqual(EVERYBODY)
    // 1,000 Wh at 0.08 EUR and the fee of 0.005, 100 Wh at 0.30, 1,000 Wh at 0.02 and 100 Wh at 0.06 of transport,
    // 1,100 Wh at a levy of 0.01.
    expect(statements[2]).toMatchObject({
      memberId: BUYER,
      energyMicroEuro: 80_000n,
      imbalanceMicroEuro: 30_000n,
      gridTariffMicroEuro: 26_000n,
      leviesMicroEuro: 11_000n,
      platformFeeMicroEuro: 5_000n,
    })
    // OTHER sold 500 Wh but has no reading: only its trade is paid.
    expect(statements[4]).toMatchObject({ memberId: OTHER, quality: 'none', energyMicroEuro: -40_000n, importWh: null })
  })

  test('closes and clears a session without orders as well', async () => {
    startOperator()
    await stepToGateClosure(neighbourhood, period)
    const session = await until('the session is cleared', () => isCleared(period))
    expect(session).toMatchObject({ orderCount: 0, price: null, volume: 0n })
  })

  test('takes of several orders the one with the greatest salt, also where it cancels', async () => {
    await placeOrder(neighbourhood, BUYER, period, 'bid', 100n, 300_000n, { salt: 1n })
    await placeOrder(neighbourhood, BUYER, period, 'bid', 400n, 300_000n, { salt: 2n })
    await placeOrder(neighbourhood, SELLER, period, 'offer', 900n, 80_000n, { salt: 1n })
    await placeOrder(neighbourhood, SELLER, period, 'offer', 0n, 80_000n, { salt: 2n })
    await placeOrder(neighbourhood, OTHER, period, 'offer', 900n, 90_000n)
    startOperator()
    await stepToGateClosure(neighbourhood, period)
    const session = await until('the session is cleared', () => isCleared(period))
    expect(session).toMatchObject({ orderCount: 3, price: 90_000n, volume: 400n })
  })

  test('brings the order of a contract account over the ledger, in the place of one with a smaller salt', async () => {
    const { ledger, wallet } = neighbourhood
    await placeOrder(neighbourhood, BUYER, period, 'bid', 1_000n, 300_000n)
    await placeOrder(neighbourhood, IDLE, period, 'offer', 100n, 80_000n, { salt: 5n })
    await placeOrder(neighbourhood, IDLE, period, 'offer', 250n, 70_000n, { salt: 6n, contract: wallet })
    startOperator()
    await until('the order is committed', async () => (await readSession(ledger, AREA, period)).commitmentCount === 1)
    await placeOrder(neighbourhood, IDLE, period, 'offer', 300n, 70_000n, { salt: 7n, contract: wallet })
    const { client } = neighbourhood.store
    await until('the replacement is committed', async () => {
      const commitments = { purpose: { startsWith: 'commit-order' }, status: 'mined' }
      // A new block, at which the operator looks around.
      await ledger.provider.send('evm_mine', [])
      return (await client.operatorTransaction.count({ where: commitments })) === 2
    })

    await stepToGateClosure(neighbourhood, period)
    const session = await until('the session is cleared', () => isCleared(period))
    expect(session).toMatchObject({ orderCount: 2, commitmentCount: 1, openingCount: 1, openedOrderCount: 1 })
    expect(await readFills(ledger, AREA, period)).toEqual([
      { trader: BUYER, side: 'bid', filled: 300n },
      { trader: IDLE, side: 'offer', filled: 300n },
    ])
  })

  test('waits for the end of the opening where a member committed an order that it does not open', async () => {
    const { ledger, households } = neighbourhood
    await placeOrder(neighbourhood, BUYER, period, 'bid', 1_000n, 300_000n)
    const commitment = `0x${'ab'.repeat(32)}`
    await send(households[1]!.tradingKey, 'callAuction', 'commitOrder', [AREA, period, SELLER, 0, commitment])
    startOperator()
    await stepToGateClosure(neighbourhood, period)
    const { gateClosedAt } = await until('the gate is closed', async () => {
      const session = await readSession(ledger, AREA, period)
      return session.state === 'gate-closed' && session
    })
    await advanceTo(ledger, gateClosedAt! + 60)
    expect(await isCleared(period)).toBeNull()
    await advanceTo(ledger, gateClosedAt! + 61)
    expect(await until('the session is cleared', () => isCleared(period))).toMatchObject({ orderCount: 1, volume: 0n })
  })

  test('clears a session in which a member took its place, with what is on the ledger', async () => {
    const { ledger, households, wallet } = neighbourhood
    await placeOrder(neighbourhood, BUYER, period, 'bid', 1_000n, 300_000n)
    await placeOrder(neighbourhood, IDLE, period, 'offer', 300n, 70_000n, { contract: wallet })
    startOperator()
    await until('the order is committed', async () => (await readSession(ledger, AREA, period)).commitmentCount === 1)
    await operator!.kill('SIGKILL')
    await advanceTo(ledger, startOf(period) - GATE_CLOSURE_LEAD + OPERATOR_DEADLINE)
    await send(households[0]!.tradingKey, 'callAuction', 'replaceOperator', [BUYER, AREA, period])

    // What it committed in a member's name it opens, as it would have.
    startOperator()
    const session = await until('the session is cleared', () => isCleared(period))
    expect(session).toMatchObject({ isReplaced: true, orderCount: 0, openedOrderCount: 1, volume: 0n })
    await untilLogged('1 accepted order takes no part')
    await stepToEnd(neighbourhood, period)
    for (let earlier = Number(FIRST_PERIOD) + 1; earlier <= period; earlier += 1) {
      await commitReadings(neighbourhood, deliveryPeriod(earlier), [])
    }
    await until('the statements are drawn up', async () => (await statementsOf(period)).length > 0)
    expect(presence.state).toBe('up')
    // The gate of the next session has closed meanwhile.
    period = deliveryPeriod(period + 1)
  })

  test('leaves out, and says so, every order that breaks a rule by itself', async () => {
    const { keys } = neighbourhood
    await placeOrder(neighbourhood, BUYER, period, 'bid', 500n, 300_000n, { salt: 1n })
    await placeOrder(neighbourhood, BUYER, period, 'bid', 9n, 300_000n, { salt: 2n, signer: keys.dso })
    await placeOrder(neighbourhood, SELLER, period, 'offer', QUANTITY_LIMIT + 1n, 80_000n)
    await placeOrder(neighbourhood, 999, period, 'offer', 500n, 80_000n)
    await placeOrder(neighbourhood, IDLE, period, 'offer', 500n, 80_000n)
    await send(keys['community-manager'], 'memberRegistry', 'deactivateMember', [IDLE])
    const { lines } = startOperator()

    await stepToGateClosure(neighbourhood, period)
    const session = await until('the session is cleared', () => isCleared(period))
    expect(session).toMatchObject({ orderCount: 1, price: null })
    const leftOut = lines.filter(({ msg }) => msg.startsWith('order left out'))
    expect(leftOut.map(({ trader, code }) => `${trader} ${code}`)).toEqual([
      `${BUYER} order-signature-invalid`,
      `${SELLER} order-over-limit`,
      '999 order-unknown-key',
      `${IDLE} order-key-revoked`,
    ])
  })

  test('leaves out what was signed by whoever may not trade at gate closure, though it may again when the gate is closed', async () => {
    const { ledger, keys, households } = neighbourhood
    await placeOrder(neighbourhood, BUYER, period, 'bid', 500n, 300_000n)
    await placeOrder(neighbourhood, SELLER, period, 'offer', 500n, 80_000n)
    const account = addressOfKey(households[1]!.tradingKey)
    const role = roleNumberOf('prosumer')
    const [held] = await readContract(ledger, 'credentialRegistry', 'heldBy', account, role, AREA)
    const change = (name: string) => send(keys['community-manager'], 'credentialRegistry', name, [[held]])
    await change('suspendCredentials')
    await stepToGateClosure(neighbourhood, period)
    await advanceTo(ledger, startOf(period) - GATE_CLOSURE_LEAD + 10)
    await change('reinstateCredentials')

    const { lines } = startOperator()
    const session = await until('the session is cleared', () => isCleared(period))
    expect(session).toMatchObject({ orderCount: 1, price: null })
    const leftOut = lines.filter(({ msg }) => msg.startsWith('order left out'))
    expect(leftOut.map(({ trader, code }) => `${trader} ${code}`)).toEqual([`${SELLER} order-key-revoked`])
  })

  test('settles the day to the micro-euro once all of it is cleared and metered, and pays when the window is over', async () => {
    const { ledger, store } = neighbourhood
    startOperator()
    await meterRest(deliveryPeriod(FIRST_PERIOD + 6))
    const before = await balances()
    await advanceTo(ledger, endOfDay(DAY))
    const run = await until('the day is settled', () => readRun(ledger, AREA, DAY, 0))
    expect(run.isPaid).toBe(false)
    expect(await balances()).toEqual(before)

    await advanceTo(ledger, run.committedAt + CHALLENGE_WINDOW)
    await until('the run is paid', async () => (await readLastRun(ledger, AREA, DAY))?.isPaid)
    const after = await balances()
    expect(sum(after)).toBe(sum(before))
    const statements = await store.client.dayStatement.findMany({ where: { day: DAY }, orderBy: { memberId: 'asc' } })
    const paid = new Map(statements.map((row) => [row.memberId, row.chargesMicroEuro - row.creditsMicroEuro]))
    expect(EVERYBODY.map((memberId) => paid.get(memberId) ?? 0n)).toEqual(
      before.map((balance, index) => balance - after[index]!),
    )
    // The levy on 1,150 Wh imported, and the fee on what was bought in four sessions.
    expect(paid.get(TAX_AUTHORITY)).toBe(-11_500n)
    expect(paid.get(PLATFORM_OPERATOR)).toBe(-(1_000n + 400n + 300n) * 5n)
    expect(paid.get(SUPPLIER)).toBeDefined()
    expect(await readOpenDays(ledger, AREA)).toEqual([])
  })

  test('makes the corrected run where readings were corrected, and pays what changed', async () => {
    const { ledger } = neighbourhood
    startOperator()
    const corrected = [{ memberId: SELLER, importWh: 0n, exportWh: 700n }]
    await commitReadings(neighbourhood, deliveryPeriod(FIRST_PERIOD + 1), corrected, 1)
    await operator!.kill('SIGKILL')
    // Whoever starts after the correction must not draw the initial run's statements anew.
    startOperator()
    const before = await balances()
    await advanceTo(ledger, endOfDay(DAY) + 3_600)
    const run = await until('the corrected run is committed', () => readRun(ledger, AREA, DAY, 1))
    await advanceTo(ledger, run.committedAt + CHALLENGE_WINDOW)
    await until('the run is paid', async () => (await readLastRun(ledger, AREA, DAY))?.isPaid)

    // 700 Wh more went to the supplier, at 0.08 EUR.
    const after = await balances()
    expect(after.map((balance, index) => balance - before[index]!)).toEqual(
      EVERYBODY.map((memberId) => (memberId === SELLER ? 56_000n : memberId === SUPPLIER ? -56_000n : 0n)),
    )
    const versionsOf = async (which: number) =>
      (await statementsOf(deliveryPeriod(FIRST_PERIOD + 1), which)).map(({ readingVersion }) => readingVersion)
    expect(await versionsOf(0)).toEqual(EVERYBODY.map(() => 0))
    expect(await versionsOf(1)).toEqual(EVERYBODY.map(() => 1))
  })
})

describe('the clock of the market operator', () => {
  test('runs the ledger’s time as fast as asked, and goes on from the latest block after a restart', async () => {
    const now = async () => (await readLatestBlock(neighbourhood.ledger)).timestamp
    const start = await now()
    startOperator({ COMMONWATT_SPEED: '60' })
    // Real time would need a minute for each step.
    await until('a minute of ledger time passes', async () => (await now()) >= start + 60)
    await operator?.kill('SIGKILL')
    const killedAt = await now()
    startOperator({ COMMONWATT_SPEED: '60' })
    const next = await until('time goes on', async () => {
      const time = await now()
      return time > killedAt + 5 && time
    })
    expect(next).toBeLessThan(killedAt + 900)
  })

  test('refuses to start where the ledger’s time cannot be set', async () => {
    const interceptor = await interceptLedger(neighbourhood.ledgerUrl, 18_420)
    interceptor.refuse('hardhat_metadata')
    const { child, lines } = startOperator({ COMMONWATT_SPEED: '60', COMMONWATT_LEDGER_URL: interceptor.url })
    await until('the operator ends', () => child.exitCode !== null)
    expect(child.exitCode).toBe(1)
    expect(lines.at(-1)).toMatchObject({ code: 'ledger-without-time-control' })
    expect(lines.at(-1)?.msg).toContain('--speed 1')
    await interceptor.stop()
  })
})
