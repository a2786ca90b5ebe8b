import { formatPeriodStart, formatUtc } from '../../domain/export/csv.ts'
import type { ExportedReading } from '../../domain/export/green-button.ts'
import { deliveryPeriod, energyWh, SECONDS_PER_DAY } from '../../domain/units.ts'
import type { Store } from '../connect.ts'
import { TRADERS_SQL } from '../traders.ts'
import { exportedFlexibility } from './export-flexibility.ts'
import { daysOf, pagesOf, type ExportedTable, type ExportScope } from './export-scope.ts'

/** The tables in which a member's data are kept, by the names under which they are handed out. */
export const exportedTables = {
  household: exportHousehold,
  readings: exportReadings,
  'meter-readings': exportMeterReadings,
  orders: exportOrders,
  statements: exportStatements,
  'day-statements': exportDayStatements,
  payments: exportPayments,
  credentials: exportCredentials,
  delegations: exportDelegations,
  consents: exportConsents,
  'sign-ins': exportSignIns,
  ...exportedFlexibility,
} as const satisfies Readonly<Record<string, (store: Store, scope: ExportScope) => ExportedTable>>

export type ExportedTableName = keyof typeof exportedTables

/** The member's quarter-hours as last decided, ascending, in pages. */
export async function* readExportedReadings(store: Store, scope: ExportScope): AsyncGenerator<ExportedReading[]> {
  for await (const rows of readLeaves(store, scope)) {
    yield rows.map((row) => ({
      period: deliveryPeriod(row.period),
      imported: energyWh(row.importEndWh - row.importStartWh),
      exported: energyWh(row.exportEndWh - row.exportStartWh),
      quality: row.quality === 'metered' ? 'metered' : 'estimated',
    }))
  }
}

type Leaf = {
  period: number
  version: number
  quality: string
  importStartWh: bigint
  importEndWh: bigint
  exportStartWh: bigint
  exportEndWh: bigint
  salt: string
}

async function* readLeaves(store: Store, { memberId, ...span }: ExportScope): AsyncGenerator<Leaf[]> {
  for (const { from, to } of pagesOf(span)) {
    yield await store.client.$queryRaw<Leaf[]>`
      SELECT DISTINCT ON (period) period, version, quality, import_start_wh AS "importStartWh",
        import_end_wh AS "importEndWh", export_start_wh AS "exportStartWh", export_end_wh AS "exportEndWh", salt
      FROM reading_leaves
      WHERE member_id = ${memberId}::int AND period BETWEEN ${from}::int AND ${to}::int
      ORDER BY period, version DESC`
  }
}

async function* exportHousehold(store: Store, { memberId }: ExportScope): ExportedTable {
  const rows = await store.client.household.findMany({ where: { memberId } })
  yield [
    ['member_id', 'area', 'name', 'account', 'trading_key', 'meter_key', 'connection_point', 'connection_point_salt'],
  ]
  yield rows.map((row) => [
    ...[row.memberId, row.area, row.name, row.account, row.tradingKey, row.meterKey],
    ...[row.connectionPoint, row.connectionPointSalt],
  ])
}

async function* exportReadings(store: Store, scope: ExportScope): ExportedTable {
  yield [
    [
      'period_start',
      'version',
      'quality',
      'import_wh',
      'export_wh',
      'import_register_wh',
      'export_register_wh',
      'salt',
    ],
  ]
  for await (const rows of readLeaves(store, scope)) {
    yield rows.map((row) => [
      ...[formatPeriodStart(deliveryPeriod(row.period)), row.version, row.quality],
      ...[row.importEndWh - row.importStartWh, row.exportEndWh - row.exportStartWh],
      ...[row.importEndWh, row.exportEndWh, row.salt],
    ])
  }
}

async function* exportMeterReadings(store: Store, { memberId, ...span }: ExportScope): ExportedTable {
  yield [['period_start', 'sequence', 'import_register_wh', 'export_register_wh', 'signature', 'received_at']]
  for (const { from, to } of pagesOf(span)) {
    const where = { memberId, period: { gte: from, lte: to } }
    const rows = await store.client.meterReading.findMany({ where, orderBy: { period: 'asc' } })
    yield rows.map((row) => [
      ...[formatPeriodStart(deliveryPeriod(row.period)), row.sequence, row.importRegisterWh, row.exportRegisterWh],
      ...[row.signature, formatUtc(row.receivedAt)],
    ])
  }
}

type Order = {
  period: number
  side: string
  quantityWh: number
  limitPrice: number
  expiry: bigint
  salt: string
  digest: string
  signature: string
  signingKey: string
  position: number
  receipt: string | null
  receivedAt: number
  filledWh: number | null
}

async function* exportOrders(store: Store, { memberId, ...span }: ExportScope): ExportedTable {
  yield [
    [
      ...['period_start', 'side', 'quantity_wh', 'limit_price_micro_euro_per_kwh', 'filled_wh', 'expiry', 'salt'],
      ...['digest', 'signature', 'signing_key', 'position', 'receipt', 'received_at'],
    ],
  ]
  for (const { from, to } of pagesOf(span)) {
    const rows = await store.client.$queryRaw<Order[]>`
      SELECT o.period, o.side, o.quantity_wh AS "quantityWh", o.limit_price_micro_euro_per_kwh AS "limitPrice", o.expiry,
        o.salt, o.digest, o.signature, o.signing_key AS "signingKey", o.position, o.receipt,
        o.received_at AS "receivedAt", f.filled_wh AS "filledWh"
      FROM orders o LEFT JOIN fills f ON f.digest = o.digest
      JOIN ${TRADERS_SQL} t ON t.area = o.area AND t.day = o.period / 96 AND t.trader = o.trader
      WHERE t.member_id = ${memberId}::int AND o.period BETWEEN ${from}::int AND ${to}::int
      ORDER BY o.period, o.position`
    yield rows.map((row) => [
      ...[formatPeriodStart(deliveryPeriod(row.period)), row.side, row.quantityWh, row.limitPrice, row.filledWh],
      ...[row.expiry, row.salt, row.digest, row.signature, row.signingKey, row.position, row.receipt],
      formatUtc(row.receivedAt),
    ])
  }
}

