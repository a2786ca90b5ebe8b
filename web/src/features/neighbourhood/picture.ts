import { deliveryPeriod, endOf, startOf } from '../../../../services/domain/units.ts'
import type { Neighbourhood } from '../../lib/api-client.ts'
import { energyFlowsOf, type EnergyFlows } from '../../../../services/domain/neighbourhood/energy-flows.ts'

/** What a home did in the picture's delivery period: it gave energy, took some, did neither, nobody knows, or not you. */
export type HomeState = 'gives' | 'takes' | 'balanced' | 'no reading' | 'not shown'

export type HomeInPicture = {
  readonly memberId: number
  readonly name: string
  readonly state: HomeState
  /** Null where there is no reading, or none that you may see. */
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
  const { picture } = neighbourhood
  if (picture === null) return null
  const { period } = picture
  const homes = neighbourhood.households.map((household) => homeOf(household, period))
  const session = neighbourhood.sessions.find((candidate) => candidate.period === period)
  return {
    period,
    starts: startOf(deliveryPeriod(period)),
    ends: endOf(deliveryPeriod(period)),
    homes,
    giving: picture.givingCount,
    taking: picture.takingCount,
    withoutReading: picture.withoutReadingCount,
    shared: BigInt(picture.sharedWh),
    fromGrid: BigInt(picture.fromGridWh),
    toGrid: BigInt(picture.toGridWh),
    price: typeof session?.priceMicroEuroPerKwh === 'string' ? BigInt(session.priceMicroEuroPerKwh) : null,
  }
}

function homeOf(household: Neighbourhood['households'][number], period: number): HomeInPicture {
  const { memberId, name, isShown, role, latest } = household
  if (!isShown) return { memberId, name, state: 'not shown', flows: null }
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
