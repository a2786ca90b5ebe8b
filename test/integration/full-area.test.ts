import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  deployContracts,
  fundAccounts,
  openArea,
  registerMembers,
  type Deployment,
  type MemberRegistration,
} from '../../services/chain/deploy.ts'
import { advanceTo } from '../../services/chain/hardhat-time.ts'
import { connectLedger, readContract, type Ledger } from '../../services/chain/ledger.ts'
import { readMembers } from '../../services/chain/members.ts'
import { hashOrders, orderDomain, packOrders, signOrder } from '../../services/chain/orders.ts'
import { sendSetUpCalls } from '../../services/chain/set-up-transactions.ts'
import { addressOfKey } from '../../services/chain/typed-data.ts'
import { clearingOf, sortOrders } from '../../services/domain/market/clearing.ts'
import { deliveryPeriod, endOf, energyWh, money, price, startOf } from '../../services/domain/units.ts'
import { AREA, FIRST_PERIOD, KEYS, startLedger, type RunningLedger } from './ledger-fixture.ts'

const HOUSEHOLDS = 1_000
const FIRST_HOUSEHOLD = 3
/** The most gas of one transaction (EIP-7825). */
const GAS_CAP = 16_777_216n
const SECOND_PERIOD = deliveryPeriod(FIRST_PERIOD + 1)

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
  await openArea(ledger, KEYS.administrator, AREA, {
    firstPeriod: FIRST_PERIOD,
    lastPeriod: SECOND_PERIOD,
    gateClosureLeadSeconds: 300,
    readingDeadlineSeconds: 300,
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
    })
  }
  await registerMembers(ledger, KEYS.administrator, AREA, registrations)
  await fundAccounts(
    ledger,
    { settlementBankKey: KEYS.settlementBank },
    registrations.map((_, index) => ({ memberId: index + 1, amount: money(1_000_000n) })),
  )
})

afterAll(async () => {
  ledger.close()
  await running.stop()
})

describe('a full area of 1,000 households', () => {
  test('is deployed, registered and funded, and says each step', async () => {
    expect(steps).toHaveLength(9)
    expect(await ledger.provider.send('eth_getBlockByHash', [deployment.deploymentHash, false])).not.toBeNull()
    const members = await readMembers(ledger, AREA)
    expect(members.map(({ memberId }) => memberId)).toEqual(members.map((_, index) => index + 1))
    expect(members).toHaveLength(HOUSEHOLDS + 2)
    expect(await balanceOf(1)).toBe(1_000_000n)
    expect(await balanceOf(HOUSEHOLDS + 2)).toBe(1_000_000n)
  })

  test('takes no household more', async () => {
    const household: MemberRegistration = {
      kind: 'household',
      account: addressOfKey(KEYS.dso),
      tradingKey: null,
      meterKey: null,
      quantityLimitWh: 1n,
      connectionPoint: `0x${'00'.repeat(32)}`,
    }
    await expect(registerMembers(ledger, KEYS.administrator, AREA, [household])).rejects.toMatchObject({
      code: 'member-registry-area-full',
    })
  })

  test('clears an order of every household, and then a bid and an offer of every household, in one transaction each', async () => {
    const one = await clear(FIRST_PERIOD, ['bid'])
    const both = await clear(SECOND_PERIOD, ['bid', 'offer'])
    expect(one).toBeLessThan(11_000_000n)
    expect(both).toBeLessThan(GAS_CAP)
  })

  test('settles a payment of every member in one transaction', async () => {
    await advanceTo(ledger, endOf(FIRST_PERIOD))
    const commitment = [`0x${'22'.repeat(32)}`, HOUSEHOLDS, 1n, 1n]
    await send(KEYS.gateway, 'meterReadings', 'commitReadings', [AREA, FIRST_PERIOD, commitment])

    const payments = Buffer.alloc((HOUSEHOLDS + 2) * 11)
    for (let memberId = 1; memberId <= HOUSEHOLDS + 2; memberId++) {
      payments.writeUIntBE(memberId, (memberId - 1) * 11, 3)
      payments.writeBigInt64BE(memberId % 2 === 0 ? 123_456n : -123_456n, (memberId - 1) * 11 + 3)
    }
    const gas = await send(KEYS.marketOperator, 'settlement', 'settle', [
      AREA,
      FIRST_PERIOD,
      `0x${'33'.repeat(32)}`,
      payments,
    ])
    expect(gas).toBeLessThan(11_000_000n)
    expect(await balanceOf(FIRST_HOUSEHOLD)).toBe(1_123_456n)
    expect(await balanceOf(FIRST_HOUSEHOLD + 1)).toBe(876_544n)
  })
})

/** Closes the gate on orders of every household on these sides, with as few zero bytes as can be, and clears them. */
async function clear(period: typeof FIRST_PERIOD, sides: readonly ('bid' | 'offer')[]): Promise<bigint> {
  const domain = orderDomain(ledger)
  const orders = sortOrders(
    Array.from({ length: HOUSEHOLDS }, (_, index) => FIRST_HOUSEHOLD + index).flatMap((memberId) =>
      sides.map((side) => {
        const order = {
          area: AREA,
          memberId,
          deliveryPeriod: period,
          side: sides.length === 1 && memberId % 2 === 0 ? ('offer' as const) : side,
          quantity: energyWh(0x01_01_01_01n + BigInt(memberId)),
          limitPrice: price(200_100n + BigInt(memberId % 7) * 100n),
          salt: 0x1111_1111_1111_1111n + BigInt(memberId),
        }
        return { ...order, signature: signOrder(domain, order, tradingKeyOf(memberId)) }
      }),
    ),
  )
  const packed = packOrders(orders)
  const { claim, volume } = clearingOf(orders)
  await advanceTo(ledger, startOf(period) - 300)
  await send(KEYS.marketOperator, 'callAuction', 'closeGate', [AREA, period, orders.length, hashOrders(packed)])
  const gas = await send(KEYS.marketOperator, 'callAuction', 'clear', [AREA, period, claim, packed])

  const answer = await readContract(ledger, 'callAuction', 'sessionOf', AREA, period)
  const session = answer[0] as { price: bigint; volume: bigint }
  expect(session.price).toBe(claim.price)
  expect(session.volume).toBe(volume)
  expect(volume).toBeGreaterThan(0n)
  return gas
}

async function send(
  privateKey: string,
  contract: 'callAuction' | 'meterReadings' | 'settlement',
  name: string,
  parameters: readonly unknown[],
): Promise<bigint> {
  const data = ledger.contracts[contract].interface.encodeFunctionData(name, parameters)
  const [receipt] = await sendSetUpCalls(ledger.provider, privateKey, [{ to: ledger.addresses[contract], data }])
  return receipt!.gasUsed
}

async function balanceOf(memberId: number): Promise<bigint> {
  const [balance] = await readContract(ledger, 'accounts', 'balanceOf', memberId)
  return balance as bigint
}
