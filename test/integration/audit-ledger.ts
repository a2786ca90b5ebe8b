import hre from 'hardhat'
import secp256k1 from 'secp256k1'
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
import { connectLedger, type ContractName, type Ledger } from '../../services/chain/ledger.ts'
import { chunksOfOrders, hashOrders } from '../../services/chain/packed-orders.ts'
import { addressOfKey } from '../../services/chain/typed-data.ts'
import { clearPacked } from '../../services/domain/market/packed-orders.ts'
import { deliveryPeriod, money, rate } from '../../services/domain/units.ts'
import { hexOf } from '../../scripts/audit/ledger/hex.ts'
import { entryCountOf, readEntry } from '../../scripts/audit/market/key-entry.ts'
import { domainSeparatorOf, signatureCheckOf } from '../../scripts/audit/market/order-signer.ts'
import { clearSession, type SessionResult } from '../../scripts/audit/market/session-clearing.ts'

export const AREA = 1
export const SUPPLIER = 1
export const DSO = 2
export const TAX_AUTHORITY = 3
export const PLATFORM_OPERATOR = 4
/** Households have the numbers from here on. */
export const FIRST_HOUSEHOLD = 5

export const TARIFF = {
  retail: 300_000,
  feedIn: 80_000,
  grid: 80_000,
  gridLocal: 40_000,
  levy: 20_500,
  platformFee: 5_000,
}
export const PERIOD_SECONDS = 900
export const DAY_SECONDS = 86_400
export const CHALLENGE_WINDOW = 3_600
const GATE_CLOSURE_LEAD = 300
const CHAIN_ID = 31_337
const GAS = '0xffffff'

export const keyOf = (name: string) => `0x${Buffer.from(name).toString('hex').padStart(64, '1')}`
export const tradingKeyOf = (memberId: number) => keyOf(`trading ${memberId}`)
export const accountKeyOf = (memberId: number) => keyOf(`account ${memberId}`)
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
  taxAuthority: keyOf('tax'),
  platformOperator: keyOf('platform'),
  receipts: keyOf('receipts'),
}

export type RunningNode = { readonly url: string; readonly stop: () => Promise<void> }

export type Wish = {
  readonly memberId: number
  readonly side: 0 | 1
  readonly quantity: number
  /** Micro-euro per kWh. */
  readonly limit: number
  readonly salt?: bigint
  /** Signs in place of the member's own key. */
  readonly key?: string
}

