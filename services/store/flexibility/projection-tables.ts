import type {
  CongestionConnection,
  CongestionLimit,
  CongestionPoint,
  FlexAvailability,
  FlexChallenge,
  FlexMembership,
  FlexNomination,
  FlexOffer,
  FlexOrder,
  FlexPayment,
  FlexPortfolio,
  FlexPrequalification,
  FlexProduct,
  FlexRelease,
  FlexRequest,
  FlexReservation,
  FlexRun,
  FlexSettlement,
  Prisma,
} from '../generated/client.ts'
import type { Table } from '../projection-tables.ts'

/** A row with decimals as integers, and columns of JSON as whatever is written there. */
type Written<Row, Column extends keyof Row = never> = {
  [Name in keyof Row]: Name extends Column ? unknown : Row[Name] extends Prisma.Decimal ? bigint : Row[Name]
}

export type ProductRow = Written<Omit<FlexProduct, 'isRetired'>, 'baseline' | 'penalty'>
export type PointRow = CongestionPoint
export type LimitRow = CongestionLimit
export type ConnectionRow = CongestionConnection
export type PortfolioRow = FlexPortfolio
export type MembershipRow = FlexMembership
/** A portfolio as it enters the queue. */
export type QueuedRow = Pick<
  FlexPrequalification,
  'portfolioId' | 'productId' | 'pointId' | 'state' | 'askedW' | 'evidence' | 'askedAt'
>
export type ReservationRow = Written<FlexReservation, 'windows'>
export type ReleaseRow = Written<FlexRelease, 'periods'>
export type RequestRow = Written<Omit<FlexRequest, 'seed' | 'revision'>, 'periods'>
/** An offer as it is sealed. */
export type SealedRow = Omit<FlexOffer, 'openedAt' | 'expiresAt' | 'options' | 'salt'>
export type OrderRow = FlexOrder
/** A run as it is when it is committed. */
export type RunRow = Written<Omit<FlexRun, 'paidAt' | 'paidTransaction'>>
export type SettlementRow = Written<FlexSettlement>
export type AvailabilityRow = Written<FlexAvailability>
export type FlexPaymentRow = FlexPayment
export type NominationRow = Written<FlexNomination>
export type FlexChallengeRow = FlexChallenge

