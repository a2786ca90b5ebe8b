import { Interface } from 'ethers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { abis } from '../../services/chain/generated/contracts.ts'
import { advanceTo } from '../../services/chain/hardhat-time.ts'
import type { ContractName } from '../../services/chain/ledger.ts'
import { readBalance } from '../../services/chain/members.ts'
import { readSession } from '../../services/chain/sessions.ts'
import { readLastRun, readRun } from '../../services/chain/settlement-runs.ts'
import { areKeysPublished } from '../../services/chain/trading-days.ts'
import { deliveryPeriod, endOfDay, type DeliveryPeriod } from '../../services/domain/units.ts'
import { interceptLedger, type Interception, type LedgerInterceptor, type RpcCall } from './operator-interceptor.ts'
import {
  AREA,
  CHALLENGE_WINDOW,
  commitReadings,
  DAY,
  EVERYBODY,
  FIRST_PERIOD,
  HOUSEHOLDS,
  placeOrder,
  runServiceOf,
  startNeighbourhood,
  startPlatform,
  stepToEnd,
  stepToGateClosure,
  until,
  type Neighbourhood,
  type Platform,
  type RunningService,
} from './operator-neighbourhood.ts'

const OPERATOR = 'services/market-operator/main.ts'
const [BUYER, SELLER, OTHER, IDLE] = HOUSEHOLDS

/** What the operator is led to do: publish keys, put an order on the ledger, hold a session, settle and pay the day. */
type Phase = 'keys' | 'commitment' | 'session' | 'statements' | 'payment'

/** The operator is stopped at one of its calls to the ledger; `sending` counts the transactions of a phase. */
type KillPoint = {
  readonly at: string
  readonly phase: Phase
  readonly how: Interception
  readonly call: { readonly contract: ContractName; readonly function: string } | { readonly sending: number }
}

/** Before it is signed, when it is signed and not sent, and when it is mined and the operator does not know. */
function around(phase: Phase, sending: number, contract: ContractName, name: string): KillPoint[] {
  return [
    { at: `${name} is not signed`, phase, how: 'hold', call: { contract, function: name } },
    { at: `${name} is signed and not sent`, phase, how: 'hold', call: { sending } },
    { at: `${name} is mined, unknown to the operator`, phase, how: 'swallow', call: { sending } },
  ]
}

const SESSION_POINTS: readonly KillPoint[] = [
  ...around('commitment', 1, 'callAuction', 'commitOrder'),
  ...around('session', 1, 'callAuction', 'closeGate'),
  ...around('session', 2, 'callAuction', 'openOrder'),
  ...around('session', 3, 'callAuction', 'clear'),
]
const DAY_POINTS: readonly KillPoint[] = [
  ...around('keys', 1, 'tradingDays', 'publishKeys'),
  ...around('statements', 1, 'settlement', 'commitStatements'),
  ...around('payment', 1, 'settlement', 'payRun'),
]

/** One for each kill point of a session. */
const PERIODS = SESSION_POINTS.map((_, index) => deliveryPeriod(FIRST_PERIOD + index))

let platform: Platform
let interceptor: LedgerInterceptor | undefined
const neighbourhoods: Neighbourhood[] = []
const operators: RunningService[] = []

beforeAll(async () => {
  platform = await startPlatform({ postgres: 18_430, broker: 18_431 })
})
afterAll(async () => {
  for (const operator of operators) await operator.kill('SIGKILL')
  await interceptor?.stop()
  for (const neighbourhood of neighbourhoods) await neighbourhood.stop()
  await platform?.stop()
})

test('killed between any two of its steps, the operator leaves the same ledger and the same tables', async () => {
  const undisturbed = await newNeighbourhood('undisturbed', 18_432)
  operators.push(runServiceOf(platform, undisturbed, OPERATOR))
  await tradeAndSettle(undisturbed, (_phase, _period, lead) => lead())

  const killed = await newNeighbourhood('killed', 18_433)
  interceptor = await interceptLedger(killed.ledgerUrl, 18_434)
  await tradeAndSettle(killed, async (phase, period, lead) => {
    const point = period === null ? undefined : SESSION_POINTS[period - FIRST_PERIOD]
    const points = period === null ? DAY_POINTS : point === undefined ? [] : [point]
    const due = points.filter((candidate) => candidate.phase === phase)
    if (due.length === 0) await lead()
    else await killAtEach(killed, due, lead)
  })

  expect(await ledgerOf(killed)).toEqual(await ledgerOf(undisturbed))
  expect(await tablesOf(killed)).toEqual(await tablesOf(undisturbed))
})

/** Leads the operator to a phase of a session, or of the day where there is no period. */
type Lead = (phase: Phase, period: DeliveryPeriod | null, lead: () => Promise<unknown>) => Promise<unknown>

async function tradeAndSettle(neighbourhood: Neighbourhood, lead: Lead): Promise<void> {
  const { ledger } = neighbourhood
  await lead('keys', null, () => Promise.resolve())
  await until('the keys are published', () => areKeysPublished(ledger, AREA, DAY))
  for (const period of PERIODS) await holdSession(neighbourhood, period, lead)

  for (const period of PERIODS) {
    await stepToEnd(neighbourhood, period)
    await commitReadings(neighbourhood, period, [
      { memberId: BUYER, importWh: 1_111n, exportWh: 0n },
      { memberId: OTHER, importWh: 5n, exportWh: 700n },
    ])
  }
  await lead('statements', null, () => advanceTo(ledger, endOfDay(DAY)))
  const { committedAt } = await until('the statements are committed', () => readRun(ledger, AREA, DAY, 0))
  await lead('payment', null, () => advanceTo(ledger, committedAt + CHALLENGE_WINDOW))
  await until('the run is paid', async () => (await readLastRun(ledger, AREA, DAY))?.isPaid)
}

