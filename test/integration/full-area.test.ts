import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { claimArgument } from '../../services/chain/clearing-claims.ts'
import { readCommittedOrders } from '../../services/chain/committed-orders.ts'
import {
  deployContracts,
  endowArea,
  fundAccounts,
  openArea,
  registerMembers,
  type Deployment,
  type MemberRegistration,
} from '../../services/chain/deploy.ts'
import { readFills } from '../../services/chain/fills.ts'
import { advanceTo } from '../../services/chain/hardhat-time.ts'
import { readLatestBlock } from '../../services/chain/ledger-clock.ts'
import { CONTRACT_NAMES, connectLedger, type ContractName, type Ledger } from '../../services/chain/ledger.ts'
import { readBalance, readMembers } from '../../services/chain/members.ts'
import { orderDomain, signOrder } from '../../services/chain/orders.ts'
import {
  chunksOfOrders,
  hashOrders,
  MOST_ORDERS_PER_CHUNK,
  PACKED_ORDER_BYTES,
  packOrders,
} from '../../services/chain/packed-orders.ts'
import { readSession } from '../../services/chain/sessions.ts'
import { sendSetUpCalls } from '../../services/chain/set-up-transactions.ts'
import { areKeysPublished, readTradingKeys } from '../../services/chain/trading-days.ts'
import { addressOfKey } from '../../services/chain/typed-data.ts'
import { clearingOf, sortOrders } from '../../services/domain/market/clearing.ts'
import { encodePayments } from '../../services/domain/settlement/payment.ts'
import {
  deliveryPeriod,
  endOf,
  endOfDay,
  energyWh,
  money,
  price,
  startOf,
  tradingDayOf,
  type DeliveryPeriod,
} from '../../services/domain/units.ts'
import {
  AREA,
  CALENDAR,
  commitStatementsCall,
  FIRST_PERIOD,
  KEYS,
  startLedger,
  type RunningLedger,
} from './ledger-fixture.ts'

const HOUSEHOLDS = 1_000
const FIRST_HOUSEHOLD = 3
const DEPOSIT = money(10_000_000_000_000n)
const MEMBERS_PER_PAGE = 300
const DAY = tradingDayOf(FIRST_PERIOD)
/** The most gas of one transaction (EIP-7825). */
const GAS_CAP = 16_777_216n
const SECOND_PERIOD = deliveryPeriod(FIRST_PERIOD + 1)
const THIRD_PERIOD = deliveryPeriod(FIRST_PERIOD + 2)

const tradingKeyOf = (memberId: number) => `0x${(0xabcdef00 + memberId).toString(16).padStart(64, '7')}`

/** Set up once, since it takes a second and none of the tests disturbs another. */
let running: RunningLedger
let deployment: Deployment
let ledger: Ledger
const steps: string[] = []

beforeAll(async () => {
  running = await startLedger(18_110)
  deployment = await deployContracts({ url: running.url, keys: KEYS }, (step) => steps.push(step))
  ledger = await connectLedger({ url: running.url, addresses: deployment.addresses })
  await openArea(ledger, KEYS, AREA, {
    ...CALENDAR,
    firstPeriod: FIRST_PERIOD,
    lastPeriod: THIRD_PERIOD,
  })
  const institution = { tradingKey: null, meterKey: null, quantityLimitWh: 0n, connectionPoint: `0x${'00'.repeat(32)}` }
  const registrations: MemberRegistration[] = [
    { ...institution, kind: 'supplier', account: addressOfKey(KEYS.supplier) },
    { ...institution, kind: 'dso', account: addressOfKey(KEYS.dso) },
  ]
  for (let memberId = FIRST_HOUSEHOLD; memberId < FIRST_HOUSEHOLD + HOUSEHOLDS; memberId++) {
    const tradingKey = addressOfKey(tradingKeyOf(memberId))
    registrations.push({
      ...institution,
      kind: 'household',
      account: tradingKey,
      tradingKey,
      quantityLimitWh: 1_000_000_000n,
      connectionPoint: `0x${tradingKey.slice(2).padStart(64, '0')}`,
    })
  }
  await registerMembers(ledger, KEYS, AREA, registrations)
  const bank = { settlementBankKey: KEYS.settlementBank }
  const deposits = registrations.map((_, index) => ({ memberId: index + 1, amount: DEPOSIT }))
  await fundAccounts(ledger, bank, deposits)
  await endowArea(ledger, bank, AREA, { bond: money(1_000_000_000n), fund: money(0n) })
})