/** A Hardhat node that mines a block for each transaction and starts at the time given, in unix seconds. */
export async function startNode(port: number, genesisTime: number, households: number): Promise<RunningNode> {
  const members = Array.from({ length: households }, (_, index) => FIRST_HOUSEHOLD + index)
  const keys = [...Object.values(KEYS), ...members.map(accountKeyOf), ...members.map(tradingKeyOf)]
  const server = await hre.network.createServer(
    {
      network: 'default',
      override: {
        chainId: CHAIN_ID,
        initialDate: new Date(genesisTime * 1_000),
        accounts: keys.map((privateKey) => ({ privateKey, balance: 10n ** 24n })),
        mining: { auto: true, interval: 0 },
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

export type MarketPlan = { readonly households: number; readonly firstPeriod: number; readonly lastPeriod: number }

/** Our contracts with an area, its four institutions, households with 2,000 euro each, a bond and a fund. */
export async function setUpMarket(
  url: string,
  { households, firstPeriod, lastPeriod }: MarketPlan,
): Promise<MarketMaker> {
  const { addresses } = await deployContracts({ url, keys: KEYS })
  const ledger = await connectLedger({ url, addresses })
  await openArea(ledger, KEYS, AREA, {
    firstPeriod: deliveryPeriod(firstPeriod),
    lastPeriod: deliveryPeriod(lastPeriod),
    gateClosureLeadSeconds: GATE_CLOSURE_LEAD,
    readingDeadlineSeconds: 300,
    operatorDeadlineSeconds: 600,
    challengeWindowSeconds: CHALLENGE_WINDOW,
    correctionDelaySeconds: 2 * DAY_SECONDS,
    finalDelaySeconds: 3 * DAY_SECONDS,
  })
  const { retail, feedIn, grid, gridLocal, levy, platformFee } = TARIFF
  const rateOf = (value: number) => rate(BigInt(value))
  await setTariff(ledger, { supplierKey: KEYS.supplier, dsoKey: KEYS.dso }, AREA, {
    retail: rateOf(retail),
    feedIn: rateOf(feedIn),
    grid: rateOf(grid),
    gridLocal: rateOf(gridLocal),
  })
  await setCharges(ledger, KEYS, AREA, { levy: rateOf(levy), platformFee: rateOf(platformFee) })
  const institution = (kind: 'supplier' | 'dso' | 'tax-authority' | 'platform-operator', name: string) => ({
    kind,
    account: addressOfKey(keyOf(name)),
    tradingKey: null,
    meterKey: null,
    quantityLimitWh: 0n,
    connectionPoint: `0x${'00'.repeat(32)}`,
  })
  const members = Array.from({ length: households }, (_, index) => FIRST_HOUSEHOLD + index)
  await registerMembers(ledger, KEYS, AREA, [
    institution('supplier', 'supplier'),
    institution('dso', 'dso'),
    institution('tax-authority', 'tax'),
    institution('platform-operator', 'platform'),
    ...members.map((memberId) => ({
      kind: 'household' as const,
      account: addressOfKey(accountKeyOf(memberId)),
      tradingKey: addressOfKey(tradingKeyOf(memberId)),
      meterKey: addressOfKey(keyOf(`meter ${memberId}`)),
      quantityLimitWh: 10_000n,
      connectionPoint: `0x${memberId.toString(16).padStart(64, '0')}`,
    })),
  ])
  const bank = { settlementBankKey: KEYS.settlementBank }
  await fundAccounts(ledger, bank, [
    ...[SUPPLIER, DSO, TAX_AUTHORITY, PLATFORM_OPERATOR].map((memberId) => ({ memberId, amount: money(10n ** 12n) })),
    ...members.map((memberId) => ({ memberId, amount: money(2_000_000_000n) })),
  ])
  await endowArea(ledger, bank, AREA, { bond: money(5_000_000_000n), fund: money(1_000_000_000n) })
  return createMarketMaker(ledger)
}

/** Does on the ledger what the operators do, at the times given (unix seconds). */
export function createMarketMaker(ledger: Ledger) {
  const { url, addresses, contracts } = ledger
  const domainSeparator = domainSeparatorOf(CHAIN_ID, addresses.callAuction)
  const pages = new Map<number, Uint8Array>()

  const rpc = async (method: string, params: readonly unknown[]): Promise<unknown> => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    })
    const answer = (await response.json()) as { result?: unknown; error?: { message: string; data?: unknown } }
    if (answer.error !== undefined)
      throw new Error(`${method}: ${answer.error.message} ${JSON.stringify(answer.error.data)}`)
    return answer.result
  }

  /** Calls a contract with the key, at that time or, where it has passed, now. */
  const send = async (
    key: string,
    contract: ContractName,
    name: string,
    parameters: readonly unknown[],
    time?: number,
  ): Promise<string> => {
    return sendData(key, contract, contracts[contract].interface.encodeFunctionData(name, parameters), time)
  }

  const sendData = async (key: string, contract: ContractName, data: string, time?: number): Promise<string> => {
    if (time !== undefined) await goTo(time)
    const transaction = { from: addressOfKey(key), to: addresses[contract], data, gas: GAS }
    return (await rpc('eth_sendTransaction', [transaction])) as string
  }

  const now = async (): Promise<number> => {
    const block = (await rpc('eth_getBlockByNumber', ['latest', false])) as { timestamp: string }
    return Number(block.timestamp)
  }

  const goTo = async (time: number): Promise<void> => {
    if ((await now()) < time) await rpc('evm_setNextBlockTimestamp', [`0x${time.toString(16)}`])
  }

  const publishDay = async (day: number): Promise<void> => {
    const time = Math.max(await now(), day * DAY_SECONDS - DAY_SECONDS + 60)
    const before = (await ledger.contracts.tradingDays.getFunction('pagesOf')(AREA, day)) as string[]
    await send(KEYS.marketOperator, 'tradingDays', 'publishKeys', [AREA, day, 1_000], time)
    const after = (await ledger.contracts.tradingDays.getFunction('pagesOf')(AREA, day)) as string[]
    const codes = await Promise.all(
      after.slice(before.length).map((address) => rpc('eth_getCode', [address, 'latest'])),
    )
    const known = pages.get(day) ?? new Uint8Array()
    pages.set(day, Buffer.concat([known, ...codes.map((code) => Buffer.from((code as string).slice(4), 'hex'))]))
  }

  /** Packs and signs the wishes of a session, by rank. */
  const packOrders = (period: number, wishes: readonly Wish[]): Buffer => {
    const entries = pages.get(Math.floor(period / 96)) ?? new Uint8Array()
    const indices = new Map<string, number>()
    for (let index = 0; index < entryCountOf(entries); index += 1) {
      const entry = readEntry(entries, index)
      indices.set(`${entry.trader}:${entry.key}`, index)
    }
    const check = signatureCheckOf(domainSeparator, AREA, period)
    const gateClosure = period * PERIOD_SECONDS - GATE_CLOSURE_LEAD
    const sorted = [...wishes].sort((one, other) => one.memberId * 2 + one.side - other.memberId * 2 - other.side)
    return Buffer.concat(
      sorted.map(({ memberId, side, quantity, limit, salt = 1n, key = tradingKeyOf(memberId) }) => {
        const packed = Buffer.alloc(84)
        const tick = (limit + 500_000) / 100
        packed.writeUInt16BE(indices.get(`${memberId}:${keyAddressOf(key)}`) ?? 0xffff)
        packed.writeUInt32BE(quantity + (side === 1 ? 0x8000_0000 : 0), 2)
        packed.writeUInt16BE(tick, 6)
        packed.writeUInt32BE(0, 8)
        packed.writeBigUInt64BE(salt, 12)
        const terms = { trader: memberId, side, quantity, tick, expiry: gateClosure, salt: packed.subarray(12, 20) }
        const { signature, recid } = secp256k1.ecdsaSign(check.digestOf(terms), privateBytesOf(key))
        packed.set(signature, 20)
        if (recid === 1) packed[52]! |= 0x80
        return packed
      }),
    )
  }

  /** Closes the gate with the packed orders and clears; `opened` are terms of orders opened on the ledger. */
  const clear = async (
    period: number,
    packed: Uint8Array,
    opened: readonly Uint8Array[] = [],
    revokedEntries: readonly number[] = [],
  ): Promise<SessionResult> => {
    const { result, gateClosure } = factsOf(period, packed, opened, revokedEntries)
    await send(
      KEYS.marketOperator,
      'callAuction',
      'closeGate',
      [AREA, period, packed.length / 84, hashOrders(packed)],
      gateClosure + 1,
    )
    return clearClosed(period, packed, opened, result)
  }

  const factsOf = (
    period: number,
    packed: Uint8Array,
    opened: readonly Uint8Array[],
    revokedEntries: readonly number[] = [],
  ) => {
    const gateClosure = period * PERIOD_SECONDS - GATE_CLOSURE_LEAD
    const entries = pages.get(Math.floor(period / 96)) ?? new Uint8Array()
    const { retail, feedIn, platformFee } = TARIFF
    const chunks = chunksOfOrders(packed)
    const facts = {
      area: AREA,
      period,
      gateClosure,
      retail,
      feedIn,
      platformFee,
      domainSeparator,
      entries,
      revokedEntries,
      chunks,
      opened,
    }
    return { gateClosure, result: clearSession(facts) }
  }

  /** The same for orders that are all known to be valid, which saves checking them. */
  const clearTrusted = async (period: number, packed: Uint8Array): Promise<void> => {
    const { price: at, bidsAtOrAbove, bidsAbove, offersAtOrBelow, offersBelow } = clearPacked(packed).claim
    const claim = [at, bidsAtOrAbove, bidsAbove, offersAtOrBelow, offersBelow]
    const time = period * PERIOD_SECONDS - GATE_CLOSURE_LEAD + 1
    await send(
      KEYS.marketOperator,
      'callAuction',
      'closeGate',
      [AREA, period, packed.length / 84, hashOrders(packed)],
      time,
    )
    await send(KEYS.marketOperator, 'callAuction', 'clear', [AREA, period, claim, hexOf(packed), '0x'])
  }

  const clearClosed = async (
    period: number,
    packed: Uint8Array,
    opened: readonly Uint8Array[],
    result: SessionResult = factsOf(period, packed, opened).result,
  ): Promise<SessionResult> => {
    const chunks = chunksOfOrders(packed)
    for (const [index, chunk] of chunks.entries()) {
      const forced = index === chunks.length - 1 ? hexOf(Buffer.concat(opened)) : '0x'
      await send(KEYS.marketOperator, 'callAuction', 'clear', [AREA, period, result.claim, hexOf(chunk), forced])
    }
    return result
  }

  return {
    ledger,
    rpc,
    send,
    sendData,
    now,
    goTo,
    publishDay,
    packOrders,
    clear,
    clearClosed,
    clearTrusted,
    domainSeparator,
    entriesOf: (day: number) => pages.get(day) ?? new Uint8Array(),
    close: () => ledger.close(),
  }
}

export type MarketMaker = ReturnType<typeof createMarketMaker>

const addresses = new Map<string, string>()
const privateKeys = new Map<string, Uint8Array>()

function keyAddressOf(key: string): string {
  const known = addresses.get(key) ?? addressOfKey(key)
  addresses.set(key, known)
  return known
}

function privateBytesOf(key: string): Uint8Array {
  const known = privateKeys.get(key) ?? new Uint8Array(Buffer.from(key.slice(2), 'hex'))
  privateKeys.set(key, known)
  return known
}
