import { CONTRACT_NAMES } from '../../services/chain/ledger.ts'
import { DomainError } from '../../services/domain/errors.ts'
import { LAST_PERIOD, type AuditOptions } from './audit-options.ts'
import { checkConsent, type ConsentSummary } from './consent-check.ts'
import type { ConsentData } from './consent-data.ts'
import {
  createContractFinder,
  deploymentOf,
  type Artifacts,
  type Creation,
  type Deployment,
  type ForeignCode,
} from './deployment.ts'
import { differ, DifferenceFound, placeOfDifference, timeOf, type Difference } from './difference.ts'
import { requireSameCode, requireSameCounts } from './head-setup.ts'
import { isDayWithin, isWithin, requireSameState } from './head-state.ts'
import { readBlocks, refuseBlock } from './ledger-stream.ts'
import { receiptsMethodOf } from './ledger/block-source.ts'
import { bytesOf } from './ledger/hex.ts'
import type { VerifiedBlock } from './ledger/verified-block.ts'
import { createNonces } from './ledger/nonces.ts'
import { isBytes } from './ledger/rpc-shape.ts'
import { obligationsAt, type Obligations } from './obligations.ts'
import { SECONDS_PER_PERIOD } from './replay/areas.ts'
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
  contractCodes: number
}

/** What to audit, on which ledger, with whose data. */
export type AuditRequest = Omit<AuditOptions, 'outFolder' | 'dataFiles'> & {
  readonly consent: readonly ConsentData[]
  /** Unix seconds: what lies behind is not expected on the ledger yet. Without it all that is asked for is. */
  readonly now?: number
}

/** What an audit came to. Everything before `difference`, where there is one, agreed. */
export type AuditOutcome = {
  readonly difference: Difference | null
  /** Why it could not be ended: the node failed, or what it was asked to audit is not on the ledger. Null otherwise. */
  readonly failure: DomainError | null
  /** Blocks below this one agreed; null where all that were read did. */
  readonly agreedBefore: number | null
  readonly obligations: Obligations | null
  /** Sessions that were cleared through a contract in a way that does not show of which orders. */
  readonly unseenSessions: readonly ClearedSession[]
  readonly counts: AuditCounts
  readonly chainId: number
  readonly head: { readonly number: number; readonly hash: string; readonly timestamp: number } | null
  readonly deployment: Deployment | null
  readonly foreign: readonly ForeignCode[]
  /** Contracts with our code that do not belong to the deployment: copies, or another one. */
  readonly copies: readonly Creation[]
  readonly books: Books | null
  readonly orderCounts: ReadonlyMap<string, number>
  readonly consent: ConsentSummary | null
  readonly seconds: number
}

export type Progress = { readonly block: number; readonly head: number; readonly orders: number }

const SESSIONS_AHEAD = 64

/**
 * Audits a ledger from its first block on. Never throws for a difference, which it answers with, and neither for a node that
 * fails on the way; throws `ledger-unreachable` and `ledger-refused` where it does not even say how long its ledger is.
 */
export async function runAudit(
  options: AuditRequest,
  artifacts: Artifacts,
  onProgress: (progress: Progress) => void = () => undefined,
): Promise<AuditOutcome> {
  const began = performance.now()
  const [chain, last] = (await readBatch(options.url, [
    { method: 'eth_chainId', params: [] },
    { method: 'eth_blockNumber', params: [] },
  ])) as [unknown, unknown]
  const pool = startPool()
  const head = { chainId: numberIn(chain, 'eth_chainId'), head: numberIn(last, 'eth_blockNumber') }
  const run = createRun({ ...options, ...head }, artifacts, pool, onProgress)
  try {
    await run.go()
    return run.outcome(null, null, performance.now() - began)
  } catch (error) {
    const seconds = performance.now() - began
    if (error instanceof DifferenceFound) return run.outcome(error.difference, null, seconds)
    if (error instanceof DomainError) return run.outcome(null, error, seconds)
    throw error
  } finally {
    await pool.close()
  }
}

function numberIn(answer: unknown, method: string): number {
  if (typeof answer === 'string' && /^0x[0-9a-f]{1,12}$/i.test(answer)) return Number(answer)
  throw new DomainError('ledger-refused', `the ledger answers ${method} with what is no number`)
}

type RunOptions = AuditRequest & { readonly chainId: number; readonly head: number }

