import {
  challengePeriodCall,
  challengeStatementCall,
  proveLeftOutCall,
  revealTraderCall,
  type LedgerCall,
} from '../chain/challenge-calls.ts'
import { isHeldOnLedger, isValidOnLedger, readCommittedOrders } from '../chain/committed-orders.ts'
import { readFillChunks } from '../chain/fills.ts'
import { derivationOf, type KeyChain, type KeyDerivation } from '../chain/daily-keys.ts'
import type { Ledger } from '../chain/ledger.ts'
import { revealArguments } from '../chain/reveals.ts'
import { readCommitment, readReadingsVersion, readSession } from '../chain/sessions.ts'
import { readCommittedPayments, readRun, type RunNumber } from '../chain/settlement-runs.ts'
import { readSessionKeys } from '../chain/trading-days.ts'
import { DomainError } from '../domain/errors.ts'
import { deliveryPeriod, energyWh, price, tradingDay, tradingDayOf, type TradingDay } from '../domain/units.ts'
import type { Store } from '../store/connect.ts'
import { readKeyChains } from '../store/key-chains.ts'
import { listTraderLinks, readPageLeaves, readTraderLink } from '../store/traders.ts'
import { readArea, type AreaView } from '../store/views/area.ts'
import { readConsentData } from '../store/views/consent-data.ts'
import {
  listDayStatements,
  periodLinesOf,
  readDayStatement,
  readPeriodStatements,
  readReadings,
} from '../store/views/evidence.ts'
import { readHousehold } from '../store/views/households.ts'
import { readOrder, type OrderView } from '../store/views/orders.ts'
import { readSettlementRun } from '../store/views/settlement-runs.ts'
import { isReadable, type Viewer } from './access/access.ts'
import { createChallengeEvidence, type ChallengeEvidenceDeps } from './challenge-evidence.ts'
import { createLeftOut, type Fate, type LeftOut, type LeftOutDeps, type ReceiptedOrder } from './left-out.ts'
import type { CallEvidence } from './schemas/statements.ts'
import type { ApiDeps } from './server.ts'

type Evidence = Pick<
  ApiDeps,
  | 'listStatements'
  | 'readStatement'
  | 'readChallengeEvidence'
  | 'readPeriodChallengeEvidence'
  | 'readConsentData'
  | 'readOrder'
  | 'readOrderMember'
  | 'readLeftOutProof'
>

/** Whatever proves something about statements and orders, out of the store and the ledger; `now` in unix seconds. */
export function evidenceOf(store: Store, ledger: Ledger, now: () => number): Evidence {
  const leftOut = createLeftOut(leftOutDepsOf(ledger))
  const challenge = createChallengeEvidence(challengeDepsOf(store, ledger))
  const revealOf = async (day: TradingDay, memberId: number): Promise<LedgerCall | null> => {
    const link = await readTraderLink(store, memberId, day)
    return link && revealTraderCall(ledger, link, await readPageLeaves(store, link))
  }

  return {
    async listStatements(memberId, days) {
      const area = await readArea(store)
      if ((await readHousehold(store, area, memberId)) === null) return null
      return { items: await listDayStatements(store, area, now(), memberId, days) }
    },
    readStatement: async (memberId, day, run) =>
      readStatementDetail(store, await readArea(store), now(), memberId, day, run),
    async readChallengeEvidence(memberId, day, run) {
      const area = await readArea(store)
      const household = await readHousehold(store, area, memberId)
      if (household === null) return null
      const call = await challenge.ofStatement({ area: area.id, day, run, memberId }, memberId)
      return call && evidenceOfCall(call, household, null)
    },
    async readPeriodChallengeEvidence(memberId, day, run, period) {
      const area = await readArea(store)
      const household = await readHousehold(store, area, memberId)
      if (household === null) return null
      const call = await challenge.ofPeriod({ area: area.id, day, run, memberId }, period, memberId)
      return call && evidenceOfCall(call, household, await revealOf(tradingDay(day), memberId))
    },
    async readConsentData(memberId, periods) {
      const area = await readArea(store)
      if ((await readHousehold(store, area, memberId)) === null) return null
      return {
        format: 'commonwatt-evidence-1',
        chainId: Number(ledger.chainId),
        settlement: ledger.addresses.settlement.toLowerCase(),
        ...(await readConsentData(store, area.id, memberId, periods)),
        traderLinks: await readTraderEvidence(store, memberId, periods),
      }
    },
    async readOrder(viewer, digest) {
      const order = await readOrder(store, await readArea(store), now(), digest)
      if (order === null) return null
      return orderAnswerOf(order, leftOut, mayRead(viewer, order) ? 'reader' : 'stranger')
    },
    async readOrderMember(digest) {
      const order = await readOrder(store, await readArea(store), now(), digest)
      return order && order.memberId
    },
    async readLeftOutProof(digest) {
      const area = await readArea(store)
      const order = await readOrder(store, area, now(), digest)
      if (order === null || order.memberId === null) return null
      const household = await readHousehold(store, area, order.memberId)
      if (household === null) return null
      const reveal = await revealOf(tradingDayOf(deliveryPeriod(order.deliveryPeriod)), order.memberId)
      return evidenceOfCall(await leftOut.proofOf(requireReceipted(order)), household, reveal)
    },
  }
}

