import { Interface } from 'ethers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { abis } from '../../services/chain/generated/contracts.ts'
import type { ContractName } from '../../services/chain/ledger.ts'
import { readBalance } from '../../services/chain/members.ts'
import { isSettled, readSession } from '../../services/chain/sessions.ts'
import { deliveryPeriod, type DeliveryPeriod } from '../../services/domain/units.ts'
import { interceptLedger, type Interception, type LedgerInterceptor, type RpcCall } from './operator-interceptor.ts'
import {
  AREA,
  commitReadings,
  DSO,
  FIRST_PERIOD,
  HOUSEHOLDS,
  placeOrder,
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
const [BUYER, SELLER, OTHER] = HOUSEHOLDS

/** The operator is stopped at one of its calls to the ledger; `sending` counts the transactions of a phase. */
type KillPoint = {
  readonly at: string
  readonly phase: 'session' | 'settlement'
  readonly how: Interception
  readonly call: { readonly contract: ContractName; readonly function: string } | { readonly sending: number }
}

const KILL_POINTS: readonly KillPoint[] = [
  {
    at: 'the orders are frozen, their commitment is not signed',
    phase: 'session',
    how: 'hold',
    call: { contract: 'callAuction', function: 'closeGate' },
  },
  { at: 'the gate closure is signed and not sent', phase: 'session', how: 'hold', call: { sending: 1 } },
  { at: 'the gate closure is mined, unknown to the operator', phase: 'session', how: 'swallow', call: { sending: 1 } },
  {
    at: 'the gate is closed, the clearing is not signed',
    phase: 'session',
    how: 'hold',
    call: { contract: 'callAuction', function: 'clear' },
  },
  { at: 'the clearing is signed and not sent', phase: 'session', how: 'hold', call: { sending: 2 } },
  { at: 'the clearing is mined, unknown to the operator', phase: 'session', how: 'swallow', call: { sending: 2 } },
  {
    at: 'the readings are committed, no statement is stored',
    phase: 'settlement',
    how: 'hold',
    call: { contract: 'areaRegistry', function: 'tariffOf' },
  },
  {
    at: 'the statements are stored, the settlement is not signed',
    phase: 'settlement',
    how: 'hold',
    call: { contract: 'settlement', function: 'settle' },
  },
  { at: 'the settlement is signed and not sent', phase: 'settlement', how: 'hold', call: { sending: 1 } },
  { at: 'the settlement is mined, unknown to the operator', phase: 'settlement', how: 'swallow', call: { sending: 1 } },
]

/** One for each kill point. */
const PERIODS = KILL_POINTS.map((_, index) => deliveryPeriod(FIRST_PERIOD + index))

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
  for (const period of PERIODS) await holdSession(undisturbed, period)
  for (const period of PERIODS) await settle(undisturbed, period)

  const killed = await newNeighbourhood('killed', 18_433)
  interceptor = await interceptLedger(killed.ledgerUrl, 18_434)
  await startKilled(killed)
  const killing =
    (phase: KillPoint['phase'], period: DeliveryPeriod) =>
    async (lead: () => Promise<unknown>): Promise<void> => {
      const point = KILL_POINTS[period - FIRST_PERIOD]
      if (point?.phase === phase) await killAt(killed, point, lead)
      else await lead()
    }
  for (const period of PERIODS) await holdSession(killed, period, killing('session', period))
  for (const period of PERIODS) await settle(killed, period, killing('settlement', period))

  expect(await ledgerOf(killed)).toEqual(await ledgerOf(undisturbed))
  expect(await tablesOf(killed)).toEqual(await tablesOf(undisturbed))
})

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

/** Does what leads to the kill point, kills the operator there, and starts it again. */
async function killAt(neighbourhood: Neighbourhood, point: KillPoint, lead: () => Promise<unknown>): Promise<void> {
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
  const reached = interceptor!.interceptNext(point.how, matches)
  await lead()
  await Promise.race([reached, lateFor(point)])
  await operators.at(-1)!.kill('SIGKILL')
  await startKilled(neighbourhood)
}

async function lateFor(point: KillPoint): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error(`the operator never came to: ${point.at}`)), 20_000).unref()
  })
}

type Around = (lead: () => Promise<unknown>) => Promise<unknown>
const undisturbedly: Around = (lead) => lead()

async function holdSession(
  neighbourhood: Neighbourhood,
  period: DeliveryPeriod,
  around = undisturbedly,
): Promise<void> {
  const odd = BigInt(period - FIRST_PERIOD)
  const placings = [
    await placeOrder(neighbourhood, BUYER, period, 'bid', 1_000n + odd, 300_000n),
    await placeOrder(neighbourhood, SELLER, period, 'offer', 333n + odd, 80_000n),
    await placeOrder(neighbourhood, OTHER, period, 'offer', 771n, 90_100n),
  ]
  expect(placings).toEqual(['placed', 'placed', 'placed'])
  await around(() => stepToGateClosure(neighbourhood, period))
  await until(
    `period ${period} is cleared`,
    async () => (await readSession(neighbourhood.ledger, AREA, period)).state === 'cleared',
  )
}

async function settle(neighbourhood: Neighbourhood, period: DeliveryPeriod, around = undisturbedly): Promise<void> {
  await stepToEnd(neighbourhood, period)
  await around(() =>
    commitReadings(neighbourhood, period, [
      { memberId: BUYER, importWh: 1_111n, exportWh: 0n },
      { memberId: OTHER, importWh: 5n, exportWh: 700n },
    ]),
  )
  await until(`period ${period} is settled`, () => isSettled(neighbourhood.ledger, AREA, period))
}

/** All that the market operator writes, once its last row is written: the ledger is a little ahead of it. */
async function tablesOf({ store: { client } }: Neighbourhood) {
  const transactions = await until('every transaction is known to be mined', async () => {
    const rows = await client.operatorTransaction.findMany({ orderBy: { nonce: 'asc' } })
    return rows.length === 3 * PERIODS.length && rows.every(({ status }) => status === 'mined') && rows
  })
  const statements = await client.statement.findMany({ orderBy: [{ period: 'asc' }, { position: 'asc' }] })
  const closures = await client.gateClosure.findMany({ orderBy: { period: 'asc' } })
  return { transactions, statements, closures }
}

/** Every transaction in its block, and what everyone owns afterwards. */
async function ledgerOf({ ledger }: Neighbourhood) {
  const latest = Number(await ledger.provider.send('eth_blockNumber', []))
  const blocks = await Promise.all(
    Array.from({ length: latest + 1 }, async (_, number) => {
      const block = (await ledger.provider.send('eth_getBlockByNumber', [`0x${number.toString(16)}`, false])) as {
        transactions: string[]
        gasUsed: string
      }
      return { number, transactions: block.transactions, gasUsed: block.gasUsed }
    }),
  )
  const balances = await Promise.all([SUPPLIER, DSO, ...HOUSEHOLDS].map((memberId) => readBalance(ledger, memberId)))
  return { blocks, balances }
}
