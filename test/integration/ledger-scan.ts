import { hexToBytes } from '@noble/hashes/utils.js'
import type { Ledger } from '../../services/chain/ledger.ts'

/** Where on a ledger bytes can lie. */
export const PLACES = ['calldata', 'log', 'storage', 'code'] as const
export type Place = (typeof PLACES)[number]

/** Bytes of a ledger, and where they lie. */
export type Written = { readonly place: Place; readonly where: string; readonly bytes: Uint8Array }

/** What must not be found; `kind` says what it is. At least 4 bytes. */
export type Needle = { readonly kind: string; readonly bytes: Uint8Array }

export type Hit = { readonly kind: string; readonly place: Place; readonly where: string }

type Transaction = { readonly hash: string; readonly input: string }
type Log = { readonly transactionHash: string; readonly topics: readonly string[]; readonly data: string }
type Changes = {
  readonly post: Readonly<
    Record<string, { readonly code?: string; readonly storage?: Readonly<Record<string, string>> }>
  >
}

/**
 * Everything that the ledger holds or ever held: the input of every transaction, every log, every value that any
 * transaction left in any slot of storage (the node's prestateTracer tells the changes of each; a ledger of its own begins
 * without storage), and the code of every account that was touched. Slots' numbers are searched too.
 */
export async function readEverything({ provider }: Pick<Ledger, 'provider'>): Promise<Written[]> {
  const written: Written[] = []
  const add = (place: Place, where: string, hex: string) =>
    written.push({ place, where, bytes: hexToBytes(hex.slice(2)) })
  const accounts = new Set<string>()
  const latest = await provider.getBlockNumber()
  for (let number = 0; number <= latest; number += 1) {
    const quantity = `0x${number.toString(16)}`
    const block = (await provider.send('eth_getBlockByNumber', [quantity, true])) as { transactions: Transaction[] }
    for (const { hash, input } of block.transactions) {
      add('calldata', hash, input)
      const tracer = { tracer: 'prestateTracer', tracerConfig: { diffMode: true } }
      const { post } = (await provider.send('debug_traceTransaction', [hash, tracer])) as Changes
      for (const [account, { code, storage = {} }] of Object.entries(post)) {
        accounts.add(account)
        if (code !== undefined) add('code', account, code)
        for (const [slot, value] of Object.entries(storage))
          add('storage', `${account} ${hash}`, `${slot}${value.slice(2)}`)
      }
    }
  }
  for (const account of accounts)
    add('code', account, (await provider.send('eth_getCode', [account, 'latest'])) as string)
  const logs = (await provider.send('eth_getLogs', [{ fromBlock: '0x0', toBlock: 'latest' }])) as Log[]
  for (const { transactionHash, topics, data } of logs) {
    for (const part of [...topics, data]) add('log', transactionHash, part)
  }
  return written
}

/** Where the needles lie, at whichever byte. */
export function findNeedles(written: readonly Written[], needles: readonly Needle[]): Hit[] {
  const byBeginning = new Map<number, Needle[]>()
  for (const needle of needles) {
    const beginning = viewOf(needle.bytes).getUint32(0)
    byBeginning.set(beginning, [...(byBeginning.get(beginning) ?? []), needle])
  }
  const hits: Hit[] = []
  for (const { place, where, bytes } of written) {
    const view = viewOf(bytes)
    for (let start = 0; start + 4 <= bytes.length; start += 1) {
      for (const { kind, bytes: wanted } of byBeginning.get(view.getUint32(start)) ?? []) {
        if (wanted.every((byte, index) => bytes[start + index] === byte)) hits.push({ kind, place, where })
      }
    }
  }
  return hits
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
