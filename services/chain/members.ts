import { readContract, type Ledger } from './ledger.ts'
import { sendBatch } from './json-rpc.ts'

export type LedgerMember = {
  readonly memberId: number
  readonly kind: 'household' | 'supplier' | 'dso'
  /** Addresses, lower-case; zero where there is no such key. */
  readonly account: string
  readonly tradingKey: string
  readonly meterKey: string
  readonly quantityLimitWh: bigint
  /** Unix seconds at which the member was deactivated; null while active. */
  readonly activeUntil: number | null
}

type Log = { topics: string[]; data: string; blockNumber: string }
type Directory = { scannedTo: number; readonly byArea: Map<number, Map<number, LedgerMember>> }

const KINDS = ['household', 'supplier', 'dso'] as const
/** Nodes refuse wider ranges (Besu does above 5,000). */
const BLOCKS_PER_REQUEST = 5_000
const directories = new WeakMap<Ledger, Directory>()

/** The area's members by member id. Reads the registry's events, and after the first time only the new ones. */
export async function readMembers(ledger: Ledger, area: number): Promise<LedgerMember[]> {
  const directory = directories.get(ledger) ?? { scannedTo: -1, byArea: new Map<number, Map<number, LedgerMember>>() }
  directories.set(ledger, directory)
  const latest = Number(await ledger.provider.send('eth_blockNumber', []))
  while (directory.scannedTo < latest) {
    const from = directory.scannedTo + 1
    const to = Math.min(latest, directory.scannedTo + BLOCKS_PER_REQUEST)
    const filter = { address: ledger.addresses.memberRegistry, fromBlock: hex(from), toBlock: hex(to) }
    const logs = (await ledger.provider.send('eth_getLogs', [filter])) as Log[]
    const timestamps = await readTimestamps(ledger, logs)
    for (const log of logs) note(ledger, directory, log, timestamps)
    directory.scannedTo = Math.max(directory.scannedTo, to)
  }
  return [...(directory.byArea.get(area)?.values() ?? [])].sort((one, other) => one.memberId - other.memberId)
}

/** The member's deposit, in micro-euro. */
export async function readBalance(ledger: Ledger, memberId: number): Promise<bigint> {
  const [balance] = await readContract(ledger, 'accounts', 'balanceOf', memberId)
  return balance as bigint
}

/** What the supplier carries for the member, in micro-euro. */
export async function readDebt(ledger: Ledger, memberId: number): Promise<bigint> {
  const [debt] = await readContract(ledger, 'accounts', 'debtOf', memberId)
  return debt as bigint
}

function note(ledger: Ledger, directory: Directory, log: Log, timestamps: ReadonlyMap<string, number>): void {
  const event = ledger.contracts.memberRegistry.interface.parseLog(log)
  if (event === null) return
  const members = directory.byArea.get(Number(event.args.area)) ?? new Map<number, LedgerMember>()
  directory.byArea.set(Number(event.args.area), members)
  const memberId = Number(event.args.memberId)
  const known = members.get(memberId)
  if (event.name === 'MemberRegistered') {
    members.set(memberId, {
      memberId,
      kind: KINDS[Number(event.args.kind)] ?? 'household',
      account: (event.args.account as string).toLowerCase(),
      tradingKey: (event.args.tradingKey as string).toLowerCase(),
      meterKey: (event.args.meterKey as string).toLowerCase(),
      quantityLimitWh: event.args.quantityLimit as bigint,
      activeUntil: known?.activeUntil ?? null,
    })
  } else if (event.name === 'MemberDeactivated' && known !== undefined) {
    members.set(memberId, { ...known, activeUntil: timestamps.get(log.blockNumber) ?? null })
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

function hex(value: number): string {
  return `0x${value.toString(16)}`
}
