import { createServer, request as httpRequest } from 'node:http'
import hre from 'hardhat'
import { claimArgument } from '../../services/chain/clearing-claims.ts'
import {
  deployContracts,
  endowArea,
  fundAccounts,
  openArea,
  registerMembers,
  setCharges,
  setTariff,
  type ActorKeys,
} from '../../services/chain/deploy.ts'
import { connectLedger, type Ledger } from '../../services/chain/ledger.ts'
import type { MemberKind } from '../../services/chain/members.ts'
import { orderDomain, signOrder, type SignedOrder } from '../../services/chain/orders.ts'
import { hashOrders, packOrders } from '../../services/chain/packed-orders.ts'
import { sendSetUpCalls } from '../../services/chain/set-up-transactions.ts'
import { readTradingKeys } from '../../services/chain/trading-days.ts'
import type { Outbox, OutboxEntry } from '../../services/chain/outbox.ts'
import type { Call } from '../../services/chain/transactions.ts'
import { addressOfKey } from '../../services/chain/typed-data.ts'
import type { Calendar } from '../../services/domain/grid/calendar.ts'
import { clearingOf, sortOrders } from '../../services/domain/market/clearing.ts'
import type { TradingKeyEntry } from '../../services/domain/market/trading-key.ts'
import { encodePayments, type Payment } from '../../services/domain/settlement/payment.ts'
import {
  deliveryPeriod,
  energyWh,
  firstPeriodOf,
  money,
  price,
  rate,
  startOf,
  tradingDay,
  type DeliveryPeriod,
  type TradingDay,
} from '../../services/domain/units.ts'

export const AREA = 1
/** The day on which the area begins to trade, with its last four periods, and the whole day after it. */
export const FIRST_DAY = tradingDay(20_312)
export const SECOND_DAY = tradingDay(FIRST_DAY + 1)
export const FIRST_PERIOD = deliveryPeriod(firstPeriodOf(SECOND_DAY) - 4)
export const SUPPLIER = 1
export const DSO = 2
export const HOUSEHOLDS = [3, 4, 5] as const
export const TAX_AUTHORITY = 6
export const PLATFORM_OPERATOR = 7
export const POLL_MS = 10
export const SILENT_LOG = { info: () => undefined, warn: () => undefined }
/** Micro-euro on each account of the market in the beginning, in the operator's bond and in the guarantee fund. */
export const DEPOSITS = { counterparty: 1_000_000_000n, household: 100_000_000n } as const
export const BOND = money(2_000_000_000n)
export const FUND = money(50_000_000n)
export const CALENDAR: Calendar = {
  firstPeriod: FIRST_PERIOD,
  lastPeriod: deliveryPeriod(FIRST_PERIOD + 99),
  gateClosureLeadSeconds: 300,
  readingDeadlineSeconds: 300,
  operatorDeadlineSeconds: 600,
  challengeWindowSeconds: 3_600,
  correctionDelaySeconds: 2 * 86_400,
  finalDelaySeconds: 4 * 86_400,
}

const keyOf = (name: string) => `0x${Buffer.from(name).toString('hex').padStart(64, '1')}`
export const KEYS: ActorKeys = {
  administrator: keyOf('administrator'),
  regulator: keyOf('regulator'),
  communityManager: keyOf('community manager'),
  marketOperator: keyOf('operator'),
  meteringOperator: keyOf('metering operator'),
  gateway: keyOf('gateway'),
  supplier: keyOf('supplier'),
  dso: keyOf('dso'),
  settlementBank: keyOf('bank'),
  taxAuthority: keyOf('tax authority'),
  platformOperator: keyOf('platform operator'),
  receipts: keyOf('receipts'),
}
export const STRANGER = keyOf('stranger')
export const accountKeyOf = (memberId: number) => keyOf(`account ${memberId}`)
export const tradingKeyOf = (memberId: number) => keyOf(`trading ${memberId}`)

export type RunningLedger = { readonly url: string; readonly stop: () => Promise<void> }

/** A Hardhat node: `each` mines a block per transaction, `interval` one a second. */
export async function startLedger(port: number, mining: 'each' | 'interval' = 'each'): Promise<RunningLedger> {
  const privateKeys = [...Object.values(KEYS), STRANGER, ...HOUSEHOLDS.map(accountKeyOf)]
  const server = await hre.network.createServer(
    {
      network: 'default',
      override: {
        chainId: 31_337,
        initialDate: new Date((startOf(FIRST_PERIOD) - 7_200) * 1000),
        accounts: privateKeys.map((privateKey) => ({ privateKey, balance: 10n ** 24n })),
        mining: { auto: mining === 'each', interval: mining === 'interval' ? 1_000 : 0 },
        initialBaseFeePerGas: 0,
        blockGasLimit: 1_000_000_000,
      },
    },
    '127.0.0.1',
    port,
  )
  await server.listen()
  return { url: `http://127.0.0.1:${port}`, stop: () => server.close() }
}

export type Market = {
  readonly ledger: Ledger
  readonly deploymentHash: string
  /** Trading keys by day, as they were published when the market was set up. */
  readonly keys: ReadonlyMap<TradingDay, readonly TradingKeyEntry[]>
}