function createRun(options: RunOptions, artifacts: Artifacts, pool: Pool, onProgress: (progress: Progress) => void) {
  const finder = createContractFinder(artifacts)
  const waiting: VerifiedBlock[] = []
  const pending: (() => Promise<void>)[] = []
  const orderCounts = new Map<string, number>()
  const counts = noCounts()
  let deployment: Deployment | null = null
  let books: Books | null = null
  let lastBlock: VerifiedBlock | null = null
  let knowledgeSeen = 0
  let consent: ConsentSummary | null = null
  let obligations: Obligations | null = null
  let isRead = false
  const nonces = createNonces()
  const unseenSessions: ClearedSession[] = []
  // Of a block that is refused nothing counts, though it is read to tell what it is about.
  let countsBefore: AuditCounts | null = null

  const go = async (): Promise<void> => {
    const method = await receiptsMethodOf(options.url)
    for await (const block of readBlocks(pool, { url: options.url, method, head: options.head })) {
      await take(block)
      onProgress({ block: block.number, head: options.head, orders: counts.orders })
    }
    // Where it never became whole, this says why.
    if (books === null) deploymentOf(finder.creations, CONTRACT_NAMES, options.settlement, finder.holdsRole)
    await drain(0)
    isRead = true
    requireArea()
    counts.contractCodes = await requireSameCode(options.url, options.head, deployment!, artifacts.bytecodes)
    await requireSameCounts(options.url, options.head, nonces, books!)
    counts.stateValues = await requireSameState(
      options.url,
      lastBlock!,
      books!,
      { addresses: deployment!.addresses, abis: artifacts.abis },
      options,
    )
    books!.currency.requireHeld(books!.accounts.total())
    consent = checkConsent(options.consent, books!, options, {
      chainId: options.chainId,
      settlement: deployment!.addresses.settlement,
    })
    requireWholeScope()
  }

  const requireArea = (): void => {
    const { area } = options
    const known = books!.areas.numbers()
    if (area === null || known.includes(area)) return
    const list = known.length === 0 ? 'none was' : `these were: ${known.join(', ')}`
    throw new DomainError('area-unknown', `area ${area} was never opened on this ledger; ${list}`)
  }

  /** What is audited has to be on the ledger, and done. */
  const requireWholeScope = (): void => {
    const { timestamp } = lastBlock!
    obligations = obligationsAt(timestamp, books!, options)
    if (obligations.difference !== null) throw new DifferenceFound(obligations.difference)
    const end = (options.toPeriod + 1) * SECONDS_PER_PERIOD
    const isBegun = options.fromPeriod * SECONDS_PER_PERIOD <= timestamp
    // What is yet to come nobody expects on the ledger; the report says how far it goes.
    const isToCome = options.now !== undefined && end > options.now
    if (isBegun && (options.toPeriod === LAST_PERIOD || end <= timestamp || isToCome)) return
    const [what, time] = isBegun ? ['end', end] : ['beginning', options.fromPeriod * SECONDS_PER_PERIOD]
    const message = `the ledger ends at ${timeOf(timestamp)}, before the ${what} of what was to be audited (${timeOf(time)})`
    differ('ledger-end', message, { block: lastBlock!.number })
  }

  const take = async (block: VerifiedBlock): Promise<void> => {
    if (block.difference !== null) await refuse(block)
    lastBlock = block
    counts.blocks += 1
    counts.transactions += block.transactions.length
    for (const transaction of block.transactions) finder.see(block.number, transaction)
    // Once chosen it stays, whatever copies of ours others create.
    if (books === null && finder.knowledge() > knowledgeSeen) findDeployment()
    if (books === null) waiting.push(block)
    else {
      for (const earlier of waiting.splice(0)) if (earlier !== block) await replay(earlier)
      await replay(block)
    }
    await countSenders(block)
  }

  /** Whatever else is wrong with a transaction says more of it than that its sender cannot have sent it. */
  const countSenders = async (block: VerifiedBlock): Promise<void> => {
    try {
      nonces.see(block)
    } catch (error) {
      await drain(0)
      if (!(error instanceof DifferenceFound)) throw error
      throw new DifferenceFound({ ...books?.subjectOf(block), ...error.difference })
    }
  }

  const findDeployment = (): void => {
    knowledgeSeen = finder.knowledge()
    try {
      deployment = deploymentOf(finder.creations, CONTRACT_NAMES, options.settlement, finder.holdsRole)
      books = createBooks({ addresses: deployment.addresses, abis: artifacts.abis, chainId: options.chainId })
    } catch (error) {
      // Contracts are told of others that are not deployed yet: it may become whole, or plain, with the next blocks.
      if (!(error instanceof DomainError)) throw error
    }
  }

  const replay = async (block: VerifiedBlock): Promise<void> => {
    const pages = await readPages(options.url, books!.pagesIn(block))
    for (const { cleared, facts } of await firstOf(() => books!.replay(block, pages))) {
      if (!isWithin(options, cleared.area, cleared.period)) continue
      if (!cleared.isRecomputable) {
        unseenSessions.push(cleared)
        continue
      }
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
    countsBefore = countsNow()
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

  const countsNow = (): AuditCounts => {
    const runs = [...(books?.runs.all.values() ?? [])].filter(({ area, day }) => isDayWithin(options, area, day))
    return {
      ...counts,
      events: books?.eventCount() ?? 0,
      keyPages: books?.tradingDays.pageCount((area, day) => isDayWithin(options, area, day)) ?? 0,
      readings: books?.readings.count((area, period) => isWithin(options, area, period)) ?? 0,
      runs: runs.length,
      payments: runs.reduce((sum, { payments }) => sum + payments.length, 0),
      restrictedCalls: [books?.roles, books?.marketRoles, books?.delegations].reduce(
        (sum, each) => sum + (each?.checkedCalls() ?? 0),
        0,
      ),
    }
  }

  const outcome = (difference: Difference | null, failure: DomainError | null, milliseconds: number): AuditOutcome => ({
    difference,
    failure,
    agreedBefore: isRead || difference === null ? null : (difference.block ?? lastBlock?.number ?? 0),
    obligations,
    unseenSessions,
    counts: countsBefore ?? countsNow(),
    chainId: options.chainId,
    head: lastBlock && { number: lastBlock.number, hash: lastBlock.hash, timestamp: lastBlock.timestamp },
    deployment,
    foreign: finder.foreign,
    copies: finder.creations.filter((each) => deployment !== null && !deployment.creations.includes(each)),
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
  const codes = await readBatch(url, requests)
  return new Map(
    addresses.flatMap((address, index) => {
      const code = codes[index]
      return isBytes(code) ? [[address, bytesOf(code)] as const] : []
    }),
  )
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
    contractCodes: 0,
  }
}
