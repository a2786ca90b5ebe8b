import { keccak256, Wallet } from 'ethers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { order as shownOrder, placedOrder } from '../../services/api/schemas/orders.ts'
import { relayedTransaction } from '../../services/api/schemas/relay.ts'
import { callEvidence, dayStatementList } from '../../services/api/schemas/statements.ts'
import { readContract } from '../../services/chain/ledger.ts'
import { readCorrections, readRun } from '../../services/chain/settlement-runs.ts'
import { readBalance } from '../../services/chain/members.ts'
import { addressOfKey } from '../../services/chain/typed-data.ts'
import {
  deliveryPeriod,
  energyWh,
  money,
  price,
  startOf,
  startOfDay,
  tradingDayOf,
} from '../../services/domain/units.ts'
import { bodyOf, postTo, problemOf } from './api-answers.ts'
import { clearSession, settleWrongly } from './api-dishonest-operator.ts'
import { ALLOWANCE, AREA, CALENDAR, deactivateMember, DEPOSIT, FIRST_PERIOD, type ApiHousehold } from './api-market.ts'
import { signInAsReaderOfAll, type Browser } from './api-signed-in.ts'
import { hashOf, signedOrder, startApiWorld, type ApiWorld } from './api-world.ts'

// One story, told in sequence: an operator that leaves an order out and charges too much, and members that prove it.
const PERIOD = FIRST_PERIOD
const QUIET_PERIOD = deliveryPeriod(FIRST_PERIOD + 1)
const DAY = tradingDayOf(FIRST_PERIOD)
const STAKE = 10_000_000n
const LEFT_OUT_REWARD = 100_000_000n
const LINE_REWARD = 10_000_000n
const OVERCHARGE = 5_000n
const SURCHARGE = 7_000n

let world: ApiWorld
let [buyer, seller, leftOut, deactivated] = [] as unknown as [ApiHousehold, ApiHousehold, ApiHousehold, ApiHousehold]
const digests: string[] = []

let reader: Browser
const get = (address: string) => reader.get(address)
const relay = (rawTransaction: unknown) => postTo(`${world.address}/api/ledger/transactions`, { rawTransaction })
const balanceOf = ({ memberId }: ApiHousehold) => readBalance(world.ledger, memberId)
const stateOf = async (digest: string) => (await bodyOf(await get(`/api/orders/${digest}`), shownOrder)).state
const wholeChallengeOf = ({ memberId }: ApiHousehold) =>
  get(`/api/households/${memberId}/statements/${DAY}/0/challenge`)
const challengeOf = ({ memberId }: ApiHousehold, period: number) =>
  get(`/api/households/${memberId}/statements/${DAY}/0/challenge/${period}`)

/** A transaction as a member's wallet signs it. */
async function signed(key: string, to: string, data: string, change: object = {}): Promise<string> {
  const nonce = Number(await world.ledger.provider.send('eth_getTransactionCount', [addressOfKey(key), 'latest']))
  const fees = { type: 2, maxFeePerGas: 0n, maxPriorityFeePerGas: 0n }
  const transaction = { to, data, nonce, chainId: world.ledger.chainId, gasLimit: 16_000_000n, ...fees, ...change }
  return new Wallet(key).signTransaction(transaction)
}

/** Gets the evidence, signs its call and hands it to the ledger. */
async function sendEvidence(response: Response, key: string): Promise<void> {
  const { contract, calldata, callers } = await bodyOf(response, callEvidence)
  expect(callers).toContain(addressOfKey(key))
  const relayed = await relay(await signed(key, contract, calldata))
  const { hash } = await bodyOf(relayed, relayedTransaction)
  expect([relayed.status, relayed.headers.get('location')]).toEqual([202, `/api/ledger/transactions/${hash}`])
  const receipt = (await world.ledger.provider.send('eth_getTransactionReceipt', [hash])) as { status: string }
  expect(receipt.status).toBe('0x1')
}

