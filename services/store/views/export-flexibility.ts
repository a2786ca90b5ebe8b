import { formatPeriodStart, formatUtc } from '../../domain/export/csv.ts'
import { deliveryPeriod, firstPeriodOf, SECONDS_PER_DAY, tradingDay } from '../../domain/units.ts'
import type { Store } from '../connect.ts'
import { listDispatchesOfMembers } from '../flexibility/dispatches.ts'
import { daysOf, pagesOf, type ExportedTable, type ExportScope } from './export-scope.ts'

/** The tables in which a member's flexibility is kept, by the names under which they are handed out. */
export const exportedFlexibility = {
  'flex-memberships': exportMemberships,
  'flex-dispatches': exportDispatches,
  'flex-deliveries': exportDeliveries,
  'flex-entries': exportEntries,
  'flex-statements': exportStatements,
  'nominated-baselines': exportNominated,
  'flex-findings': exportFindings,
  'baseline-accuracies': exportAccuracies,
} as const satisfies Readonly<Record<string, (store: Store, scope: ExportScope) => ExportedTable>>

/** What it consented to, of whenever. */
async function* exportMemberships(store: Store, { memberId }: ExportScope): ExportedTable {
  const rows = await store.client.flexMembership.findMany({
    where: { memberId },
    orderBy: [{ blockNumber: 'asc' }, { logIndex: 'asc' }],
  })
  yield [['portfolio_id', 'product_id', 'from', 'until', 'consent']]
  yield rows.map((row) => [
    ...[row.portfolioId, row.productId, formatUtc(Number(row.from)), formatUtc(Number(row.until)), row.consent],
  ])
}

/** What its devices were asked for, a row for each period of the span. */
async function* exportDispatches(store: Store, { memberId, from, to }: ExportScope): ExportedTable {
  const dispatches = await listDispatchesOfMembers(store, [memberId], Number.MAX_SAFE_INTEGER)
  yield [
    [
      ...['period_start', 'order_id', 'device', 'mode', 'set_point_w', 'moved_w', 'state', 'detail'],
      ...['created_at', 'changed_at'],
    ],
  ]
  yield dispatches
    .toReversed()
    .flatMap(({ schedule, ...dispatch }) =>
      schedule
        .filter(({ period }) => from <= period && period <= to)
        .map(({ period, powerW, movedW }) => [
          ...[formatPeriodStart(deliveryPeriod(period)), dispatch.orderId, dispatch.device, dispatch.mode],
          ...[powerW, movedW, dispatch.state, dispatch.detail],
          ...[dispatch.createdAt, dispatch.changedAt].map(formatUtc),
        ]),
    )
}

/** The leaves of what it delivered. */
async function* exportDeliveries(store: Store, { memberId, ...span }: ExportScope): ExportedTable {
  yield [
    [
      ...['period_start', 'order_id', 'position', 'baseline_wh', 'realised_wh', 'quality', 'reading_version'],
      ...['asked_wh', 'attributed_wh', 'before_wh', 'missing_before_wh', 'delivered_wh', 'revenue_micro_euro'],
      ...['penalty_micro_euro', 'source', 'salt'],
    ],
  ]
  for (const { from, to } of pagesOf(span)) {
    const where = { memberId, period: { gte: from, lte: to } }
    const rows = await store.client.flexAsset.findMany({ where, orderBy: [{ period: 'asc' }, { orderId: 'asc' }] })
    yield rows.map((row) => [
      ...[formatPeriodStart(deliveryPeriod(row.period)), row.orderId, row.position, row.baselineWh, row.realisedWh],
      ...[row.quality, row.readingVersion, row.askedWh, row.attributedWh, row.beforeWh, row.missingBeforeWh],
      ...[row.deliveredWh, row.revenueMicroEuro, row.penaltyMicroEuro, row.source, row.salt],
    ])
  }
}

/** All periods of the days of the span, since one leaf says little without the others. */
async function* exportEntries(store: Store, { memberId, ...span }: ExportScope): ExportedTable {
  yield [
    [...['period_start', 'delivered_wh', 'revenue_micro_euro', 'penalty_micro_euro', 'correction_micro_euro', 'salt']],
  ]
  const { gte, lte } = daysOf(span)
  for (let day = gte; day <= lte; day += 1) {
    const rows = await store.client.flexEntry.findMany({ where: { memberId, day }, orderBy: { position: 'asc' } })
    yield rows.map((row) => [
      formatPeriodStart(deliveryPeriod(firstPeriodOf(tradingDay(day)) + row.position)),
      ...[row.deliveredWh, row.revenueMicroEuro, row.penaltyMicroEuro, row.correctionMicroEuro, row.salt],
    ])
  }
}

/** What it earned by day; positive is paid by it, as in payments. */
async function* exportStatements(store: Store, { memberId, ...span }: ExportScope): ExportedTable {
  const where = { memberId, day: daysOf(span) }
  const rows = await store.client.flexStatement.findMany({ where, orderBy: { day: 'asc' } })
  yield [
    [
      ...['day_start', 'position', 'entries_root', 'charges_micro_euro', 'credits_micro_euro'],
      ...['payment_micro_euro', 'salt'],
    ],
  ]
  yield rows.map((row) => [
    ...[formatUtc(row.day * SECONDS_PER_DAY), row.position, row.entriesRoot, row.chargesMicroEuro],
    ...[row.creditsMicroEuro, row.chargesMicroEuro - row.creditsMicroEuro, row.salt],
  ])
}

async function* exportNominated(store: Store, { memberId, ...span }: ExportScope): ExportedTable {
  yield [['period_start', 'portfolio_id', 'product_id', 'position', 'baseline_wh', 'salt']]
  for (const { from, to } of pagesOf(span)) {
    const where = { memberId, period: { gte: from, lte: to } }
    const rows = await store.client.nominatedBaseline.findMany({ where, orderBy: { period: 'asc' } })
    yield rows.map((row) => [
      ...[formatPeriodStart(deliveryPeriod(row.period)), row.portfolioId, row.productId, row.position],
      ...[row.baselineWh, row.salt],
    ])
  }
}

/** What guards told the DSO of it, with the evidence as JSON. */
async function* exportFindings(store: Store, { memberId }: ExportScope): ExportedTable {
  const where = { memberId }
  const rows = await store.client.flexFinding.findMany({ where, orderBy: [{ day: 'asc' }, { kind: 'asc' }] })
  yield [['product_id', 'day', 'kind', 'rule', 'found_at', 'evidence']]
  yield rows.map((row) => [row.productId, row.day, row.kind, row.rule, formatUtc(row.foundAt), row.evidence])
}

async function* exportAccuracies(store: Store, { memberId }: ExportScope): ExportedTable {
  const where = { memberId }
  const rows = await store.client.baselineAccuracy.findMany({
    where,
    orderBy: [{ productId: 'asc' }, { version: 'asc' }],
  })
  yield [
    [
      ...['product_id', 'method', 'days', 'refused_days', 'periods', 'error_wh', 'squared_error_wh2', 'flow_wh'],
      'last_day',
    ],
  ]
  yield rows.map((row) => [
    ...[row.productId, row.version, row.days, row.refusedDays, row.periods, row.error, row.squaredError, row.flow],
    row.lastDay,
  ])
}
