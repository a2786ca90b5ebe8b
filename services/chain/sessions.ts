import { energyWh, price, type DeliveryPeriod, type EnergyWh, type Price } from '../domain/units.ts'
import { readContract, type Ledger } from './ledger.ts'

export type LedgerSession = {
  readonly state: 'open' | 'gate-closed' | 'cleared'
  /** Unix seconds; null while open. */
  readonly gateClosedAt: number | null
  readonly orderCount: number
  /** Null before clearing and where nothing was traded. */
  readonly price: Price | null
  readonly volume: EnergyWh
  /** keccak256 of the packed orders. */
  readonly ordersHash: string
}

export type ReadingsCommitment = {
  readonly root: string
  readonly count: number
  readonly importTotal: EnergyWh
  readonly exportTotal: EnergyWh
}

const STATES = ['open', 'gate-closed', 'cleared'] as const

export async function readSession(ledger: Ledger, area: number, period: DeliveryPeriod): Promise<LedgerSession> {
  const [session] = (await readContract(ledger, 'callAuction', 'sessionOf', area, period)) as unknown as [
    {
      state: bigint
      gateClosedAt: bigint
      orderCount: bigint
      hasTrade: boolean
      price: bigint
      volume: bigint
      ordersHash: string
    },
  ]
  const state = STATES[Number(session.state)] ?? 'open'
  return {
    state,
    gateClosedAt: state === 'open' ? null : Number(session.gateClosedAt),
    orderCount: Number(session.orderCount),
    price: session.hasTrade ? price(session.price) : null,
    volume: energyWh(session.volume),
    ordersHash: session.ordersHash,
  }
}

export async function isCommitted(ledger: Ledger, area: number, period: DeliveryPeriod): Promise<boolean> {
  const [committed] = await readContract(ledger, 'meterReadings', 'isCommitted', area, period)
  return committed as boolean
}

/** The commitment to the period's readings; all zero before there is one. */
export async function readCommitment(
  ledger: Ledger,
  area: number,
  period: DeliveryPeriod,
): Promise<ReadingsCommitment> {
  const [commitment] = (await readContract(ledger, 'meterReadings', 'commitmentOf', area, period)) as unknown as [
    { root: string; count: bigint; importTotal: bigint; exportTotal: bigint },
  ]
  return {
    root: commitment.root,
    count: Number(commitment.count),
    importTotal: energyWh(commitment.importTotal),
    exportTotal: energyWh(commitment.exportTotal),
  }
}

export async function isSettled(ledger: Ledger, area: number, period: DeliveryPeriod): Promise<boolean> {
  const [settled] = await readContract(ledger, 'settlement', 'isSettled', area, period)
  return settled as boolean
}