export const PRODUCTS: Table<ProductRow> = {
  name: 'flex_products',
  columns: {
    id: 'int',
    area: 'int',
    buyer: 'text',
    name: 'text',
    purpose: 'text',
    level: 'text',
    direction: 'text',
    activationLeadSeconds: 'bigint',
    longestActivationSeconds: 'bigint',
    recoverySeconds: 'bigint',
    minimumSizeW: 'bigint',
    availabilityPriceMicroEuroPerKwAndPeriod: 'bigint',
    utilisationPriceMicroEuroPerKwh: 'bigint',
    resolutionSeconds: 'int',
    baseline: 'jsonb',
    penalty: 'jsonb',
  },
}
export const POINTS: Table<PointRow> = {
  name: 'congestion_points',
  columns: { id: 'int', area: 'int', entityAddress: 'text', consumptionW: 'bigint', feedInW: 'bigint' },
}
export const LIMITS: Table<LimitRow> = {
  name: 'congestion_limits',
  columns: {
    pointId: 'int',
    number: 'bigint',
    firstPeriod: 'bigint',
    lastPeriod: 'bigint',
    consumptionW: 'bigint',
    feedInW: 'bigint',
  },
}
export const CONNECTIONS: Table<ConnectionRow> = {
  name: 'congestion_connections',
  columns: { pointId: 'int', connectionPoint: 'text', effectPpm: 'bigint' },
  onConflict: '(point_id, connection_point) DO UPDATE SET effect_ppm = EXCLUDED.effect_ppm',
}
export const PORTFOLIOS: Table<PortfolioRow> = {
  name: 'flex_portfolios',
  columns: { id: 'int', area: 'int', aggregator: 'int', name: 'text', feePermille: 'int', split: 'text' },
}
export const MEMBERSHIPS: Table<MembershipRow> = {
  name: 'flex_memberships',
  columns: {
    blockNumber: 'int',
    logIndex: 'int',
    portfolioId: 'int',
    productId: 'int',
    memberId: 'int',
    from: 'bigint',
    until: 'bigint',
    consent: 'text',
  },
}
export const PREQUALIFICATIONS: Table<QueuedRow> = {
  name: 'flex_prequalifications',
  columns: {
    portfolioId: 'int',
    productId: 'int',
    pointId: 'int',
    state: 'text',
    askedW: 'bigint',
    evidence: 'text',
    askedAt: 'int',
  },
  onConflict:
    '(portfolio_id, product_id, point_id) DO UPDATE SET state = EXCLUDED.state, asked_w = EXCLUDED.asked_w, ' +
    'evidence = EXCLUDED.evidence, asked_at = EXCLUDED.asked_at, reason = NULL',
}
export const RESERVATIONS: Table<ReservationRow> = {
  name: 'flex_reservations',
  columns: {
    id: 'int',
    portfolioId: 'int',
    productId: 'int',
    pointId: 'int',
    availabilityPriceMicroEuroPerKwAndPeriod: 'bigint',
    utilisationPriceMicroEuroPerKwh: 'bigint',
    releaseLeadSeconds: 'bigint',
    windows: 'jsonb',
    state: 'text',
    proposedAt: 'int',
  },
}
export const RELEASES: Table<ReleaseRow> = {
  name: 'flex_releases',
  columns: {
    blockNumber: 'int',
    logIndex: 'int',
    reservationId: 'int',
    reference: 'text',
    releasedAt: 'int',
    periods: 'jsonb',
  },
}
export const REQUESTS: Table<RequestRow> = {
  name: 'flex_requests',
  columns: {
    id: 'int',
    pointId: 'int',
    productId: 'int',
    reservationId: 'int',
    supersedes: 'int',
    expiresAt: 'bigint',
    revealUntil: 'bigint',
    priceCapMicroEuroPerKwh: 'bigint',
    periods: 'jsonb',
    firstPeriod: 'bigint',
    lastPeriod: 'bigint',
    state: 'text',
    requestedAt: 'int',
    requestedTransaction: 'text',
  },
}
export const OFFERS: Table<SealedRow> = {
  name: 'flex_offers',
  columns: { id: 'int', requestId: 'int', portfolioId: 'int', commitment: 'text', state: 'text', sealedAt: 'int' },
}
export const ORDERS: Table<OrderRow> = {
  name: 'flex_orders',
  columns: {
    id: 'int',
    state: 'text',
    isTest: 'boolean',
    portfolioId: 'int',
    productId: 'int',
    pointId: 'int',
    offerId: 'int',
    reservationId: 'int',
    option: 'int',
    factor: 'int',
    priceMicroEuro: 'bigint',
    pledgeMicroEuro: 'bigint',
    reference: 'text',
    orderedAt: 'int',
    orderedTransaction: 'text',
  },
}
/** Written with the product's direction (see `writeOrders`). */
export const ORDER_PERIODS = { name: 'flex_order_periods' } as const
export const RUNS: Table<RunRow> = {
  name: 'flex_runs',
  columns: {
    area: 'int',
    day: 'int',
    state: 'text',
    root: 'text',
    statementCount: 'bigint',
    totalMicroEuro: 'numeric',
    readingsAt: 'bigint',
    committedAt: 'int',
    committedTransaction: 'text',
  },
  onConflict:
    '(area, day) DO UPDATE SET state = EXCLUDED.state, root = EXCLUDED.root, ' +
    'statement_count = EXCLUDED.statement_count, total_micro_euro = EXCLUDED.total_micro_euro, ' +
    'readings_at = EXCLUDED.readings_at, committed_at = EXCLUDED.committed_at, ' +
    'committed_transaction = EXCLUDED.committed_transaction',
}
export const SETTLEMENTS: Table<SettlementRow> = {
  name: 'flex_settlements',
  columns: {
    orderId: 'int',
    period: 'bigint',
    area: 'int',
    day: 'int',
    movedWh: 'numeric',
    opposedWh: 'numeric',
    assetCount: 'bigint',
    assetsRoot: 'text',
    servedWh: 'numeric',
    deliveredWh: 'numeric',
    deficiencyWh: 'numeric',
    priceMicroEuro: 'numeric',
    paymentMicroEuro: 'numeric',
    penaltyMicroEuro: 'numeric',
  },
}
export const AVAILABILITY: Table<AvailabilityRow> = {
  name: 'flex_availability',
  columns: {
    reservationId: 'int',
    period: 'bigint',
    area: 'int',
    day: 'int',
    availableW: 'bigint',
    paymentMicroEuro: 'numeric',
  },
}
export const FLEX_PAYMENTS: Table<FlexPaymentRow> = {
  name: 'flex_payments',
  columns: { area: 'int', day: 'int', memberId: 'int', amountMicroEuro: 'bigint' },
}
export const NOMINATIONS: Table<NominationRow> = {
  name: 'flex_nominations',
  columns: {
    portfolioId: 'int',
    productId: 'int',
    day: 'bigint',
    root: 'text',
    count: 'bigint',
    importTotalWh: 'numeric',
    exportTotalWh: 'numeric',
    committedAt: 'int',
  },
}
export const FLEX_CHALLENGES: Table<FlexChallengeRow> = {
  name: 'flex_challenges',
  columns: {
    blockNumber: 'int',
    logIndex: 'int',
    transactionHash: 'text',
    outcome: 'text',
    area: 'int',
    day: 'int',
    memberId: 'int',
    orderId: 'int',
    period: 'bigint',
    challenger: 'int',
  },
}

/** Every table of flexibility that a replay of the ledger rebuilds. */
export const FLEX_PROJECTIONS = [
  PRODUCTS,
  POINTS,
  LIMITS,
  CONNECTIONS,
  PORTFOLIOS,
  MEMBERSHIPS,
  PREQUALIFICATIONS,
  RESERVATIONS,
  RELEASES,
  REQUESTS,
  OFFERS,
  ORDERS,
  ORDER_PERIODS,
  RUNS,
  SETTLEMENTS,
  AVAILABILITY,
  FLEX_PAYMENTS,
  NOMINATIONS,
  FLEX_CHALLENGES,
].map(({ name }) => name)