beforeAll(async () => {
  const calendar = { ...CALENDAR, lastPeriod: QUIET_PERIOD }
  world = await startApiWorld({ port: 18_560, households: 5, calendar })
  reader = await signInAsReaderOfAll(world)
  ;[buyer, seller, leftOut, deactivated] = world.households as [ApiHousehold, ApiHousehold, ApiHousehold, ApiHousehold]
  const wishes = [
    [buyer, { quantity: energyWh(1_000n) }],
    [seller, { quantity: energyWh(1_000n), side: 'offer' }],
    [leftOut, { quantity: energyWh(500n), limitPrice: price(250_000n) }],
    [deactivated, {}],
  ] as const
  for (const [household, change] of wishes) {
    const response = await postTo(`${world.address}/api/orders`, signedOrder(world, household, change))
    digests.push((await bodyOf(response, placedOrder)).digest)
  }
})

afterAll(async () => {
  await world.stopApi()
  await world.stop()
})

describe('an order with a receipt that is left out', () => {
  test('cannot be proved before its session is cleared', async () => {
    expect(await problemOf(await get(`/api/orders/${digests[2]}/left-out-proof`))).toMatchObject({
      status: 409,
      code: 'evidence-incomplete',
    })
  })

  test('is said to be left out, but not one that took part or was void', async () => {
    await deactivateMember(world.ledger, deactivated)
    await world.advanceTo(startOf(PERIOD) - CALENDAR.gateClosureLeadSeconds)
    await clearSession(world, PERIOD, [digests[0]!, digests[1]!])
    expect(await Promise.all(digests.map(stateOf))).toEqual(['filled', 'filled', 'left-out', 'void'])
    for (const digest of [digests[0], digests[3]]) {
      expect(await problemOf(await get(`/api/orders/${digest}/left-out-proof`))).toMatchObject({
        status: 409,
        code: 'order-not-left-out',
      })
    }
  })

  test("is proved on the ledger by its member, which the operator's bond pays", async () => {
    await sendEvidence(await get(`/api/orders/${digests[2]}/left-out-proof`), leftOut.accountKey)
    const [isLeftOut] = await readContract(world.ledger, 'orderReceipts', 'isLeftOut', digests[2])
    expect(isLeftOut).toBe(true)
    expect(await balanceOf(leftOut)).toBe(DEPOSIT + LEFT_OUT_REWARD)
  })

  test('is proved once', async () => {
    const { contract, calldata } = await bodyOf(await get(`/api/orders/${digests[2]}/left-out-proof`), callEvidence)
    const refusal = await problemOf(await relay(await signed(leftOut.accountKey, contract, calldata)))
    expect(refusal).toMatchObject({ status: 422, code: 'order-receipts-already-proven' })
  })
})

