import { id } from 'ethers'
import { beforeAll, expect, test } from 'vitest'
import { statusOf } from '../../scripts/audit/replay/credentials.ts'
import { DANGEROUS_DELAY_SECONDS, handOver, type CouncilCall } from '../../services/chain/governance.ts'
import { readContract, type ContractName } from '../../services/chain/ledger.ts'
import { orderCommitment } from '../../services/chain/orders.ts'
import { addressOfKey } from '../../services/chain/typed-data.ts'
import { roleNumberOf } from '../../services/domain/identity/role.ts'
import { findLog, flipped, makeConsistent, type LedgerCopy } from './audit-copy.ts'
import {
  AREA,
  KEYS,
  keyOf,
  PERIOD_SECONDS,
  setUpMarket,
  tradingKeyOf,
  type MarketMaker,
  type Wish,
} from './audit-ledger.ts'
import { ANNA, BEN, CEM, DAY, FIRST_PERIOD, HOUSEHOLDS, LAST_PERIOD, signedOrderOf } from './audit-scenario.ts'
import { auditCopy, differenceAfter, makeAuditWorld, topicOf } from './audit-world.ts'
import { councilCall, decideAlone } from './council-of-one.ts'

const OPERATOR_DEADLINE = 600
const NO_HASH = `0x${'00'.repeat(32)}`
const WHY = id('because')
const NOTHING = Buffer.alloc(0)
const SUPPLIER_ROLE = roleNumberOf('supplier')
const FRIEND = addressOfKey(keyOf('friend'))
/** A role of the access manager that nothing asks for. */
const NEW_ROLE = 20

let truth: LedgerCopy

const gateOf = (period: number) => period * PERIOD_SECONDS - 300

/** Two sessions in a pause, of which a member closes one, and one after it; then a council that decides about issuers. */
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
  const callOf = (contract: ContractName, name: string, ...values: readonly unknown[]): CouncilCall =>
    councilCall(ledger, contract, name, ...values)
  const decide = (call: CouncilCall) => decideAlone(ledger, KEYS.administrator, call)
  await handOver(ledger, KEYS.administrator)
  const accredit = callOf('credentialRegistry', 'accreditIssuer', FRIEND, SUPPLIER_ROLE, AREA)
  const grant = callOf('accessManager', 'grantRole', NEW_ROLE, ledger.addresses.council, 0)
  for (const call of [accredit, grant]) await decide(callOf('accessManager', 'schedule', call.target, call.data, 0))
  await maker.goTo((await maker.now()) + DANGEROUS_DELAY_SECONDS)
  for (const call of [accredit, grant]) await decide(callOf('accessManager', 'execute', call.target, call.data))
  const [held] = await readContract(
    ledger,
    'credentialRegistry',
    'heldBy',
    addressOfKey(KEYS.supplier),
    SUPPLIER_ROLE,
    AREA,
  )
  await decide(callOf('credentialRegistry', 'suspendCredentials', [held]))
  await decide(callOf('credentialRegistry', 'suspendIssuer', addressOfKey(KEYS.regulator), SUPPLIER_ROLE, 0))
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
  expect(books!.credentials.accreditationOf(FRIEND, 'supplier', AREA)).toBe('active')
  const regulator = addressOfKey(KEYS.regulator)
  expect(books!.credentials.accreditationOf(regulator, 'supplier', 0)).toBe('suspended')
  const suspended = [...books!.credentials.all.values()].filter((each) => statusOf(each) === 'suspended')
  expect(suspended.map(({ subject }) => subject)).toEqual([addressOfKey(KEYS.supplier)])
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