/** Of the days in which the periods lie: under which numbers the member traded, each with its proof, and why with these keys. */
async function readTraderEvidence(store: Store, memberId: number, { from, to }: { from: number; to: number }) {
  const links = await listTraderLinks(store, memberId, { from: dayOf(from), to: dayOf(to) })
  const registered = new Set(
    links.flatMap(({ registeredKey, registeredDelegate }) => [registeredKey, registeredDelegate]),
  )
  const chains = await readKeyChains(store, [...registered])
  return Promise.all(
    links.map(async (placed) => {
      const { page, link, siblings } = revealArguments(placed, await readPageLeaves(store, placed))
      const { area, day, trader, key, registeredKey, delegatedKey, registeredDelegate, salt } = link
      const place = [area, day, placed.draw] as const
      const derivation = shownDerivationOf(chains.get(registeredKey), ...place)
      const delegatedDerivation = shownDerivationOf(chains.get(registeredDelegate), ...place)
      const keys = { key, registeredKey, derivation, delegatedKey, registeredDelegate, delegatedDerivation }
      return { day, page, trader, ...keys, salt, siblings }
    }),
  )
}

function shownDerivationOf(
  chain: KeyChain | undefined,
  ...place: readonly [area: number, day: TradingDay, draw: number]
): KeyDerivation | null {
  return chain === undefined ? null : derivationOf(chain, ...place)
}

function dayOf(period: number): TradingDay {
  return tradingDayOf(deliveryPeriod(period))
}

async function readStatementDetail(
  store: Store,
  area: AreaView,
  now: number,
  memberId: number,
  day: number,
  run: number,
): Promise<Awaited<ReturnType<Evidence['readStatement']>>> {
  if ((await readHousehold(store, area, memberId)) === null) return null
  const place = { area: area.id, day, run, memberId }
  const [summaries, periods, committed, settlement] = await Promise.all([
    listDayStatements(store, area, now, memberId, { from: day, to: day }),
    readPeriodStatements(store, place),
    readDayStatement(store, place),
    readSettlementRun(store, area.id, day, run),
  ])
  const summary = summaries.find((statement) => statement.run === run)
  if (summary === undefined) return null
  const proof = settlement === null || committed === null ? null : committed.proof
  return {
    ...summary,
    periods: periods.map(periodLinesOf),
    proof: proof && {
      root: proof.root.hash,
      leafCount: proof.root.count,
      position: proof.position,
      siblings: [...proof.siblings],
    },
    isCommitted: proof && proof.root.hash === settlement?.root,
  }
}

/**
 * Only the order's own view tells a void order from one that was left out: the ledger is asked about no other. Whoever
 * knows an order's digest is told how it stands; what it says, until its session is cleared, nobody is. When it came, and
 * as which of its session, only whoever may read its household's orders is told: digests of fills are public, and in what
 * sequence orders came says whose they are.
 */
async function orderAnswerOf(
  view: OrderView,
  leftOut: LeftOut,
  audience: 'reader' | 'stranger',
): Promise<Awaited<ReturnType<Evidence['readOrder']>>> {
  const { accepted, state } = view
  const receipt =
    accepted === null || accepted.receipt === null
      ? null
      : {
          orderDigest: view.digest,
          position: accepted.position,
          deadline: accepted.deadline,
          signature: accepted.receipt,
        }
  const terms = {
    trader: view.trader,
    memberId: view.memberId,
    side: view.side,
    quantityWh: view.quantityWh,
    limitPriceMicroEuroPerKwh: view.limitPriceMicroEuroPerKwh,
    expiry: view.expiry,
    salt: view.salt,
  }
  const isReader = audience === 'reader'
  const isOpenQuestion = state === 'left-out' && receipt !== null
  return {
    digest: view.digest,
    deliveryPeriod: view.deliveryPeriod,
    terms: isReader && !view.isSealed ? terms : null,
    state: isOpenQuestion ? await fateOf(view, leftOut) : state,
    receivedAt: isReader ? view.receivedAt : null,
    filledWh: view.filledWh,
    priceMicroEuroPerKwh: view.priceMicroEuroPerKwh,
    gateClosedTransaction: view.gateClosedTransaction,
    clearedTransaction: view.clearedTransaction,
    receipt: isReader ? receipt : null,
  }
}

