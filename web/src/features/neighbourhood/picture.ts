import { deliveryPeriod, endOf, startOf } from '../../../../services/domain/units.ts'
import type { Neighbourhood } from '../../lib/api-client.ts'
import { energyFlowsOf, type EnergyFlows } from '../../lib/energy-flows.ts'

/** What a home did in the picture's delivery period: it gave energy, took some, did neither, or nobody knows. */
export type HomeState = 'gives' | 'takes' | 'balanced' | 'no reading'

export type HomeInPicture = {
  readonly memberId: number
  readonly name: string
  readonly state: HomeState
  /** Null where there is no reading. */
  readonly flows: EnergyFlows | null
}

export type Picture = {
  readonly period: number
  /** Unix seconds. */
  readonly starts: number
  readonly ends: number
  readonly homes: readonly HomeInPicture[]
  readonly giving: number
  readonly taking: number
  readonly withoutReading: number
  /** Wh that neighbours sold to one another, that the supplier delivered, and that it took. */
  readonly shared: bigint
  readonly fromGrid: bigint
  readonly toGrid: bigint
  /** Micro-euro per kWh; null where nothing was traded or the session is no longer listed. */
  readonly price: bigint | null
}

const STATES = { producing: 'gives', consuming: 'takes', balanced: 'balanced' } as const

/** The latest metered delivery period of all homes; null before the first reading. */
export function pictureOf(neighbourhood: Neighbourhood): Picture | null {
  const periods = neighbourhood.households.flatMap(({ latest }) => (latest === null ? [] : [latest.period]))
  if (periods.length === 0) return null
  const period = Math.max(...periods)
  const homes = neighbourhood.households.map((household) => homeOf(household, period))
  const session = neighbourhood.sessions.find((candidate) => candidate.period === period)
  return {
    period,
    starts: startOf(deliveryPeriod(period)),
    ends: endOf(deliveryPeriod(period)),
    homes,
    giving: homes.filter(({ state }) => state === 'gives').length,
    taking: homes.filter(({ state }) => state === 'takes').length,
    withoutReading: homes.filter(({ state }) => state === 'no reading').length,
    shared: totalOf(homes, 'toNeighbours'),
    fromGrid: totalOf(homes, 'fromGrid'),
    toGrid: totalOf(homes, 'toGrid'),
    price: typeof session?.priceMicroEuroPerKwh === 'string' ? BigInt(session.priceMicroEuroPerKwh) : null,
  }
}

function homeOf({ memberId, name, role, latest }: Neighbourhood['households'][number], period: number): HomeInPicture {
  if (role === null || latest === null || latest.period !== period) {
    return { memberId, name, state: 'no reading', flows: null }
  }
  const metered = { import: BigInt(latest.importWh), export: BigInt(latest.exportWh) }
  return {
    memberId,
    name,
    state: STATES[role],
    flows: energyFlowsOf(metered, BigInt(latest.boughtWh), BigInt(latest.soldWh)),
  }
}

function totalOf(homes: readonly HomeInPicture[], flow: keyof EnergyFlows): bigint {
  return homes.reduce((total, { flows }) => total + (flows?.[flow] ?? 0n), 0n)
}
