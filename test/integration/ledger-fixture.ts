import { createServer, request as httpRequest } from 'node:http'
import hre from 'hardhat'
import {
  deployContracts,
  fundAccounts,
  openArea,
  registerMembers,
  setTariff,
  type ActorKeys,
} from '../../services/chain/deploy.ts'
import { connectLedger, type Ledger } from '../../services/chain/ledger.ts'
import { hashOrders, orderDomain, packOrders, signOrder, type SignedOrder } from '../../services/chain/orders.ts'
import type { Call, Outbox, OutboxEntry } from '../../services/chain/transactions.ts'
import { addressOfKey } from '../../services/chain/typed-data.ts'
import { clearingOf, sortOrders } from '../../services/domain/market/clearing.ts'
import { encodePayments, type Payment } from '../../services/domain/settlement/payment.ts'
import {
  deliveryPeriod,
  energyWh,
  money,
  price,
  rate,
  startOf,
  type DeliveryPeriod,
} from '../../services/domain/units.ts'

export const AREA = 1
export const FIRST_PERIOD = deliveryPeriod(1_950_000)
export const SUPPLIER = 1
export const DSO = 2
export const HOUSEHOLDS = [3, 4, 5] as const
export const POLL_MS = 10
export const SILENT_LOG = { info: () => undefined, warn: () => undefined }

const keyOf = (name: string) => `0x${Buffer.from(name).toString('hex').padStart(64, '1')}`
export const KEYS: ActorKeys = {
  administrator: keyOf('administrator'),
  marketOperator: keyOf('operator'),
  gateway: keyOf('gateway'),
  supplier: keyOf('supplier'),
  dso: keyOf('dso'),
  settlementBank: keyOf('bank'),
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

export type Market = { readonly ledger: Ledger; readonly deploymentHash: string }

/** Our contracts with area 1, its supplier (who has 1,000 euro), its DSO and three households (who have 1 euro each). */
export async function setUpMarket(url: string): Promise<Market> {
  const { addresses, deploymentHash } = await deployContracts({ url, keys: KEYS })
  const ledger = await connectLedger({ url, addresses })
  await openArea(ledger, KEYS.administrator, AREA, {
    firstPeriod: FIRST_PERIOD,
    lastPeriod: deliveryPeriod(FIRST_PERIOD + 95),
    gateClosureLeadSeconds: 300,
    readingDeadlineSeconds: 300,
  })
  await setTariff(ledger, { supplierKey: KEYS.supplier, dsoKey: KEYS.dso }, AREA, {
    retail: rate(250_000n),
    feedIn: rate(60_000n),
    grid: rate(70_000n),
    gridLocal: rate(30_000n),
  })
  const counterparty = (kind: 'supplier' | 'dso', key: string) => ({
    kind,
    account: addressOfKey(key),
    tradingKey: null,
    meterKey: null,
    quantityLimitWh: 0n,
    connectionPoint: `0x${'00'.repeat(32)}`,
  })
  await registerMembers(ledger, KEYS.administrator, AREA, [
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
  ])
  await fundAccounts(ledger, { settlementBankKey: KEYS.settlementBank }, [
    { memberId: SUPPLIER, amount: money(1_000_000_000n) },
    ...HOUSEHOLDS.map((memberId) => ({ memberId, amount: money(1_000_000n) })),
  ])
  return { ledger, deploymentHash }
}

export type Wish = readonly [memberId: number, side: 'bid' | 'offer', quantity: bigint, limit: bigint]

export function signedOrders(ledger: Ledger, period: DeliveryPeriod, wishes: readonly Wish[]): SignedOrder[] {
  const domain = orderDomain(ledger)
  const orders = wishes.map(([memberId, side, quantity, limit]) => {
    const order = {
      area: AREA,
      memberId,
      deliveryPeriod: period,
      side,
      quantity: energyWh(quantity),
      limitPrice: price(limit),
      salt: BigInt(period) * 1_000n + BigInt(memberId),
    }
    return { ...order, signature: signOrder(domain, order, tradingKeyOf(memberId)) }
  })
  return sortOrders(orders)
}

export function closeGateCall(period: DeliveryPeriod, orders: readonly SignedOrder[]): Call {
  const parameters = [AREA, period, orders.length, hashOrders(packOrders(orders))]
  return { contract: 'callAuction', function: 'closeGate', arguments: parameters }
}

export function clearCall(period: DeliveryPeriod, orders: readonly SignedOrder[]): Call {
  const { claim } = clearingOf(orders)
  return { contract: 'callAuction', function: 'clear', arguments: [AREA, period, claim, packOrders(orders)] }
}

export function commitCall(period: DeliveryPeriod, count = 0): Call {
  const commitment = [`0x${'ab'.repeat(32)}`, count, 2_000n, 1_000n]
  return { contract: 'meterReadings', function: 'commitReadings', arguments: [AREA, period, commitment] }
}

export function settleCall(period: DeliveryPeriod, payments: readonly Payment[]): Call {
  const parameters = [AREA, period, `0x${'cd'.repeat(32)}`, encodePayments(payments)]
  return { contract: 'settlement', function: 'settle', arguments: parameters }
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
    async markMined(purpose, status, blockNumber) {
      entries.splice(place(purpose), 1, { ...entries[place(purpose)]!, status, blockNumber })
    },
  }
}

/** `lose`: the node gets the request, but its answer never arrives. `refuse`: nobody is there. */
export type ProxyMode = 'pass' | 'lose' | 'refuse'
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