async function holdSession(neighbourhood: Neighbourhood, period: DeliveryPeriod, lead: Lead): Promise<void> {
  const { ledger, wallet } = neighbourhood
  const odd = BigInt(period - FIRST_PERIOD)
  const placings = [
    await placeOrder(neighbourhood, BUYER, period, 'bid', 1_000n + odd, 300_000n),
    await placeOrder(neighbourhood, SELLER, period, 'offer', 333n + odd, 80_000n),
    await placeOrder(neighbourhood, OTHER, period, 'offer', 771n, 90_100n),
    await placeOrder(neighbourhood, IDLE, period, 'offer', 40n + odd, 80_000n, { contract: wallet }),
  ]
  expect(placings).toEqual(['placed', 'placed', 'placed', 'placed'])
  // A new block, at which the operator looks around.
  await lead('commitment', period, () => ledger.provider.send('evm_mine', []))
  await until('the order is committed', async () => (await readSession(ledger, AREA, period)).commitmentCount === 1)
  await lead('session', period, () => stepToGateClosure(neighbourhood, period))
  await until(`period ${period} is cleared`, async () => (await readSession(ledger, AREA, period)).state === 'cleared')
}

async function newNeighbourhood(name: string, ledgerPort: number): Promise<Neighbourhood> {
  const lastPeriod = FIRST_PERIOD + PERIODS.length - 1
  const neighbourhood = await startNeighbourhood(platform, { name, ledgerPort, lastPeriod })
  neighbourhoods.push(neighbourhood)
  return neighbourhood
}

async function startKilled(neighbourhood: Neighbourhood): Promise<void> {
  const operator = runServiceOf(platform, neighbourhood, OPERATOR, { COMMONWATT_LEDGER_URL: interceptor!.url })
  operators.push(operator)
  await until('the operator has started', () => operator.lines.some(({ msg }) => msg === 'started'))
}

/** Does what leads to the first kill point; at each the operator is killed, and starts again on its way to the next. */
async function killAtEach(
  neighbourhood: Neighbourhood,
  points: readonly KillPoint[],
  lead: () => Promise<unknown>,
): Promise<void> {
  const [first, ...others] = points
  let reached = arrivalAt(neighbourhood, first!)
  if (operators.length === 1) await startKilled(neighbourhood)
  await lead()
  for (const point of others) {
    await reached
    await operators.at(-1)!.kill('SIGKILL')
    reached = arrivalAt(neighbourhood, point)
    await startKilled(neighbourhood)
  }
  await reached
  await operators.at(-1)!.kill('SIGKILL')
  await startKilled(neighbourhood)
}

function arrivalAt(neighbourhood: Neighbourhood, point: KillPoint): Promise<void> {
  let sent = 0
  const matches = ({ method, params }: RpcCall): boolean => {
    if ('sending' in point.call) {
      if (method === 'eth_sendRawTransaction') sent += 1
      return method === 'eth_sendRawTransaction' && sent === point.call.sending
    }
    const { contract, function: name } = point.call
    const { to, data } = (params[0] ?? {}) as { to?: string; data?: string }
    const selector = new Interface(abis[contract]).getFunction(name)!.selector
    const address = neighbourhood.ledger.addresses[contract].toLowerCase()
    return method === 'eth_call' && to?.toLowerCase() === address && data?.startsWith(selector) === true
  }
  return Promise.race([interceptor!.interceptNext(point.how, matches), lateFor(point)])
}

async function lateFor(point: KillPoint): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error(`the operator never came to: ${point.at}`)), 20_000).unref()
  })
}

/** All that the market operator writes, once its last row is written: the ledger is a little ahead of it. */
async function tablesOf({ store: { client } }: Neighbourhood) {
  const transactions = await until('every transaction is known to be mined', async () => {
    const rows = await client.operatorTransaction.findMany({ orderBy: { nonce: 'asc' } })
    // A commitment, a gate closure, an opening and a clearing each; the keys, the statements and the payments.
    return rows.length === 4 * PERIODS.length + 3 && rows.every(({ status }) => status === 'mined') && rows
  })
  const byPosition = [{ period: 'asc' as const }, { run: 'asc' as const }, { position: 'asc' as const }]
  return {
    transactions: transactions.map(({ purpose, nonce, hash }) => ({ purpose, nonce, hash })),
    statements: await client.statement.findMany({ orderBy: byPosition }),
    dayStatements: await client.dayStatement.findMany({ orderBy: [{ run: 'asc' }, { position: 'asc' }] }),
    closures: await client.gateClosure.findMany({ orderBy: { period: 'asc' } }),
  }
}

/** Every transaction in its sequence, and what everyone owns afterwards. */
async function ledgerOf({ ledger }: Neighbourhood) {
  const latest = Number(await ledger.provider.send('eth_blockNumber', []))
  const blocks = await Promise.all(
    Array.from({ length: latest + 1 }, async (_, number) => {
      const block = (await ledger.provider.send('eth_getBlockByNumber', [`0x${number.toString(16)}`, false])) as {
        transactions: string[]
        gasUsed: string
      }
      return { transactions: block.transactions, gasUsed: block.gasUsed }
    }),
  )
  const balances = await Promise.all(EVERYBODY.map((memberId) => readBalance(ledger, memberId)))
  return { blocks: blocks.filter(({ transactions }) => transactions.length > 0), balances }
}
