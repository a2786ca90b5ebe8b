import { id } from 'ethers'
import { beforeAll, expect, test } from 'vitest'
import { DANGEROUS_DELAY_SECONDS, handOver, type CouncilCall } from '../../services/chain/governance.ts'
import type { ContractName } from '../../services/chain/ledger.ts'
import { orderCommitment } from '../../services/chain/orders.ts'
import { findLog, flipped, makeConsistent, type LedgerCopy } from './audit-copy.ts'
import { AREA, KEYS, PERIOD_SECONDS, setUpMarket, tradingKeyOf, type MarketMaker, type Wish } from './audit-ledger.ts'
import { ANNA, BEN, CEM, DAY, FIRST_PERIOD, HOUSEHOLDS, LAST_PERIOD, signedOrderOf } from './audit-scenario.ts'
import { auditCopy, differenceAfter, makeAuditWorld, topicOf } from './audit-world.ts'

const OPERATOR_DEADLINE = 600
const NO_HASH = `0x${'00'.repeat(32)}`
const WHY = id('because')
const NOTHING = Buffer.alloc(0)
const CREDIT = 5_000_000n

let truth: LedgerCopy

const gateOf = (period: number) => period * PERIOD_SECONDS - 300

/** Two sessions in a pause, of which a member closes one, and one after it; then a council that decides about credit. */
async function playGovernance(url: string) {
  const maker = await setUpMarket(url, { households: HOUSEHOLDS, firstPeriod: FIRST_PERIOD, lastPeriod: LAST_PERIOD })
  await maker.publishDay(DAY)
  await playPaused(maker, FIRST_PERIOD)
  const wishes: Wish[] = [
    { memberId: ANNA, side: 0, quantity: 400, limit: 250_000 },
    { memberId: CEM, side: 1, quantity: 400, limit: 80_000 },
  ]
  await maker.clear(FIRST_PERIOD + 2, maker.packOrders(FIRST_PERIOD + 2, wishes))
  await playCouncil(maker)
  return { maker, consent: [] }
}

async function playPaused(maker: MarketMaker, period: number): Promise<void> {
  const own: Wish = { memberId: ANNA, side: 0, quantity: 300, limit: 210_000 }
  const { digest, signature } = signedOrderOf(maker, period, own, maker.packOrders(period, [own]))
  const commitment = orderCommitment(digest, signature)
  await maker.send(tradingKeyOf(ANNA), 'callAuction', 'commitOrder', [AREA, period, ANNA, 0, commitment])
  // The next session's gate closes in it, too.
  const end = gateOf(period + 1) + 60
  await maker.send(KEYS.administrator, 'tradingPause', 'pause', [AREA, gateOf(period) + 60, WHY], gateOf(period) - 60)
  await maker.send(KEYS.administrator, 'tradingPause', 'pause', [0, end + 600, WHY])
  await maker.send(KEYS.marketOperator, 'callAuction', 'closeGate', [AREA, period, 0, NO_HASH], gateOf(period) + 1)
  await maker.clearClosed(period, NOTHING, [])
  await maker.send(KEYS.administrator, 'tradingPause', 'endPause', [0, WHY], end)
  const replace = [BEN, AREA, period + 1]
  const time = gateOf(period + 1) + OPERATOR_DEADLINE
  await maker.send(tradingKeyOf(BEN), 'callAuction', 'replaceOperator', replace, time)
  await maker.clearClosed(period + 1, NOTHING, [])
}

async function playCouncil(maker: MarketMaker): Promise<void> {
  const { ledger } = maker
  const callOf = (contract: ContractName, name: string, ...values: readonly unknown[]): CouncilCall => ({
    target: ledger.addresses[contract],
    data: ledger.contracts[contract].interface.encodeFunctionData(name, values),
  })
  let count = 0
  const decide = async (call: CouncilCall): Promise<void> => {
    await maker.send(KEYS.administrator, 'council', 'propose', [[call], WHY])
    await maker.send(KEYS.dso, 'council', 'execute', [(count += 1), [call], WHY])
  }
  await handOver(ledger, KEYS.administrator)
  const line = callOf('accounts', 'setCreditLine', ANNA, CREDIT)
  const grant = callOf('accessManager', 'grantRole', 8, ledger.addresses.council, 0)
  for (const call of [line, grant]) await decide(callOf('accessManager', 'schedule', call.target, call.data, 0))
  await maker.goTo((await maker.now()) + DANGEROUS_DELAY_SECONDS)
  for (const call of [line, grant]) await decide(callOf('accessManager', 'execute', call.target, call.data))
}

beforeAll(async () => {
  truth = (await makeAuditWorld(playGovernance)).truth
})

test('an audit agrees with paused sessions, and with what a council decided, waited for and did', async () => {
  const { difference, counts, books } = await auditCopy(truth)
  expect(difference).toBeNull()
  expect(counts).toMatchObject({ sessions: 3, orders: 2 })
  const sessions = [0, 1, 2].map((place) => books!.sessions.clearedOf(AREA, FIRST_PERIOD + place))
  expect(sessions.map((session) => [session?.isPaused, session?.isReplaced])).toEqual([
    [true, false],
    [true, false],
    [false, false],
  ])
  expect(books!.accounts.poolOf(AREA)).toMatchObject({ bond: 5_000_000_000n })
  expect(books!.accounts.accountOf(ANNA)).toMatchObject({ creditLine: CREDIT })
  expect(books!.roles.hidden).toEqual([])
})

test('a session that is said to be paused, and was not, is found', async () => {
  const difference = await differenceAfter(truth, (copy) => {
    const { log, number } = findLog(copy, topicOf('callAuction', 'SessionPaused'))
    log.topics[2] = flipped(log.topics[2]!, 31)
    makeConsistent(copy, number)
  })
  expect(difference).toMatchObject({ check: 'sessions', message: 'it was said to be paused, and was not' })
})

test('a decision that waited too short is found', async () => {
  const difference = await differenceAfter(truth, (copy) => {
    const { log, number } = findLog(copy, topicOf('accessManager', 'OperationScheduled'))
    // The first word is the time from which on it may be done.
    log.data = flipped(log.data, 28)
    makeConsistent(copy, number)
  })
  expect(difference).toMatchObject({ check: 'roles' })
})