/**
 * Our contracts with area 1, its counterparties (who have 1,000 euro each), three households (who have 100 euro each),
 * the operator's bond, the guarantee fund, and the trading keys of both days.
 */
export async function setUpMarket(url: string, calendar: Calendar = CALENDAR): Promise<Market> {
  const { addresses, deploymentHash } = await deployContracts({ url, keys: KEYS })
  const ledger = await connectLedger({ url, addresses })
  await openArea(ledger, KEYS, AREA, calendar)
  await setTariff(ledger, { supplierKey: KEYS.supplier, dsoKey: KEYS.dso }, AREA, {
    retail: rate(250_000n),
    feedIn: rate(60_000n),
    grid: rate(70_000n),
    gridLocal: rate(30_000n),
  })
  await registerMembers(ledger, KEYS, AREA, [
    counterparty('supplier', KEYS.supplier),
    counterparty('dso', KEYS.dso),
    ...HOUSEHOLDS.map((memberId) => ({
      kind: 'household' as const,
      account: addressOfKey(accountKeyOf(memberId)),
      tradingKey: addressOfKey(tradingKeyOf(memberId)),
      meterKey: addressOfKey(keyOf(`meter ${memberId}`)),
      quantityLimitWh: 5_000n,
      connectionPoint: `0x${memberId.toString(16).padStart(64, '0')}`,
    })),
    counterparty('tax-authority', KEYS.taxAuthority),
    counterparty('platform-operator', KEYS.platformOperator),
  ])
  await setCharges(ledger, KEYS, AREA, { levy: rate(20_500n), platformFee: rate(5_000n) })
  const bank = { settlementBankKey: KEYS.settlementBank }
  const depositsOf = (members: readonly number[], amount: bigint) =>
    members.map((memberId) => ({ memberId, amount: money(amount) }))
  await fundAccounts(ledger, bank, [
    ...depositsOf([SUPPLIER, DSO, TAX_AUTHORITY, PLATFORM_OPERATOR], DEPOSITS.counterparty),
    ...depositsOf(HOUSEHOLDS, DEPOSITS.household),
  ])
  await endowArea(ledger, bank, AREA, { bond: BOND, fund: FUND })
  return { ledger, deploymentHash, keys: await publishKeys(ledger, [FIRST_DAY, SECOND_DAY]) }
}

function counterparty(kind: MemberKind, key: string) {
  return {
    kind,
    account: addressOfKey(key),
    tradingKey: null,
    meterKey: null,
    quantityLimitWh: 0n,
    connectionPoint: `0x${'00'.repeat(32)}`,
  }
}

async function publishKeys(ledger: Ledger, days: readonly TradingDay[]): Promise<Market['keys']> {
  const { interface: tradingDays } = ledger.contracts.tradingDays
  const to = ledger.addresses.tradingDays
  const calls = days.map((day) => ({ to, data: tradingDays.encodeFunctionData('publishKeys', [AREA, day, 600]) }))
  await sendSetUpCalls(ledger.provider, KEYS.marketOperator, calls)
  return new Map(await Promise.all(days.map(async (day) => [day, await readTradingKeys(ledger, AREA, day)] as const)))
}

export const gateOf = (period: DeliveryPeriod): number => startOf(period) - CALENDAR.gateClosureLeadSeconds

export type Wish = readonly [memberId: number, side: 'bid' | 'offer', quantity: bigint, limit: bigint]

/** Sorted as the ledger takes them; each stands until delivery starts. */
export function signedOrders(ledger: Ledger, period: DeliveryPeriod, wishes: readonly Wish[]): SignedOrder[] {
  const domain = orderDomain(ledger)
  const orders = wishes.map(([memberId, side, quantity, limit]) => {
    const order = {
      area: AREA,
      trader: memberId,
      deliveryPeriod: period,
      side,
      quantity: energyWh(quantity),
      limitPrice: price(limit),
      expiry: startOf(period),
      salt: BigInt(period) * 1_000n + BigInt(memberId),
    }
    return { ...order, signature: signOrder(domain, order, tradingKeyOf(memberId)) }
  })
  return sortOrders(orders)
}

/** As the ledger takes them: every household has one key a day, in the sequence of the members. */
export function packedOrders(period: DeliveryPeriod, orders: readonly SignedOrder[]): Uint8Array {
  const keyed = orders.map((order) => ({ order, entry: { index: entryIndexOf(order.trader) } }))
  return packOrders(keyed, gateOf(period))
}

export function entryIndexOf(memberId: number): number {
  return HOUSEHOLDS.findIndex((household) => household === memberId)
}

export function closeGateCall(period: DeliveryPeriod, orders: readonly SignedOrder[]): Call {
  const parameters = [AREA, period, orders.length, hashOrders(packedOrders(period, orders))]
  return { contract: 'callAuction', function: 'closeGate', arguments: parameters }
}

/** Clears a session in one chunk, of the orders that its gate was closed with and none beside them. */
export function clearCall(period: DeliveryPeriod, orders: readonly SignedOrder[]): Call {
  const claim = claimArgument(clearingOf(orders).claim)
  const parameters = [AREA, period, claim, packedOrders(period, orders), '0x']
  return { contract: 'callAuction', function: 'clear', arguments: parameters }
}