afterAll(async () => {
  ledger.close()
  await running.stop()
})

describe('a full area of 1,000 households', () => {
  test('is deployed, registered and funded, and says each step', async () => {
    expect(steps).toHaveLength(CONTRACT_NAMES.length + 2)
    expect(await ledger.provider.send('eth_getBlockByHash', [deployment.deploymentHash, false])).not.toBeNull()
    const members = await readMembers(ledger, AREA)
    expect(members.map(({ memberId }) => memberId)).toEqual(members.map((_, index) => index + 1))
    expect(members).toHaveLength(HOUSEHOLDS + 2)
    expect(await readBalance(ledger, 1)).toBe(DEPOSIT)
    expect(await readBalance(ledger, HOUSEHOLDS + 2)).toBe(DEPOSIT)
  })

  test('takes no household more', async () => {
    const household: MemberRegistration = {
      kind: 'household',
      account: addressOfKey(KEYS.dso),
      tradingKey: null,
      meterKey: null,
      quantityLimitWh: 1n,
      connectionPoint: `0x${'01'.repeat(32)}`,
    }
    await expect(registerMembers(ledger, KEYS, AREA, [household])).rejects.toMatchObject({
      code: 'member-registry-area-full',
    })
  })

  test('publishes the trading keys of a day in pages, each in one transaction', async () => {
    const gas: bigint[] = []
    while (!(await areKeysPublished(ledger, AREA, DAY))) {
      gas.push(await send(KEYS.gateway, 'tradingDays', 'publishKeys', [AREA, DAY, MEMBERS_PER_PAGE]))
    }
    expect(gas).toHaveLength(Math.ceil((HOUSEHOLDS + 2) / MEMBERS_PER_PAGE))
    expect(gas.every((used) => used < GAS_CAP)).toBe(true)
    const keys = await readTradingKeys(ledger, AREA, DAY)
    expect(keys.map(({ trader }) => trader)).toEqual(
      Array.from({ length: HOUSEHOLDS }, (_, index) => FIRST_HOUSEHOLD + index),
    )
    expect(keys.every(({ allowance }) => allowance === DEPOSIT / 4n / 96n)).toBe(true)
  })

  test('clears an order of every household in one transaction, and a bid and an offer of each in two', async () => {
    const one = await clear(FIRST_PERIOD, ['bid'])
    const both = await clear(SECOND_PERIOD, ['bid', 'offer'])
    expect(one).toHaveLength(1)
    expect(both).toHaveLength(2)
    for (const gas of [...one, ...both]) expect(gas).toBeLessThan(8_000_000n)
  })

  test('clears them in chunks of 500 as well, which readers find as they were committed', async () => {
    const gas = await clear(THIRD_PERIOD, ['bid', 'offer'], 500)
    expect(gas).toHaveLength(4)
    const chunks = await readCommittedOrders(ledger, AREA, THIRD_PERIOD)
    expect(chunks.map((chunk) => (chunk.length - 2) / 2 / PACKED_ORDER_BYTES)).toEqual([500, 500, 500, 500])
  })

  test('settles a day of every member in two transactions', async () => {
    await advanceTo(ledger, endOf(THIRD_PERIOD))
    const commitment = [`0x${'22'.repeat(32)}`, HOUSEHOLDS, 1n, 1n]
    for (const period of [FIRST_PERIOD, SECOND_PERIOD, THIRD_PERIOD]) {
      await send(KEYS.meteringOperator, 'meterReadings', 'commitReadings', [AREA, period, commitment])
    }
    await advanceTo(ledger, endOfDay(DAY))
    const payments = Array.from({ length: HOUSEHOLDS + 2 }, (_, index) => ({
      memberId: index + 1,
      amount: money(index % 2 === 0 ? -123_456n : 123_456n),
    }))
    const { arguments: statements } = commitStatementsCall(DAY, 0, payments, endOfDay(DAY))
    await send(KEYS.marketOperator, 'settlement', 'commitStatements', statements)
    const { timestamp } = await readLatestBlock(ledger)
    await advanceTo(ledger, timestamp + CALENDAR.challengeWindowSeconds)
    const gas = await send(KEYS.gateway, 'settlement', 'payRun', [AREA, DAY, 0, encodePayments(payments)])
    expect(gas).toBeLessThan(12_000n * BigInt(HOUSEHOLDS))
    expect(await readBalance(ledger, FIRST_HOUSEHOLD)).toBe(DEPOSIT + 123_456n)
    expect(await readBalance(ledger, FIRST_HOUSEHOLD + 1)).toBe(DEPOSIT - 123_456n)
  })
})