describe('a statement that charges too much', () => {
  test('can be challenged once it is committed', async () => {
    await world.advanceTo(startOf(QUIET_PERIOD) - CALENDAR.gateClosureLeadSeconds)
    await clearSession(world, QUIET_PERIOD, [])
    await world.advanceTo(startOfDay(DAY) + 86_400)
    await settleWrongly(world, {
      periods: [PERIOD, QUIET_PERIOD],
      buyer,
      seller,
      overcharge: money(OVERCHARGE),
      surcharge: money(SURCHARGE),
    })
    const list = await bodyOf(
      await get(`/api/households/${buyer.memberId}/statements?from=${DAY}&to=${DAY}`),
      dayStatementList,
    )
    expect(list.items).toMatchObject([{ state: 'committed', isChallengeable: true, periodCount: 2 }])
  })

  test('is corrected by the ledger, and whoever proves it is paid', async () => {
    const before = await balanceOf(buyer)
    await sendEvidence(await challengeOf(buyer, PERIOD), buyer.tradingKey)
    const [delta] = await readContract(world.ledger, 'challenges', 'correctionOf', AREA, DAY, 0, buyer.memberId)
    expect(delta).toBe(-OVERCHARGE)
    expect(await balanceOf(buyer)).toBe(before + OVERCHARGE + LINE_REWARD)
  })

  test('where it is right after all, costs whoever challenges it the stake', async () => {
    const before = await balanceOf(seller)
    await sendEvidence(await challengeOf(seller, QUIET_PERIOD), seller.accountKey)
    expect(await balanceOf(seller)).toBe(before - STAKE)
  })

  test('that its periods do not come to is corrected as a whole, with all that the ledger holds of the run', async () => {
    const before = await balanceOf(seller)
    const evidence = await bodyOf(await wholeChallengeOf(seller), callEvidence)
    expect(evidence).toMatchObject({
      function: 'challengeStatement',
      arguments: { challenger: String(seller.memberId) },
    })
    const run = (await readRun(world.ledger, AREA, DAY, 0))!
    const [payments] = evidence.arguments.payments as [string]
    expect(keccak256(payments)).toBe(run.paymentsHash)
    await sendEvidence(await wholeChallengeOf(seller), seller.accountKey)
    expect(await readCorrections(world.ledger, AREA, DAY, 0, [seller.memberId])).toEqual([-SURCHARGE])
    expect(await balanceOf(seller)).toBe(before + SURCHARGE + LINE_REWARD)
  })

  test('that follows from its periods costs whoever challenges it as a whole the stake', async () => {
    const before = await balanceOf(buyer)
    await sendEvidence(await wholeChallengeOf(buyer), buyer.tradingKey)
    expect(await balanceOf(buyer)).toBe(before - STAKE)
  })

  test('has no other periods, and nobody else has a statement', async () => {
    expect(await problemOf(await challengeOf(buyer, QUIET_PERIOD + 1))).toMatchObject({
      status: 404,
      code: 'period-statement-unknown',
    })
    for (const response of [challengeOf(leftOut, PERIOD), wholeChallengeOf(leftOut)]) {
      expect(await problemOf(await response)).toMatchObject({ code: 'statement-unknown' })
    }
  })

  test('is not proved with data that are not those of the ledger', async () => {
    const where = { memberId: seller.memberId, period: PERIOD }
    await world.store.client.statement.updateMany({ where, data: { soldWh: 999n } })
    for (const response of [challengeOf(seller, PERIOD), wholeChallengeOf(seller)]) {
      expect(await problemOf(await response)).toMatchObject({ status: 409, code: 'evidence-incomplete' })
    }
    await world.store.client.statement.updateMany({ where, data: { soldWh: 1_000n } })
    // A root in the projection that is not the ledger's own is believed as little as a statement under it.
    const run = await world.store.client.settlementRun.findFirstOrThrow()
    const own = { where: { area: AREA, day: DAY, run: 0, memberId: buyer.memberId } }
    const leaf = await world.store.client.dayStatement.findFirstOrThrow(own)
    await world.store.client.dayStatement.updateMany({ ...own, data: { chargesMicroEuro: 1n } })
    await world.store.client.settlementRun.updateMany({ data: { root: hashOf(9) } })
    expect(await problemOf(await wholeChallengeOf(seller))).toMatchObject({ code: 'evidence-incomplete' })
    await world.store.client.dayStatement.updateMany({ ...own, data: { chargesMicroEuro: leaf.chargesMicroEuro } })
    await world.store.client.settlementRun.updateMany({ data: { root: run.root } })
  })

  test('is not proved with a reading that is not that of the ledger', async () => {
    const where = { memberId: seller.memberId, period: QUIET_PERIOD }
    await world.store.client.readingLeaf.updateMany({ where, data: { exportEndWh: 9n } })
    expect(await problemOf(await challengeOf(seller, QUIET_PERIOD))).toMatchObject({ code: 'evidence-incomplete' })
    await world.store.client.readingLeaf.updateMany({ where, data: { exportEndWh: 0n } })
  })

  test('is refused in words once the window is over, and nothing is sent', async () => {
    await world.advanceTo(startOfDay(DAY) + 86_400 + CALENDAR.challengeWindowSeconds + 100)
    const { contract, calldata } = await bodyOf(await challengeOf(seller, PERIOD), callEvidence)
    const { committedAt } = await world.store.client.settlementRun.findFirstOrThrow()
    const refusal = await problemOf(await relay(await signed(seller.accountKey, contract, calldata)))
    expect(refusal).toMatchObject({ status: 422, code: 'challenges-window-over', title: 'The ledger would refuse it' })
    expect(refusal.detail).toContain(String(committedAt + CALENDAR.challengeWindowSeconds))
  })
})

