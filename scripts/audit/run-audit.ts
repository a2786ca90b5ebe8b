import { CONTRACT_NAMES } from '../../services/chain/ledger.ts'
import { DomainError } from '../../services/domain/errors.ts'
import type { AuditOptions } from './audit-options.ts'
import { checkConsent, type ConsentSummary } from './consent-check.ts'
import type { ConsentData } from './consent-data.ts'
import { createContractFinder, deploymentOf, type Artifacts, type Deployment, type ForeignCode } from './deployment.ts'
import { DifferenceFound, placeOfDifference, type Difference } from './difference.ts'
import { isWithin, requireSameState } from './head-state.ts'
import { readBlocks, refuseBlock } from './ledger-stream.ts'
import { receiptsMethodOf } from './ledger/block-source.ts'
import { bytesOf } from './ledger/hex.ts'
import type { VerifiedBlock } from './ledger/verified-block.ts'
import { createBooks, type Books } from './replay/books.ts'
import type { ClearedSession } from './replay/sessions.ts'
import { requireSameSession } from './session-check.ts'
import { startPool, type Pool } from './work/pool.ts'
import { readBatch } from './ledger/read-batch.ts'

export type AuditCounts = {
  blocks: number
  transactions: number
  events: number
  orders: number
  voidOrders: number
  sessions: number
  keyPages: number
  readings: number
  runs: number
  payments: number
  stateValues: number
  restrictedCalls: number
}

/** What an audit came to. Everything before `difference`, where there is one, agreed. */
export type AuditOutcome = {
  readonly difference: Difference | null
  readonly counts: AuditCounts
  readonly chainId: number
  readonly head: { readonly number: number; readonly hash: string; readonly timestamp: number } | null
  readonly deployment: Deployment | null
  readonly foreign: readonly ForeignCode[]
  readonly books: Books | null
  readonly orderCounts: ReadonlyMap<string, number>
  readonly consent: ConsentSummary | null
  readonly seconds: number
}

export type Progress = { readonly block: number; readonly head: number; readonly orders: number }

const SESSIONS_AHEAD = 64

/**
 * Audits a ledger from its first block on. Never throws for a difference, which it answers with; throws
 * `ledger-unreachable` and what `deploymentOf` throws.
 */
export async function runAudit(
  options: Omit<AuditOptions, 'outFolder' | 'dataFiles'> & { readonly consent: readonly ConsentData[] },
  artifacts: Artifacts,
  onProgress: (progress: Progress) => void = () => undefined,
): Promise<AuditOutcome> {
  const began = performance.now()
  const [chain, last] = (await readBatch(options.url, [
    { method: 'eth_chainId', params: [] },
    { method: 'eth_blockNumber', params: [] },
  ])) as [string, string]
  const pool = startPool()
  const run = createRun({ ...options, chainId: Number(chain), head: Number(last) }, artifacts, pool, onProgress)
  try {
    await run.go()
    return run.outcome(null, performance.now() - began)
  } catch (error) {
    if (!(error instanceof DifferenceFound)) throw error
    return run.outcome(error.difference, performance.now() - began)
  } finally {
    await pool.close()
  }
}

type RunOptions = Omit<AuditOptions, 'outFolder' | 'dataFiles'> & {
  readonly consent: readonly ConsentData[]
  readonly chainId: number
  readonly head: number
}

