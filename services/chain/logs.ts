import { DomainError } from '../domain/errors.ts'
import { decodeEvent, type DecodedEvent } from './events.ts'
import { sendBatch } from './json-rpc.ts'
import type { ContractName, Ledger } from './ledger.ts'
import { readLatestBlock } from './ledger-clock.ts'

type Log = { address: string; topics: string[]; data: string; blockNumber: string; transactionHash: string }

/** An event, the number of its block and the transaction that brought it about. */
export type LoggedEvent = DecodedEvent & { readonly blockNumber: number; readonly transactionHash: string }

/** Nodes refuse wider ranges (Besu does above 5,000). */
const BLOCKS_PER_REQUEST = 5_000

/**
 * The contract's events of these names about an area and a number (period or day) that are its two first indexed values,
 * in their sequence, from the first block at or after `since` (unix seconds) until the latest, or until `isEnough`.
 */
export async function readEventsSince(
  ledger: Ledger,
  query: {
    readonly contract: ContractName
    readonly names: readonly string[]
    readonly area: number
    readonly number: number
    readonly since: number
  },
  isEnough: (events: readonly LoggedEvent[]) => boolean = () => false,
): Promise<LoggedEvent[]> {
  const { interface: contract } = ledger.contracts[query.contract]
  const topics = [query.names.map((name) => contract.getEvent(name)!.topicHash), word(query.area), word(query.number)]
  const { number: latest } = await readLatestBlock(ledger)
  const events: LoggedEvent[] = []
  let from = await firstBlockAt(ledger, query.since, latest)
  while (from <= latest && !isEnough(events)) {
    const to = Math.min(latest, from + BLOCKS_PER_REQUEST - 1)
    const filter = { address: ledger.addresses[query.contract], topics, fromBlock: hex(from), toBlock: hex(to) }
    const [logs] = (await sendBatch(ledger.url, [{ method: 'eth_getLogs', params: [filter] }])) as [Log[]]
    for (const log of logs) {
      const event = decodeEvent(ledger, log)
      if (event === null) continue
      events.push({ ...event, blockNumber: Number(log.blockNumber), transactionHash: log.transactionHash })
    }
    from = to + 1
  }
  return events
}

/**
 * The number of the first block whose timestamp is `time` or later; one beyond the latest where there is none. Looks back
 * in ever longer steps, since what is asked for has mostly just happened.
 */
async function firstBlockAt(ledger: Ledger, time: number, latest: number): Promise<number> {
  let high = latest + 1
  let low = high
  for (let step = 1; low > 0; step *= 2) {
    low = Math.max(0, high - step)
    if ((await timestampOf(ledger, low)) < time) break
    high = low
  }
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if ((await timestampOf(ledger, middle)) >= time) high = middle
    else low = middle + 1
  }
  return low
}

async function timestampOf(ledger: Ledger, number: number): Promise<number> {
  const request = { method: 'eth_getBlockByNumber', params: [hex(number), false] }
  const [block] = (await sendBatch(ledger.url, [request])) as [{ timestamp: string } | null]
  if (block === null) throw new DomainError('ledger-inconsistent', `the node does not have block ${number}`)
  return Number(block.timestamp)
}

function word(value: number): string {
  return `0x${value.toString(16).padStart(64, '0')}`
}

function hex(value: number): string {
  return `0x${value.toString(16)}`
}