function mayRead(viewer: Viewer, { memberId }: OrderView): boolean {
  return memberId !== null && isReadable(viewer.orders, memberId)
}

async function fateOf(order: OrderView, leftOut: LeftOut): Promise<Fate> {
  try {
    return await leftOut.stateOf(requireReceipted(order))
  } catch (error) {
    // Where the ledger does not tell for the moment, it stays with what is known for certain: it was cleared without it.
    if (error instanceof DomainError) return 'left-out'
    throw error
  }
}

function requireReceipted(view: OrderView): ReceiptedOrder {
  const { accepted, state, digest, isSealed, memberId } = view
  if (accepted === null) {
    throw new DomainError('order-not-left-out', `order ${digest} did not come through this api, so it has no receipt`)
  }
  if (memberId === null) {
    throw new DomainError('order-not-left-out', `order ${digest} is nobody's any more: its member's data were erased`)
  }
  if (accepted.receipt === null) {
    throw new DomainError(
      'order-not-left-out',
      `order ${digest} has no receipt: only a contract can verify it, so it went over the ledger`,
    )
  }
  if (isSealed) {
    throw new DomainError('evidence-incomplete', `the session of order ${digest} is not cleared yet`)
  }
  if (state !== 'left-out')
    throw new DomainError('order-not-left-out', `order ${digest} was not left out: it is ${state}`)
  return {
    memberId,
    order: {
      area: view.area,
      trader: view.trader,
      deliveryPeriod: deliveryPeriod(view.deliveryPeriod),
      side: view.side,
      quantity: energyWh(view.quantityWh),
      limitPrice: price(view.limitPriceMicroEuroPerKwh),
      expiry: view.expiry,
      salt: BigInt(view.salt),
    },
    signature: accepted.signature,
    signingKey: accepted.signingKey,
    position: accepted.position,
    receiptSignature: accepted.receipt,
    deadline: accepted.deadline,
  }
}

function challengeDepsOf(store: Store, ledger: Ledger): ChallengeEvidenceDeps {
  return {
    readDayStatement: (place) => readDayStatement(store, place),
    readPeriodStatements: (place) => readPeriodStatements(store, place),
    readRun: ({ area, day, run }) => readRun(ledger, area, tradingDay(day), run as RunNumber),
    async readPayments({ area, day, run }) {
      const committed = await readRun(ledger, area, tradingDay(day), run as RunNumber)
      return committed === null ? '0x' : readCommittedPayments(ledger, area, tradingDay(day), committed)
    },
    readReadingsVersion: (area, period, time) => readReadingsVersion(ledger, area, period, time),
    readReadingsRoot: async (area, period, version) => (await readCommitment(ledger, area, period, version)).root,
    readReadings: (area, period, version) => readReadings(store, area, period, version),
    readFillChunks: (area, period) => readFillChunks(ledger, area, period),
    challengePeriodCall: (challenge) => challengePeriodCall(ledger, challenge),
    challengeStatementCall: (challenge) => challengeStatementCall(ledger, challenge),
  }
}

function leftOutDepsOf(ledger: Ledger): LeftOutDeps {
  return {
    isPaused: async (area, period) => (await readSession(ledger, area, period)).isPaused,
    isReplaced: async (area, period) => (await readSession(ledger, area, period)).isReplaced,
    readCommittedOrders: (area, period) => readCommittedOrders(ledger, area, period),
    readSessionKeys: (area, day, gateClosure) => readSessionKeys(ledger, area, day, gateClosure),
    isValidOnLedger: (order, entryIndex, signature) => isValidOnLedger(ledger, order, entryIndex, signature),
    isHeldOnLedger: (order, chunks) => isHeldOnLedger(ledger, order, chunks),
    proveLeftOutCall: (claim) => proveLeftOutCall(ledger, claim),
  }
}

function evidenceOfCall(
  call: LedgerCall,
  { account, tradingKey }: { readonly account: string; readonly tradingKey: string },
  reveal: LedgerCall | null,
): CallEvidence {
  return { ...callTextOf(call), callers: [account, tradingKey], reveal: reveal && callTextOf(reveal) }
}

function callTextOf(call: LedgerCall) {
  return {
    contract: call.contract,
    function: call.function,
    arguments: textOf(call.arguments) as Record<string, unknown>,
    calldata: call.calldata,
  }
}

/** Every integer as decimal text, however deep it lies. */
function textOf(value: unknown): unknown {
  if (typeof value === 'bigint' || typeof value === 'number') return value.toString()
  if (Array.isArray(value)) return value.map(textOf)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, textOf(inner)]))
}
