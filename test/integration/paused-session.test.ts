import { id } from 'ethers'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { readBond } from '../../services/chain/accounts.ts'
import { advanceTo } from '../../services/chain/hardhat-time.ts'
import { readSession } from '../../services/chain/sessions.ts'
import { areKeysPublished } from '../../services/chain/trading-days.ts'
import { deliveryPeriod, endOf, startOf, type DeliveryPeriod } from '../../services/domain/units.ts'
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
import { createServiceRunner, placeBoth, sendTo, untilCleared } from './operator-sessions.ts'

const [BUYER, SELLER, , WITH_WALLET] = HOUSEHOLDS
const WHY = id('meters are read wrong')

let platform: Platform
let neighbourhood: Neighbourhood

const { start, killAll } = createServiceRunner(() => ({ platform, neighbourhood }))
const startOperator = () => start('market-operator')
const sessionOf = (period: DeliveryPeriod) => readSession(neighbourhood.ledger, AREA, period)
const guard = (name: string, ...parameters: readonly unknown[]) =>
  sendTo(neighbourhood, neighbourhood.keys.guardian, { contract: 'tradingPause', name, parameters })

beforeAll(async () => {
  platform = await startPlatform({ postgres: 18_610, broker: 18_611 })
  const lastPeriod = FIRST_PERIOD + 3
  neighbourhood = await startNeighbourhood(platform, { name: 'paused', ledgerPort: 18_612, lastPeriod })
})
afterEach(async () => {
  await killAll()
})
afterAll(async () => {
  await neighbourhood?.stop()
  await platform?.stop()
})

describe('a session whose gate closes in a pause', () => {
  test('is cleared without trade, what was accepted and committed before takes no part, and delivery is settled', async () => {
    const { ledger, wallet, store } = neighbourhood
    const operator = await startOperator()
    await start('indexer')
    await until('the keys are published', () => areKeysPublished(ledger, AREA, DAY))
    const bond = await readBond(ledger, AREA)
    await placeBoth(neighbourhood, FIRST_PERIOD)
    await placeOrder(neighbourhood, WITH_WALLET, FIRST_PERIOD, 'offer', 40n, 70_000n, { contract: wallet })
    await ledger.provider.send('evm_mine', [])
    await until('the order is committed', async () => (await sessionOf(FIRST_PERIOD)).commitmentCount === 1)

    await guard('pause', AREA, startOf(FIRST_PERIOD), WHY)
    await stepToGateClosure(neighbourhood, FIRST_PERIOD)
    expect(await untilCleared(neighbourhood, FIRST_PERIOD)).toMatchObject({
      isPaused: true,
      isReplaced: false,
      orderCount: 0,
      openedOrderCount: 0,
      volume: 0n,
    })
    expect(await readBond(ledger, AREA)).toBe(bond)
    expect(operator.lines.map(({ msg }) => msg)).toContain(
      `trading is paused in period ${FIRST_PERIOD}: its session has no orders`,
    )

    const projected = await until('the session is projected', () =>
      store.client.session.findFirst({ where: { period: FIRST_PERIOD, isCleared: true } }),
    )
    expect(projected).toMatchObject({ isPaused: true, orderCount: 0, ledgerOrderCount: 0, voidOrderCount: 0 })
    expect(await store.client.tradingPause.findMany()).toMatchObject([
      { area: AREA, act: 'paused', until: BigInt(startOf(FIRST_PERIOD)), reasonHash: WHY },
    ])

    await stepToEnd(neighbourhood, FIRST_PERIOD)
    await commitReadings(neighbourhood, FIRST_PERIOD, [
      { memberId: BUYER, importWh: 500n, exportWh: 0n },
      { memberId: SELLER, importWh: 0n, exportWh: 500n },
    ])
    const statements = await until('the statements are drawn up', async () => {
      const found = await store.client.statement.findMany({ where: { period: FIRST_PERIOD } })
      return found.length > 0 && found
    })
    // Everybody's energy goes to the supplier, at retail and feed-in: 500 Wh x 0.30 and 0.08 EUR/kWh.
    const imbalanceOf = (member: number) => statements.find(({ memberId }) => memberId === member)?.imbalanceMicroEuro
    expect([imbalanceOf(BUYER), imbalanceOf(SELLER)]).toEqual([150_000n, -40_000n])
  })

  test('is traded again where the pause ended before, with what is committed on the ledger then', async () => {
    const { ledger, wallet } = neighbourhood
    const period = deliveryPeriod(FIRST_PERIOD + 2)
    await guard('pause', 0, endOf(period), WHY)
    await startOperator()
    await placeBoth(neighbourhood, period)
    await placeOrder(neighbourhood, WITH_WALLET, period, 'offer', 40n, 70_000n, { contract: wallet })
    await ledger.provider.send('evm_mine', [])
    await untilCleared(neighbourhood, deliveryPeriod(period - 1))
    expect((await sessionOf(period)).commitmentCount).toBe(0)
    await guard('endPause', 0, WHY)
    await until('the order is committed', async () => (await sessionOf(period)).commitmentCount === 1)
    await stepToGateClosure(neighbourhood, period)
    expect(await untilCleared(neighbourhood, period)).toMatchObject({
      isPaused: false,
      orderCount: 2,
      openedOrderCount: 1,
      volume: 500n,
    })
  })

  test('costs no silent operator a fine, whoever closes its gate', async () => {
    const { ledger } = neighbourhood
    const period = deliveryPeriod(FIRST_PERIOD + 3)
    const bond = await readBond(ledger, AREA)
    await start('agent')
    await placeBoth(neighbourhood, period)
    await guard('pause', AREA, endOf(period), WHY)
    await advanceTo(ledger, startOf(period) - GATE_CLOSURE_LEAD + OPERATOR_DEADLINE)
    expect(await untilCleared(neighbourhood, period)).toMatchObject({ isPaused: true, isReplaced: false, volume: 0n })
    expect(await readBond(ledger, AREA)).toBe(bond)
  })
})