export function commitCall(period: DeliveryPeriod, count = 0, name = 'commitReadings'): Call {
  const commitment = [`0x${'ab'.repeat(32)}`, count, 2_000n, 1_000n]
  return { contract: 'meterReadings', function: name, arguments: [AREA, period, commitment] }
}

/** Commits a run of a day that pays these amounts; `readingsAt` in unix seconds, the time of the readings it rests on. */
export function commitStatementsCall(
  day: TradingDay,
  run: number,
  payments: readonly Payment[],
  readingsAt: number,
): Call {
  const total = payments.reduce((sum, { amount }) => (amount > 0n ? sum + amount : sum), 0n)
  const commitment = [`0x${'cd'.repeat(32)}`, payments.length, total]
  return {
    contract: 'settlement',
    function: 'commitStatements',
    arguments: [AREA, day, run, commitment, readingsAt, encodePayments(payments)],
  }
}

export function payRunCall(day: TradingDay, run: number, payments: readonly Payment[]): Call {
  return { contract: 'settlement', function: 'payRun', arguments: [AREA, day, run, encodePayments(payments)] }
}

/** An outbox that forgets nothing while the test runs; what it holds stands for what a killed process left behind. */
export function memoryOutbox(entries: OutboxEntry[] = []): Outbox & { readonly entries: OutboxEntry[] } {
  const place = (purpose: string) => entries.findIndex((entry) => entry.purpose === purpose)
  return {
    entries,
    find: async (purpose) => entries[place(purpose)] ?? null,
    pending: async () => entries.filter((entry) => entry.status === 'signed').sort((a, b) => a.nonce - b.nonce),
    async add(entry) {
      if (entries.some(({ purpose, nonce }) => purpose === entry.purpose || nonce === entry.nonce)) {
        throw new Error(`purpose ${entry.purpose} or nonce ${entry.nonce} is there already`)
      }
      entries.push(entry)
    },
    async replace({ purpose, hash }, entry) {
      if (entries[place(purpose)]?.hash !== hash) throw new Error(`${purpose} is another transaction by now`)
      entries.splice(place(purpose), 1, entry)
    },
    async markMined(purpose, status, blockNumber, hash) {
      entries.splice(place(purpose), 1, { ...entries[place(purpose)]!, status, blockNumber, hash })
    },
  }
}

/**
 * `lose`: the node gets the request, but its answer never arrives. `refuse`: nobody is there. `fail`: an error of HTTP
 * instead of an answer. `hang`: silence. `garbage` and `nonsense`: what is no JSON, and what is no answer to the request.
 * `error`: a node that is there, and unwell.
 */
export type ProxyMode = 'pass' | 'lose' | 'refuse' | 'fail' | 'hang' | keyof typeof PROXY_ANSWERS

const PROXY_ANSWERS = {
  garbage: () => '<html>welcome</html>',
  nonsense: (id: number) => JSON.stringify({ jsonrpc: '2.0', id, result: { welcome: true } }),
  error: (id: number) => JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32_603, message: 'Internal error' } }),
} as const
export type Proxy = {
  readonly url: string
  /** Decides by the request's JSON what becomes of it. */
  treat: (body: string) => ProxyMode
  readonly seen: string[]
  readonly stop: () => Promise<void>
}

/** Stands between a service and its node, and can behave as badly as networks do. */
export async function startProxy(port: number, target: string): Promise<Proxy> {
  const seen: string[] = []
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => {
      const body = Buffer.concat(chunks).toString()
      seen.push(body)
      const mode = proxy.treat(body)
      if (mode === 'refuse') {
        incoming.socket.destroy()
        return
      }
      if (mode === 'fail') {
        outgoing.writeHead(502, { 'content-type': 'text/html' }).end('<html>bad gateway</html>')
        return
      }
      if (mode === 'hang') return
      if (mode === 'garbage' || mode === 'nonsense' || mode === 'error') {
        const { id } = JSON.parse(body) as { id: number }
        outgoing.writeHead(200, { 'content-type': 'application/json' }).end(PROXY_ANSWERS[mode](id))
        return
      }
      const forwarded = httpRequest(
        target,
        { method: 'POST', headers: { 'content-type': 'application/json' } },
        (answer) => {
          if (mode === 'pass') {
            outgoing.writeHead(answer.statusCode ?? 500, { 'content-type': 'application/json' })
            answer.pipe(outgoing)
          } else {
            answer.resume()
            answer.on('end', () => incoming.socket.destroy())
          }
        },
      )
      forwarded.on('error', () => incoming.socket.destroy())
      forwarded.end(body)
    })
  })
  const proxy: Proxy = {
    url: `http://127.0.0.1:${port}`,
    treat: () => 'pass',
    seen,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return proxy
}

/** Waits until the claim holds, up to 20 s. */
export async function eventually(claim: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = performance.now() + 20_000; performance.now() < deadline;) {
    if (await claim()) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  throw new Error('this never became true')
}
