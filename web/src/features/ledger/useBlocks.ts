import { useState } from 'react'
import { api, type Block, type BlockDetail, type BlockPage, type TransactionSummary } from '../../lib/api-client.ts'
import { saysUnknown, type Problem } from '../../lib/problem.ts'
import { queryKeys } from '../../lib/query-keys.ts'
import { useFetched } from '../../lib/useFetched.ts'
import { transactionWordsOf } from './transaction-words.ts'

export type BlockRow = {
  readonly number: number
  readonly hash: string
  readonly at: number
  readonly gasUsed: bigint
  readonly transactionCount: number
}

export type TransactionRow = {
  readonly hash: string
  readonly sender: string
  readonly words: string
  readonly succeeded: boolean
  readonly gasUsed: bigint
}

export type BlocksState =
  | { readonly status: 'loading' }
  | { readonly status: 'failed'; readonly problem: Problem; readonly retry: () => void }
  | { readonly status: 'empty' }
  | {
      readonly status: 'ready'
      readonly blocks: readonly BlockRow[]
      readonly stale: Problem | null
      readonly showEarlier: (() => void) | null
      readonly showLater: (() => void) | null
    }

export type BlockState =
  | { readonly status: 'loading' }
  | { readonly status: 'failed'; readonly problem: Problem; readonly retry: () => void }
  | { readonly status: 'unknown' }
  | {
      readonly status: 'ready'
      readonly block: BlockRow & { readonly parentHash: string; readonly transactions: readonly TransactionRow[] }
    }

const PAGE = 40

const selectPage = (page: BlockPage) => ({ blocks: page.items.map(blockRowOf), next: page.nextBefore })

/** Blocks of the ledger, newest first, page by page. */
export function useBlocks(): BlocksState {
  const [cursors, setCursors] = useState<readonly number[]>([])
  const before = cursors.at(-1) ?? null
  const fetched = useFetched({
    key: queryKeys.blocks(before),
    fetch: (signal) => api.blocks({ limit: PAGE, ...(before === null ? {} : { before }) }, signal),
    select: selectPage,
    placeholder: 'former',
  })
  if (fetched.status !== 'ready') return fetched
  const { blocks, next } = fetched.data
  if (blocks.length === 0) return { status: 'empty' }
  return {
    status: 'ready',
    blocks,
    stale: fetched.stale,
    showEarlier: next === null ? null : () => setCursors([...cursors, next]),
    showLater: cursors.length === 0 ? null : () => setCursors(cursors.slice(0, -1)),
  }
}

/** One block with its transactions. */
export function useBlock(number: number): BlockState {
  const fetched = useFetched({
    key: queryKeys.block(number),
    fetch: (signal) => api.block(number, signal),
    select: blockDetailOf,
  })
  if (fetched.status === 'failed' && saysUnknown(fetched.problem)) return { status: 'unknown' }
  return fetched.status === 'ready' ? { status: 'ready', block: fetched.data } : fetched
}

function blockRowOf(block: Block): BlockRow {
  return {
    number: block.number,
    hash: block.hash,
    at: block.timestamp,
    gasUsed: BigInt(block.gasUsed),
    transactionCount: block.transactionCount,
  }
}

function blockDetailOf(block: BlockDetail) {
  return {
    ...blockRowOf({ ...block, transactionCount: block.transactions.length }),
    parentHash: block.parentHash,
    transactions: block.transactions.map(transactionRowOf),
  }
}

export function transactionRowOf(transaction: TransactionSummary): TransactionRow {
  return {
    hash: transaction.hash,
    sender: transaction.sender,
    words: transactionWordsOf(transaction),
    succeeded: transaction.succeeded,
    gasUsed: BigInt(transaction.gasUsed),
  }
}