describe('a transaction', () => {
  const withdrawal = (amount: bigint) =>
    world.ledger.contracts.accounts.interface.encodeFunctionData('withdraw', [seller.memberId, amount])
  const sent = (amount = 1n, change: object = {}) =>
    signed(seller.accountKey, world.ledger.addresses.accounts, withdrawal(amount), change)

  test('is relayed once, however often it is sent', async () => {
    const before = await balanceOf(seller)
    const raw = await sent(7n)
    const hashes = [await relay(raw), await relay(raw)].map(async (response) => {
      expect(response.status).toBe(202)
      return (await bodyOf(response, relayedTransaction)).hash
    })
    expect(new Set(await Promise.all(hashes)).size).toBe(1)
    expect(await balanceOf(seller)).toBe(before - 7n)
  })

  test("that a contract would refuse is not sent, and its sender hears the contract's reason", async () => {
    const block: unknown = await world.ledger.provider.send('eth_blockNumber', [])
    const refusal = await problemOf(await relay(await sent((await balanceOf(seller)) - 96n * ALLOWANCE + 1n)))
    expect(refusal).toMatchObject({ status: 422, code: 'accounts-locked' })
    expect(refusal.detail.length).toBeGreaterThan(20)
    const foreign = signed(buyer.accountKey, world.ledger.addresses.accounts, withdrawal(1n))
    expect(await problemOf(await relay(await foreign))).toMatchObject({ status: 422, code: 'accounts-not-the-owner' })
    expect(await world.ledger.provider.send('eth_blockNumber', [])).toBe(block)
  })

  test('is refused where it is not for us, not for this ledger, or no such transaction at all', async () => {
    const [good, stranger] = [await sent(), `0x${'77'.repeat(20)}`]
    const cases: readonly [unknown, number, string][] = [
      [await signed(seller.accountKey, stranger, '0x'), 422, 'transaction-not-for-us'],
      [await sent(1n, { to: null, data: '0x00' }), 422, 'transaction-not-for-us'],
      [await sent(1n, { chainId: 1n }), 422, 'transaction-for-another-ledger'],
      [await legacy(), 422, 'transaction-for-another-ledger'],
      [await sent(1n, { nonce: 0 }), 409, 'transaction-not-taken'],
      [good.slice(0, -2), 400, 'transaction-malformed'],
      [`0x03${good.slice(4)}`, 400, 'transaction-malformed'],
      ['0x', 400, 'transaction-malformed'],
      ['0xzz', 400, 'transaction-malformed'],
      [17, 400, 'transaction-malformed'],
      [`0x${'00'.repeat(128 * 1_024 + 1)}`, 400, 'transaction-malformed'],
    ]
    for (const [raw, status, code] of cases) {
      expect(await problemOf(await relay(raw)), String(raw).slice(0, 20)).toMatchObject({ status, code })
    }
    expect(await problemOf(await relay(`0x${'00'.repeat(140 * 1_024)}`))).toMatchObject({ code: 'body-too-large' })
  })

  /** Without a chain id, so that anybody could send it to any ledger. */
  async function legacy(): Promise<string> {
    const nonce = Number(
      await world.ledger.provider.send('eth_getTransactionCount', [addressOfKey(seller.accountKey), 'latest']),
    )
    const to = world.ledger.addresses.accounts
    return new Wallet(seller.accountKey).signTransaction({
      type: 0,
      to,
      data: withdrawal(1n),
      nonce,
      gasLimit: 1_000_000n,
      gasPrice: 0n,
    })
  }
})
