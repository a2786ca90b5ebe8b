import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { readBond, readFund } from '../../services/chain/accounts.ts'
import { advanceTo } from '../../services/chain/hardhat-time.ts'
import { readSession } from '../../services/chain/sessions.ts'
import { areKeysPublished } from '../../services/chain/trading-days.ts'
import { deliveryPeriod, startOf, type DeliveryPeriod } from '../../services/domain/units.ts'
import {
  AREA,
  commitReadings,
  DAY,
  FIRST_PERIOD,
  GATE_CLOSURE_LEAD,
  HOUSEHOLDS,
  OPERATOR_DEADLINE,
  placeOrder,
  startNeighbourhood,
  startPlatform,
  stepToEnd,
  stepToGateClosure,
  until,
  type Neighbourhood,
  type Platform,
} from './operator-neighbourhood.ts'
import { createServiceRunner, placeBoth, untilCleared } from './operator-sessions.ts'

const FINE = 100_000_000n
const [BUYER, , , WITH_WALLET] = HOUSEHOLDS

let platform: Platform
let neighbourhood: Neighbourhood
let period: DeliveryPeriod = FIRST_PERIOD

const { start, killAll } = createServiceRunner(() => ({ platform, neighbourhood }))
const startOperator = () => start('market-operator')
const startAgent = () => start('agent')
const sessionOf = (which: DeliveryPeriod) => readSession(neighbourhood.ledger, AREA, which)
const fundAndBond = () => Promise.all([readFund(neighbourhood.ledger, AREA), readBond(neighbourhood.ledger, AREA)])
const stepToDeadline = (which: DeliveryPeriod) =>
  advanceTo(neighbourhood.ledger, startOf(which) - GATE_CLOSURE_LEAD + OPERATOR_DEADLINE)

beforeAll(async () => {
  platform = await startPlatform({ postgres: 18_450, broker: 18_451 })
  const lastPeriod = FIRST_PERIOD + 5
  neighbourhood = await startNeighbourhood(platform, { name: 'replacement', ledgerPort: 18_452, lastPeriod })
})
afterEach(async () => {
  await killAll()
  period = deliveryPeriod(period + 1)
})
afterAll(async () => {
  await neighbourhood?.stop()
  await platform?.stop()
})

describe('an operator that stays silent', () => {
  test('is replaced by the agent of a member with an order, and the market goes on when it is back', async () => {
    const operator = await startOperator()
    await until('the keys are published', () => areKeysPublished(neighbourhood.ledger, AREA, DAY))
    await operator.kill('SIGKILL')
    const agent = await startAgent()
    const [fund, bond] = await fundAndBond()

    await placeBoth(neighbourhood, period)
    await stepToDeadline(period)
    expect(await untilCleared(neighbourhood, period)).toMatchObject({ isReplaced: true, orderCount: 0, volume: 0n })
    expect(await fundAndBond()).toEqual([fund + FINE, bond - FINE])
    expect(agent.lines.filter(({ memberId }) => memberId !== undefined).map(({ msg }) => msg)).toEqual([
      `member ${BUYER} replaced the silent operator in period ${period}`,
      `member ${BUYER} cleared period ${period} without the operator`,
    ])

    await startOperator()
    const next = deliveryPeriod(period + 1)
    await placeBoth(neighbourhood, next)
    await stepToGateClosure(neighbourhood, next)
    expect(await untilCleared(neighbourhood, next)).toMatchObject({ isReplaced: false, orderCount: 2, volume: 500n })
    await stepToEnd(neighbourhood, period)
    await commitReadings(neighbourhood, period, [{ memberId: BUYER, importWh: 500n, exportWh: 0n }])
    await until('the statements of the replaced session are drawn up', () =>
      neighbourhood.store.client.statement.findFirst({ where: { period, memberId: BUYER } }),
    )
    period = next
  })

  test('is let alone where no member of the agent has an order, and as long as its deadline is not over', async () => {
    const agent = await startAgent()
    const other = deliveryPeriod(period + 1)
    await placeBoth(neighbourhood, other)
    // The first session is without orders, and overdue longer than the agent's patience lasts.
    await stepToDeadline(period)
    await advanceTo(neighbourhood.ledger, startOf(other) - GATE_CLOSURE_LEAD + OPERATOR_DEADLINE - 10)
    await new Promise((resolve) => setTimeout(resolve, 12_000))
    expect(await Promise.all([sessionOf(period), sessionOf(other)])).toMatchObject([
      { state: 'open' },
      { state: 'open' },
    ])
    expect(agent.lines.filter(({ level }) => level >= 40)).toEqual([])

    await startOperator()
    expect(await untilCleared(neighbourhood, other)).toMatchObject({ isReplaced: false, volume: 500n })
    await untilCleared(neighbourhood, period)
    period = other
  })

  test('has what it committed for a member opened when it is back, in a session that it lost', async () => {
    const operator = await startOperator()
    const agent = await startAgent()
    await placeBoth(neighbourhood, period)
    const { wallet, ledger } = neighbourhood
    await placeOrder(neighbourhood, WITH_WALLET, period, 'offer', 40n, 70_000n, { contract: wallet })
    await ledger.provider.send('evm_mine', [])
    await until('the order is committed', async () => (await sessionOf(period)).commitmentCount === 1)
    await operator.kill('SIGKILL')
    await stepToDeadline(period)
    await until('the operator is replaced', async () => (await sessionOf(period)).isReplaced)
    // Committed orders may still be opened: the agent waits for that.
    await startOperator()
    expect(await untilCleared(neighbourhood, period)).toMatchObject({
      openingCount: 1,
      openedOrderCount: 1,
      orderCount: 0,
      volume: 0n,
    })
    expect(agent.lines.filter(({ level }) => level >= 50)).toEqual([])
  })
})
