import type { RegisteredKey } from '../domain/market/traders.ts'
import type { Delegation } from '../domain/market/trading-key.ts'
import { energyWh, price } from '../domain/units.ts'
import { sendBatch } from './json-rpc.ts'
import { readContract, type Ledger } from './ledger.ts'

/** In the sequence of the contract's numbers. There is one of each in an area, but for households and aggregators. */
export const MEMBER_KINDS = [
  'household',
  'supplier',
  'dso',
  'tax-authority',
  'platform-operator',
  'aggregator',
  'tso',
] as const
export type MemberKind = (typeof MEMBER_KINDS)[number]

export type LedgerMember = {
  readonly memberId: number
  readonly kind: MemberKind
  /** Addresses, lower-case; zero where there is no such key. */
  readonly account: string
  readonly tradingKey: string
  readonly meterKey: string
  readonly quantityLimitWh: bigint
  /** Unix seconds at which the member was deactivated; null while active. */
  readonly activeUntil: number | null
  /** The key to which the member delegates its trading now, expired or not. */
  readonly delegation: Delegation | null
}

type Log = { topics: string[]; data: string; blockNumber: string }
type Directory = {
  scannedTo: number
  readonly members: Map<number, LedgerMember & { readonly area: number }>
  /** In ascending order of their numbers; null since one of them has changed. */
  byArea: Map<number, readonly LedgerMember[]> | null
}

/** A time to which everything that is revoked now is so. */
export const FAR_AHEAD = 2 ** 32 - 1
const MAY_BID = 1n
const MAY_OFFER = 2n
/** Nodes refuse wider ranges (Besu does above 5,000). */
const BLOCKS_PER_REQUEST = 5_000
const directories = new WeakMap<Ledger, Directory>()

/**
 * The area's members by member id, the same list while none has changed. Reads the registry's events, and after the first
 * time only the new ones.
 */
export async function readMembers(ledger: Ledger, area: number): Promise<readonly LedgerMember[]> {
  const directory: Directory = directories.get(ledger) ?? { scannedTo: -1, members: new Map(), byArea: null }
  directories.set(ledger, directory)
  const latest = Number(await ledger.provider.send('eth_blockNumber', []))
  while (directory.scannedTo < latest) {
    const from = directory.scannedTo + 1
    const to = Math.min(latest, directory.scannedTo + BLOCKS_PER_REQUEST)
    const filter = { address: ledger.addresses.memberRegistry, fromBlock: hex(from), toBlock: hex(to) }
    const logs = (await ledger.provider.send('eth_getLogs', [filter])) as Log[]
    const timestamps = await readTimestamps(ledger, logs)
    for (const log of logs) note(ledger, directory, log, timestamps)
    if (logs.length > 0) directory.byArea = null
    directory.scannedTo = Math.max(directory.scannedTo, to)
  }
  const inOrder = () => [...directory.members.values()].sort((one, other) => one.memberId - other.memberId)
  directory.byArea ??= Map.groupBy(inOrder(), (member) => member.area)
  const members = directory.byArea.get(area) ?? []
  directory.byArea.set(area, members)
  return members
}

/**
 * Those of the trading keys that were revoked by `time` (unix seconds), by the index of their entry, with the time from
 * which each signs nothing for its member any more: a key may trade for several members, and one of them may revoke it. A
 * deactivated member's keys are among them. A right to trade may be lost and given back: what orders are judged by is how
 * it stood at their gate closure, whenever that is asked.
 */
export async function readRevocations(
  ledger: Ledger,
  keys: readonly RegisteredKey[],
  time: number = FAR_AHEAD,
): Promise<ReadonlyMap<number, number>> {
  const words = [...new Set(keys.map(({ memberId }) => memberId >> 8))]
  const bits = await callBatch(
    ledger,
    'revocationBits',
    words.map((word) => [word]),
  )
  const bitsOf = new Map(words.map((word, position) => [word, bits[position]!]))
  const suspects = keys.filter(({ memberId }) => ((bitsOf.get(memberId >> 8)! >> BigInt(memberId & 255)) & 1n) === 1n)
  const times = await callBatch(
    ledger,
    'keyRevokedAt',
    suspects.map(({ memberId, key }) => [memberId, key, time]),
  )
  return new Map(
    suspects.flatMap(({ index }, position): [number, number][] => {
      const time = Number(times[position])
      return time === 0 ? [] : [[index, time]]
    }),
  )
}

