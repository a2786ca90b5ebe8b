import { DomainError } from '../domain/errors.ts'
import { energyWh, price, type DeliveryPeriod, type EnergyWh, type Price } from '../domain/units.ts'
import { readContract, type Ledger } from './ledger.ts'

export type LedgerSession = {
  readonly state: 'open' | 'gate-closed' | 'cleared'
  /** Unix seconds; null while open. */
  readonly gateClosedAt: number | null
  /** Orders that the gate was closed with. */
  readonly orderCount: number
  /** Whether the operator was replaced, so that the session has the orders opened on the ledger alone. */
  readonly isReplaced: boolean
  /** Whether trading was paused at gate closure, so that the session has no orders. */
  readonly isPaused: boolean
  /** Null before clearing and where nothing was traded. */
  readonly price: Price | null
  readonly volume: EnergyWh
  /** Orders committed on the ledger, and how many of those commitments were opened. */
  readonly commitmentCount: number
  readonly openingCount: number
  /** Opened orders that stand: of two of one member and side, one. */
  readonly openedOrderCount: number
  /** Chain over the chunks of packed orders (see `hashOrders`). */
  readonly ordersHash: string
  /** Chain over the chunks of fills; zero before clearing. */
  readonly fillsHash: string
}

/** A version of the commitment to a period's readings. */
export type ReadingsCommitment = {
  readonly root: string
  readonly count: number
  readonly importTotal: EnergyWh
  readonly exportTotal: EnergyWh
}

const LATEST = 2n ** 256n - 1n
const STATES = ['open', 'gate-closed', 'cleared'] as const

export async function readSession(ledger: Ledger, area: number, period: DeliveryPeriod): Promise<LedgerSession> {
  const [session] = (await readContract(ledger, 'callAuction', 'sessionOf', area, period)) as unknown as [
    {
      state: bigint
      gateClosedAt: bigint
      orderCount: bigint
      hasTrade: boolean
      isReplaced: boolean
      isPaused: boolean
      price: bigint
      volume: bigint
      forcedCommitted: bigint
      forcedOpened: bigint
      forcedOrders: bigint
      ordersHash: string
      fillsHash: string
    },
  ]
  const state = STATES[Number(session.state)] ?? 'open'
  return {
    state,
    gateClosedAt: state === 'open' ? null : Number(session.gateClosedAt),
    orderCount: Number(session.orderCount),
    isReplaced: session.isReplaced,
    isPaused: session.isPaused,
    price: session.hasTrade ? price(session.price) : null,
    volume: energyWh(session.volume),
    commitmentCount: Number(session.forcedCommitted),
    openingCount: Number(session.forcedOpened),
    openedOrderCount: Number(session.forcedOrders),
    ordersHash: session.ordersHash,
    fillsHash: session.fillsHash,
  }
}

/** Whether each of `count` consecutive periods is cleared. */
export async function areCleared(
  ledger: Ledger,
  area: number,
  firstPeriod: DeliveryPeriod,
  count: number,
): Promise<boolean> {
  const [areAll] = await readContract(ledger, 'callAuction', 'areCleared', area, firstPeriod, count)
  return areAll as boolean
}

/** How many chunks of the session `address` has had verified against the claim, while it is not cleared. */
export async function readClearedChunks(
  ledger: Ledger,
  area: number,
  period: DeliveryPeriod,
  address: string,
  claimHash: string,
): Promise<number> {
  const [chunks] = await readContract(ledger, 'callAuction', 'chunksClearedBy', area, period, address, claimHash)
  return Number(chunks)
}

export async function isCommitted(ledger: Ledger, area: number, period: DeliveryPeriod): Promise<boolean> {
  const [committed] = await readContract(ledger, 'meterReadings', 'isCommitted', area, period)
  return committed as boolean
}

/** Whether the readings of each of `count` consecutive periods are committed. */
export async function areCommitted(
  ledger: Ledger,
  area: number,
  firstPeriod: DeliveryPeriod,
  count: number,
): Promise<boolean> {
  const [areAll] = await readContract(ledger, 'meterReadings', 'areCommitted', area, firstPeriod, count)
  return areAll as boolean
}

/** A version of the commitment to the period's readings, the latest where none is named; all zero before there is one. */
export async function readCommitment(
  ledger: Ledger,
  area: number,
  period: DeliveryPeriod,
  version?: number,
): Promise<ReadingsCommitment> {
  const [commitment] = (await (version === undefined
    ? readContract(ledger, 'meterReadings', 'commitmentOf', area, period)
    : readContract(ledger, 'meterReadings', 'commitmentAt', area, period, version))) as unknown as [
    { root: string; count: bigint; importTotal: bigint; exportTotal: bigint },
  ]
  return {
    root: commitment.root,
    count: Number(commitment.count),
    importTotal: energyWh(commitment.importTotal),
    exportTotal: energyWh(commitment.exportTotal),
  }
}

/** The latest version of the readings at `time` (unix seconds), or now; null where there was none. */
export async function readReadingsVersion(
  ledger: Ledger,
  area: number,
  period: DeliveryPeriod,
  time?: number,
): Promise<number | null> {
  try {
    const [version] = await readContract(ledger, 'meterReadings', 'versionAt', area, period, time ?? LATEST)
    return Number(version)
  } catch (error) {
    if (error instanceof DomainError && error.code === 'meter-readings-not-committed') return null
    throw error
  }
}