/**
 * Closes the gate on orders of every household on these sides, with as few zero bytes as can be, and clears them;
 * resolves to the gas of each chunk.
 */
async function clear(
  period: DeliveryPeriod,
  sides: readonly ('bid' | 'offer')[],
  ordersPerChunk = MOST_ORDERS_PER_CHUNK,
): Promise<bigint[]> {
  const domain = orderDomain(ledger)
  const orders = sortOrders(
    Array.from({ length: HOUSEHOLDS }, (_, index) => FIRST_HOUSEHOLD + index).flatMap((memberId) =>
      sides.map((side) => {
        const order = {
          area: AREA,
          trader: memberId,
          deliveryPeriod: period,
          side: sides.length === 1 && memberId % 2 === 0 ? ('offer' as const) : side,
          quantity: energyWh(0x01_01_01_01n + BigInt(memberId)),
          limitPrice: price(200_100n + BigInt(memberId % 7) * 100n),
          expiry: startOf(period),
          salt: 0x1111_1111_1111_1111n + BigInt(memberId),
        }
        return { ...order, signature: signOrder(domain, order, tradingKeyOf(memberId)) }
      }),
    ),
  )
  const gateClosure = startOf(period) - CALENDAR.gateClosureLeadSeconds
  const keyed = orders.map((order) => ({ order, entry: { index: order.trader - FIRST_HOUSEHOLD } }))
  const packed = packOrders(keyed, gateClosure)
  const { claim, volume, fills } = clearingOf(orders)
  await advanceTo(ledger, gateClosure)
  const hash = hashOrders(packed, ordersPerChunk)
  await send(KEYS.marketOperator, 'callAuction', 'closeGate', [AREA, period, orders.length, hash])
  const gas: bigint[] = []
  for (const chunk of chunksOfOrders(packed, ordersPerChunk)) {
    gas.push(await send(KEYS.marketOperator, 'callAuction', 'clear', [AREA, period, claimArgument(claim), chunk, '0x']))
  }

  expect(await readSession(ledger, AREA, period)).toMatchObject({ state: 'cleared', price: claim.price, volume })
  expect(volume).toBeGreaterThan(0n)
  const filled = orders.flatMap(({ trader, side }, position) =>
    fills[position] === 0n ? [] : [{ trader, side, filled: fills[position] }],
  )
  expect(await readFills(ledger, AREA, period)).toEqual(filled)
  return gas
}

async function send(
  privateKey: string,
  contract: ContractName,
  name: string,
  parameters: readonly unknown[],
): Promise<bigint> {
  const data = ledger.contracts[contract].interface.encodeFunctionData(name, parameters)
  const [receipt] = await sendSetUpCalls(ledger.provider, privateKey, [{ to: ledger.addresses[contract], data }])
  return receipt!.gasUsed
}