/** Unix seconds at which a key of some member of the area was revoked last, or a right to trade lost; zero for never. */
export async function readLastRevocation(ledger: Ledger, area: number): Promise<number> {
  const [last] = await readContract(ledger, 'memberRegistry', 'lastRevocationOf', area)
  return Number(last as bigint)
}

/** The member's deposit, in micro-euro. */
export async function readBalance(ledger: Ledger, memberId: number): Promise<bigint> {
  const [balance] = await readContract(ledger, 'accounts', 'balanceOf', memberId)
  return balance as bigint
}

/** What the member owes to the guarantee fund and to the supplier together, in micro-euro. */
export async function readDebt(ledger: Ledger, memberId: number): Promise<bigint> {
  const [debt] = await readContract(ledger, 'accounts', 'debtOf', memberId)
  return debt as bigint
}

function note(ledger: Ledger, { members }: Directory, log: Log, timestamps: ReadonlyMap<string, number>): void {
  const event = ledger.contracts.memberRegistry.interface.parseLog(log)
  if (event === null) return
  const memberId = Number(event.args.memberId)
  const known = members.get(memberId)
  if (event.name === 'MemberRegistered') {
    members.set(memberId, {
      memberId,
      area: Number(event.args.area),
      kind: MEMBER_KINDS[Number(event.args.kind)] ?? 'household',
      account: (event.args.account as string).toLowerCase(),
      tradingKey: (event.args.tradingKey as string).toLowerCase(),
      meterKey: (event.args.meterKey as string).toLowerCase(),
      quantityLimitWh: event.args.quantityLimit as bigint,
      activeUntil: null,
      delegation: null,
    })
  } else if (known === undefined) return
  else if (event.name === 'MemberDeactivated') {
    members.set(memberId, { ...known, activeUntil: timestamps.get(log.blockNumber) ?? null })
  } else if (event.name === 'TradingKeyReplaced') {
    members.set(memberId, { ...known, tradingKey: String(event.args.key).toLowerCase() })
  } else if (event.name === 'TradingDelegated') {
    const sides = event.args.sides as bigint
    members.set(memberId, {
      ...known,
      delegation: {
        key: (event.args.key as string).toLowerCase(),
        mayBid: (sides & MAY_BID) !== 0n,
        mayOffer: (sides & MAY_OFFER) !== 0n,
        quantityLimit: energyWh(event.args.quantityLimit as bigint),
        lowestPrice: price(event.args.lowestPrice as bigint),
        highestPrice: price(event.args.highestPrice as bigint),
        expiry: Number(event.args.expiry),
      },
    })
  } else if (event.name === 'DelegationRevoked' && known.delegation?.key === String(event.args.key).toLowerCase()) {
    members.set(memberId, { ...known, delegation: null })
  }
}

/** Timestamps of the blocks in which members were deactivated, by block number as the node writes it. */
async function readTimestamps(ledger: Ledger, logs: readonly Log[]): Promise<Map<string, number>> {
  const topic = ledger.contracts.memberRegistry.interface.getEvent('MemberDeactivated')?.topicHash
  const numbers = [...new Set(logs.filter((log) => log.topics[0] === topic).map((log) => log.blockNumber))]
  const blocks = await sendBatch(
    ledger.url,
    numbers.map((number) => ({ method: 'eth_getBlockByNumber', params: [number, false] })),
  )
  return new Map(numbers.map((number, index) => [number, Number((blocks[index] as { timestamp: string }).timestamp)]))
}

/** Numbers that view functions of the member registry return. */
async function callBatch(ledger: Ledger, name: string, parameters: readonly (readonly unknown[])[]): Promise<bigint[]> {
  const { interface: registry } = ledger.contracts.memberRegistry
  const to = ledger.addresses.memberRegistry
  const answers = await sendBatch(
    ledger.url,
    parameters.map((values) => ({
      method: 'eth_call',
      params: [{ to, data: registry.encodeFunctionData(name, values) }, 'latest'],
    })),
  )
  return answers.map((answer) => BigInt(answer as string))
}

function hex(value: number): string {
  return `0x${value.toString(16)}`
}