async function* exportStatements(store: Store, { memberId, ...span }: ExportScope): ExportedTable {
  yield [
    [
      ...['period_start', 'run', 'bought_wh', 'sold_wh', 'reading_version', 'quality', 'import_wh', 'export_wh'],
      ...['energy_micro_euro', 'imbalance_micro_euro', 'grid_tariff_micro_euro', 'levies_micro_euro'],
      ...['platform_fee_micro_euro', 'tariff_only_micro_euro', 'salt'],
    ],
  ]
  for (const { from, to } of pagesOf(span)) {
    const where = { memberId, period: { gte: from, lte: to } }
    const rows = await store.client.statement.findMany({ where, orderBy: [{ period: 'asc' }, { run: 'asc' }] })
    yield rows.map((row) => [
      ...[formatPeriodStart(deliveryPeriod(row.period)), row.run, row.boughtWh, row.soldWh, row.readingVersion],
      ...[row.quality, row.importWh, row.exportWh, row.energyMicroEuro, row.imbalanceMicroEuro],
      ...[row.gridTariffMicroEuro, row.leviesMicroEuro, row.platformFeeMicroEuro, row.tariffOnlyMicroEuro, row.salt],
    ])
  }
}

async function* exportDayStatements(store: Store, { memberId, ...span }: ExportScope): ExportedTable {
  const rows = await store.client.dayStatement.findMany({
    where: { memberId, day: daysOf(span) },
    orderBy: [{ day: 'asc' }, { run: 'asc' }],
  })
  yield [
    [
      ...['day_start', 'run', 'period_count', 'periods_root', 'charges_micro_euro', 'credits_micro_euro'],
      ...['previous_micro_euro', 'payment_micro_euro', 'salt'],
    ],
  ]
  yield rows.map((row) => [
    ...[formatUtc(row.day * SECONDS_PER_DAY), row.run, row.periodCount, row.periodsRoot, row.chargesMicroEuro],
    ...[row.creditsMicroEuro, row.previousMicroEuro],
    ...[row.chargesMicroEuro - row.creditsMicroEuro - row.previousMicroEuro, row.salt],
  ])
}

async function* exportPayments(store: Store, { memberId, ...span }: ExportScope): ExportedTable {
  const rows = await store.client.payment.findMany({
    where: { memberId, day: daysOf(span) },
    orderBy: [{ day: 'asc' }, { run: 'asc' }],
  })
  yield [['day_start', 'run', 'amount_micro_euro']]
  yield rows.map((row) => [formatUtc(row.day * SECONDS_PER_DAY), row.run, row.amountMicroEuro])
}

/** What the ledger has of them; the documents are with their holder. */
async function* exportCredentials(store: Store, { memberId }: ExportScope): ExportedTable {
  const household = await store.client.household.findUnique({ where: { memberId } })
  const subjects = household === null ? [] : [household.account, household.meterKey]
  const rows = await store.client.credential.findMany({
    where: { subject: { in: subjects } },
    orderBy: [{ issuedBlock: 'asc' }, { issuedLogIndex: 'asc' }],
  })
  yield [['id', 'issuer', 'subject', 'role', 'area', 'digest', 'valid_from', 'valid_until', 'status']]
  yield rows.map((row) => [
    ...[row.id, row.issuer, row.subject, row.role, row.area, row.digest],
    ...[row.validFrom, row.validUntil, row.status],
  ])
}

async function* exportDelegations(store: Store, { memberId }: ExportScope): ExportedTable {
  const rows = await store.client.delegation.findMany({ where: { memberId } })
  yield [
    [
      ...['key', 'may_bid', 'may_offer', 'quantity_limit_wh', 'lowest_price_micro_euro_per_kwh'],
      ...['highest_price_micro_euro_per_kwh', 'expiry'],
    ],
  ]
  yield rows.map((row) => [
    ...[row.key, row.mayBid, row.mayOffer, row.quantityLimitWh, row.lowestPriceMicroEuroPerKwh],
    ...[row.highestPriceMicroEuroPerKwh, row.expiry],
  ])
}

async function* exportConsents(store: Store, { memberId }: ExportScope): ExportedTable {
  const rows = await store.client.consent.findMany({
    where: { memberId },
    orderBy: [{ since: 'asc' }, { id: 'asc' }],
  })
  yield [['id', 'given_by', 'reader', 'parts', 'since', 'until', 'revoked_at']]
  yield rows.map((row) => [
    ...[row.id, row.givenBy, row.reader, row.parts.join(' '), formatUtc(row.since)],
    ...[row.until, row.revokedAt].map((time) => (time === null ? null : formatUtc(time))),
  ])
}

/** Of whoever the household's account is; of tokens not even the hash, since only the browser is meant to know them. */
async function* exportSignIns(store: Store, { memberId }: ExportScope): ExportedTable {
  const household = await store.client.household.findUnique({ where: { memberId }, select: { account: true } })
  const rows =
    household === null
      ? []
      : await store.client.signIn.findMany({ where: { account: household.account }, orderBy: { createdAt: 'asc' } })
  yield [['id', 'account', 'way', 'created_at', 'last_used_at', 'expires_at']]
  yield rows.map((row) => [
    ...[row.id, row.account, row.way],
    ...[row.createdAt, row.lastUsedAt, row.expiresAt].map(formatUtc),
  ])
}