function createRun(options: RunOptions, artifacts: Artifacts, pool: Pool, onProgress: (progress: Progress) => void) {
  const finder = createContractFinder(artifacts)
  const waiting: VerifiedBlock[] = []
  const pending: (() => Promise<void>)[] = []
  const orderCounts = new Map<string, number>()
  const counts = noCounts()
  let deployment: Deployment | null = null
  let books: Books | null = null
  let lastBlock: VerifiedBlock | null = null
  let creationsSeen = 0
  let consent: ConsentSummary | null = null

  const go = async (): Promise<void> => {
    const method = await receiptsMethodOf(options.url)
    for await (const block of readBlocks(pool, { url: options.url, method, head: options.head })) {
      await take(block)
      onProgress({ block: block.number, head: options.head, orders: counts.orders })
    }
    // Where it never became whole, this says why.
    if (books === null) deploymentOf(finder.creations, CONTRACT_NAMES, options.settlement)
    await drain(0)
    counts.stateValues = await requireSameState(
      options.url,
      options.head,
      books!,
      { addresses: deployment!.addresses, abis: artifacts.abis },
      options,
    )
    books!.currency.requireHeld(books!.accounts.total())
    consent = checkConsent(options.consent, books!, options, {
      chainId: options.chainId,
      settlement: deployment!.addresses.settlement,
    })
  }

  const take = async (block: VerifiedBlock): Promise<void> => {
    if (block.difference !== null) await refuse(block)
    lastBlock = block
    counts.blocks += 1
    counts.transactions += block.transactions.length
    for (const transaction of block.transactions) finder.see(block.number, transaction)
    if (finder.creations.length > creationsSeen) findDeployment()
    if (books === null) {
      waiting.push(block)
      return
    }
    for (const earlier of waiting.splice(0)) if (earlier !== block) await replay(earlier)
    await replay(block)
  }

  const findDeployment = (): void => {
    creationsSeen = finder.creations.length
    try {
      deployment = deploymentOf(finder.creations, CONTRACT_NAMES, options.settlement)
      books ??= createBooks({ addresses: deployment.addresses, abis: artifacts.abis, chainId: options.chainId })
    } catch (error) {
      // Contracts are told of others that are not deployed yet: it may become whole with the next blocks.
      const isEarly = error instanceof DomainError && (error.code !== 'deployment-ambiguous' || books === null)
      if (!isEarly || error.code === 'deployment-ambiguous') throw error
    }
  }

  const replay = async (block: VerifiedBlock): Promise<void> => {
    const pages = await readPages(options.url, books!.pagesIn(block))
    for (const { cleared, facts } of await firstOf(() => books!.replay(block, pages))) {
      if (!isWithin(options, cleared.area, cleared.period)) continue
      const result = pool.run('session', facts)
      result.catch(() => undefined)
      pending.push(async () => finishSession(cleared, await result))
      counts.orders += cleared.orderCount
    }
    await drain(SESSIONS_AHEAD)
  }

  const finishSession = (cleared: ClearedSession, result: Awaited<ReturnType<typeof pool.run<'session'>>>): void => {
    requireSameSession(cleared, result)
    counts.sessions += 1
    counts.voidOrders += result.voidOrders.length
    orderCounts.set(`${cleared.area}:${cleared.period}`, result.validCount)
    // The orders were checked; what they came to is kept.
    for (const chunk of cleared.chunks) (chunk as { orders: Uint8Array }).orders = new Uint8Array()
  }

  /** Sessions are cleared anew beside: one that differs comes before whatever was met meanwhile. */
  const firstOf = async <Result>(work: () => Result): Promise<Result> => {
    try {
      return work()
    } catch (error) {
      await drain(0)
      throw error
    }
  }

  const drain = async (limit: number): Promise<void> => {
    while (pending.length > limit) await pending.shift()!()
  }

  /** A block that is not what its hash says is refused for that, naming what its content seems to be about. */
  const refuse = async (block: VerifiedBlock): Promise<never> => {
    await drain(0)
    let subject = books?.subjectOf(block) ?? {}
    try {
      if (books !== null) {
        const pages = await readPages(options.url, books.pagesIn(block))
        for (const { cleared, facts } of books.replay(block, pages)) {
          requireSameSession(cleared, await pool.run('session', facts))
        }
      }
    } catch (error) {
      if (error instanceof DifferenceFound) {
        subject = { ...subject, ...placeOfDifference(error.difference) }
      } else if (!(error instanceof SyntaxError || error instanceof TypeError || error instanceof RangeError))
        throw error
    }
    return refuseBlock(block, subject)
  }

  const outcome = (difference: Difference | null, milliseconds: number): AuditOutcome => ({
    difference,
    counts: {
      ...counts,
      events: books?.eventCount() ?? 0,
      keyPages: books?.tradingDays.pageCount() ?? 0,
      readings: books?.readings.count() ?? 0,
      runs: books?.runs.all.size ?? 0,
      payments: [...(books?.runs.all.values() ?? [])].reduce((sum, { payments }) => sum + payments.length, 0),
      restrictedCalls: books?.roles.checkedCalls() ?? 0,
    },
    chainId: options.chainId,
    head: lastBlock && { number: lastBlock.number, hash: lastBlock.hash, timestamp: lastBlock.timestamp },
    deployment,
    foreign: finder.foreign,
    books,
    orderCounts,
    consent,
    seconds: milliseconds / 1_000,
  })

  return { go, outcome }
}

/** The code of key pages: it never changes, so that of now is that of then. */
async function readPages(url: string, addresses: readonly string[]): Promise<Map<string, Uint8Array>> {
  const requests = addresses.map((address) => ({ method: 'eth_getCode', params: [address, 'latest'] }))
  const codes = (await readBatch(url, requests)) as string[]
  return new Map(addresses.map((address, index) => [address, bytesOf(codes[index]!)]))
}

function noCounts(): AuditCounts {
  return {
    blocks: 0,
    transactions: 0,
    events: 0,
    orders: 0,
    voidOrders: 0,
    sessions: 0,
    keyPages: 0,
    readings: 0,
    runs: 0,
    payments: 0,
    stateValues: 0,
    restrictedCalls: 0,
  }
}
