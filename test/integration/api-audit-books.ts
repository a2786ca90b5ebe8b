import type { Books } from '../../scripts/audit/replay/books.ts'
import type { Run } from '../../scripts/audit/replay/runs.ts'
import type { Store } from '../../services/store/connect.ts'
import { DSO, SUPPLIER, TARIFF } from './api-market.ts'
import { PLATFORM_OPERATOR, TAX_AUTHORITY } from './api-projection.ts'

const COUNTERPARTIES = {
  household: 0,
  supplier: SUPPLIER,
  dso: DSO,
  'tax-authority': TAX_AUTHORITY,
  'platform-operator': PLATFORM_OPERATOR,
}

/** What an audit would have replayed of a ledger on which the projections of a settled period rest. */
export async function booksOfProjection(
  store: Store,
  { area, period, households }: { area: number; period: number; households: readonly number[] },
): Promise<Books> {
  const [batch, session, fills, run, payments] = await Promise.all([
    store.client.readingBatch.findFirstOrThrow({ where: { area, period } }),
    store.client.session.findUniqueOrThrow({ where: { area_period: { area, period } } }),
    store.client.fill.findMany({ where: { area, period }, orderBy: { trader: 'asc' } }),
    store.client.settlementRun.findFirstOrThrow({ where: { area, run: 0 } }),
    store.client.payment.findMany({ where: { area, day: Math.floor(period / 96), run: 0 } }),
  ])
  const version = {
    root: batch.root,
    count: batch.count,
    importTotal: BigInt(batch.importTotalWh),
    exportTotal: BigInt(batch.exportTotalWh),
    committedAt: run.committedAt - 1,
    transaction: session.readingsTransaction ?? '',
    block: 1,
  }
  const settled: Run = {
    area,
    day: run.day,
    run: 0,
    root: run.root,
    count: run.statementCount,
    total: BigInt(run.totalMicroEuro),
    payments: payments.map(({ memberId, amountMicroEuro }) => ({ memberId, amount: BigInt(amountMicroEuro) })),
    paymentsHash: '',
    committedAt: run.committedAt,
    readingsAt: run.committedAt,
    place: { transaction: run.committedTransaction },
    withheld: 0n,
    paid: null,
  }
  const packed = fills.map(({ trader, side, filledWh }) => {
    const bytes = Buffer.alloc(7)
    bytes.writeUIntBE(trader, 0, 3)
    bytes.writeUInt32BE(Number(filledWh) + (side === 'offer' ? 0x8000_0000 : 0), 3)
    return bytes
  })
  const cleared = {
    area,
    period,
    price: session.priceMicroEuroPerKwh ?? 0,
    volume: Number(session.volumeWh ?? 0n),
    chunks: [{ fills: Buffer.concat(packed) }],
  }
  const ofRun = (day: number, number: number) => (day === run.day && number === 0 ? settled : undefined)
  return {
    areas: {
      tradedPeriodsOf: () => [period],
      tariffOf: () => Object.fromEntries(Object.entries(TARIFF).map(([name, rate]) => [name, Number(rate)])),
    },
    // Its days are open: everybody trades under its own number.
    tradingDays: {
      sealsOf: () => [],
      traderOf: (_area: number, _day: number, memberId: number) => memberId,
      memberOf: (_area: number, _day: number, trader: number) => trader,
    },
    members: {
      all: new Map(households.map((memberId) => [memberId, { memberId, area, kind: 'household' }])),
      counterpartyOf: (_area: number, kind: keyof typeof COUNTERPARTIES) => COUNTERPARTIES[kind],
      membersOf: () => households,
    },
    sessions: { clearedOf: (_area: number, of: number) => (of === period ? cleared : null) },
    readings: {
      versionsOf: (_area: number, of: number) => (of === period ? [version] : []),
      versionsAt: () => [0],
    },
    runs: { runOf: (_area: number, day: number, number: number) => ofRun(day, number), all: new Map([['', settled]]) },
    challenges: {
      outcomes: [],
      isCorrected: () => false,
      hasCorrectedStatement: () => false,
      correctionOf: () => 0n,
    },
  } as unknown as Books
}
