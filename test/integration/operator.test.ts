import { connectAsync, type MqttClient } from 'mqtt'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { sendSetUpCalls } from '../../services/chain/set-up-transactions.ts'
import { readBalance } from '../../services/chain/members.ts'
import { readLatestBlock } from '../../services/chain/ledger-clock.ts'
import { isSettled, readSession } from '../../services/chain/sessions.ts'
import { deliveryPeriod, type DeliveryPeriod } from '../../services/domain/units.ts'
import { interceptLedger } from './operator-interceptor.ts'
import {
  AREA,
  commitReadings,
  DSO,
  FIRST_PERIOD,
  HOUSEHOLDS,
  placeOrder,
  QUANTITY_LIMIT,
  runServiceOf,
  startNeighbourhood,
  startPlatform,
  stepToEnd,
  stepToGateClosure,
  SUPPLIER,
  until,
  type Neighbourhood,
  type Platform,
  type RunningService,
} from './operator-neighbourhood.ts'

const OPERATOR = 'services/market-operator/main.ts'
const LAST_PERIOD = FIRST_PERIOD + 20
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
const balances = async () =>
  Promise.all([SUPPLIER, DSO, ...HOUSEHOLDS].map((memberId) => readBalance(neighbourhood.ledger, memberId)))
const statementsOf = (which: DeliveryPeriod) =>
  neighbourhood.store.client.statement.findMany({ where: { area: AREA, period: which }, orderBy: { position: 'asc' } })
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
  test('closes the gate, clears at the price that the orders give, and settles to the micro-euro', async () => {
    await placeOrder(neighbourhood, BUYER, period, 'bid', 1_000n, 300_000n)
    await placeOrder(neighbourhood, SELLER, period, 'offer', 600n, 80_000n)
    await placeOrder(neighbourhood, OTHER, period, 'offer', 600n, 80_000n)
    const before = await balances()
    startOperator()

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
    await until('the period is settled', () => isSettled(neighbourhood.ledger, AREA, period))

    const after = await balances()
    expect(sum(after)).toBe(sum(before))
    const statements = await statementsOf(period)
    expect(statements.map(({ memberId }) => memberId)).toEqual([SUPPLIER, DSO, ...HOUSEHOLDS])
    const paid = statements.map((row) => row.marketMicroEuro + row.imbalanceMicroEuro + row.gridTariffMicroEuro)
    expect(before.map((balance, index) => balance - after[index]!)).toEqual(paid)
    // 1,000 Wh at 0.08 EUR, 100 Wh at 0.30 EUR, 1,000 Wh at 0.02 EUR and 100 Wh at 0.06 EUR of transport.
    expect(paid[2]).toBe(80_000n + 30_000n + 20_000n + 6_000n)
    // OTHER sold 500 Wh but sent no reading: only its trade is paid.
    expect(statements[4]).toMatchObject({
      memberId: OTHER,
      importWh: null,
      exportWh: null,
      marketMicroEuro: -40_000n,
      imbalanceMicroEuro: 0n,
      tariffOnlyMicroEuro: null,
    })
  })

  test('closes and clears a session without orders as well', async () => {
    startOperator()
    await stepToGateClosure(neighbourhood, period)
    const session = await until('the session is cleared', () => isCleared(period))
    expect(session).toMatchObject({ orderCount: 0, price: null, volume: 0n })
  })

  test('leaves out, and says so, every order for whose sake the ledger would refuse the session', async () => {
    await placeOrder(neighbourhood, BUYER, period, 'bid', 500n, 300_000n)
    await placeOrder(neighbourhood, SELLER, period, 'offer', QUANTITY_LIMIT + 1n, 80_000n)
    await placeOrder(neighbourhood, OTHER, period, 'offer', 500n, 80_000n, neighbourhood.keys.dso)
    await placeOrder(neighbourhood, 999, period, 'offer', 500n, 80_000n, neighbourhood.keys.dso)
    await placeOrder(neighbourhood, IDLE, period, 'offer', 500n, 80_000n)
    const { ledger, keys } = neighbourhood
    const deactivate = ledger.contracts.memberRegistry.interface.encodeFunctionData('deactivateMember', [IDLE])
    await sendSetUpCalls(ledger.provider, keys.administrator, [
      { to: ledger.addresses.memberRegistry, data: deactivate },
    ])
    const { lines } = startOperator()

    await stepToGateClosure(neighbourhood, period)
    const session = await until('the session is cleared', () => isCleared(period))
    expect(session).toMatchObject({ orderCount: 1, price: null })
    const leftOut = lines.filter(({ msg }) => msg.startsWith('order left out'))
    expect(leftOut.map(({ memberId, code }) => ({ memberId, code }))).toEqual([
      { memberId: SELLER, code: 'order-over-limit' },
      { memberId: OTHER, code: 'order-signature-invalid' },
      { memberId: IDLE, code: 'order-member-inactive' },
      { memberId: 999, code: 'order-not-a-member' },
    ])
  })

  test('settles nothing on readings that are not those committed, and goes on once they are', async () => {
    startOperator()
    // Whatever is still unsettled of the sessions before comes first.
    for (let earlier: number = FIRST_PERIOD + 1; earlier < period; earlier += 1) {
      await stepToEnd(neighbourhood, deliveryPeriod(earlier))
      await commitReadings(neighbourhood, deliveryPeriod(earlier), [])
    }
    await stepToEnd(neighbourhood, period)
    await until('the earlier periods are settled', () =>
      isSettled(neighbourhood.ledger, AREA, deliveryPeriod(period - 1)),
    )
    await operator?.kill('SIGKILL')

    await commitReadings(neighbourhood, period, [{ memberId: BUYER, importWh: 100n, exportWh: 0n }])
    const { client } = neighbourhood.store
    await client.readingLeaf.updateMany({ where: { area: AREA, period }, data: { importEndWh: 1_050n } })
    startOperator()
    await until('the operator is degraded', () => presence.state === 'degraded' && presence)
    expect(presence.detail).toContain('readings-not-committed')
    expect(await isSettled(neighbourhood.ledger, AREA, period)).toBe(false)
    expect(await statementsOf(period)).toEqual([])

    await client.readingLeaf.updateMany({ where: { area: AREA, period }, data: { importEndWh: 1_100n } })
    await until('the period is settled', () => isSettled(neighbourhood.ledger, AREA, period))
    await until('the operator is well again', () => presence.state === 'up')
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
