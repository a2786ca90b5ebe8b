import { DomainError } from '../../errors.ts'
import { energyOver, powerW, type DeliveryPeriod, type EnergyWh, type PowerW } from '../../units.ts'
import type { FlexDirection } from '../flex-direction.ts'

/** What an asset can do in a direction. */
export type AssetAbility = {
  readonly asset: string
  readonly direction: FlexDirection
  readonly power: PowerW
  /** Within one day, where it can run empty or full, as a battery does; null where it cannot. */
  readonly energy: EnergyWh | null
}

/** What of an asset an offer, or a reservation, counts on in a period: of exclusive options the largest part. */
export type Pledge = {
  readonly asset: string
  readonly direction: FlexDirection
  readonly period: DeliveryPeriod
  readonly power: PowerW
  /** Id of the offer or the contract. An order is pledged under the id of its offer. */
  readonly pledgedTo: string
}

/** An asset that more is pledged of than it can do. */
export type DoublePledge = {
  readonly asset: string
  readonly direction: FlexDirection
  readonly code: 'flex-asset-pledged-twice' | 'flex-asset-energy-pledged-twice'
  /** The first period in which it is too much. */
  readonly period: DeliveryPeriod
  /** To whom it is pledged, up to and in that period; ascending. */
  readonly pledgedTo: readonly string[]
}

/**
 * Assets of which all offers, reservations and orders together count on more than they can do: in one period on more power,
 * or over all periods given, those of a day, on more energy. The same battery in two offers is found here, whoever offers
 * it and for which product. An asset without an ability in the direction can do nothing. In the sequence of the first
 * pledges; of an asset and direction the first period only.
 */
export function doublePledgesOf(abilities: readonly AssetAbility[], pledges: readonly Pledge[]): DoublePledge[] {
  const abilityOf = new Map(abilities.map((ability) => [keyOf(ability), ability]))
  const byAsset = new Map<string, Pledge[]>()
  for (const pledge of pledges) {
    const own = byAsset.get(keyOf(pledge))
    if (own === undefined) byAsset.set(keyOf(pledge), [pledge])
    else own.push(pledge)
  }
  return [...byAsset].flatMap(([key, own]) => {
    const { power, energy } = abilityOf.get(key) ?? { power: powerW(0n), energy: null }
    const found = firstExcessOf(
      [...own].sort((one, other) => one.period - other.period),
      power,
      energy,
    )
    return found === null ? [] : [found]
  })
}

/** Throws the code of the first of `doublePledgesOf`. */
export function requireSinglePledges(abilities: readonly AssetAbility[], pledges: readonly Pledge[]): void {
  const [first] = doublePledgesOf(abilities, pledges)
  if (first === undefined) return
  const { asset, period, pledgedTo, code } = first
  throw new DomainError(
    code,
    `${pledgedTo.join(' and ')} count on more ${code === 'flex-asset-pledged-twice' ? 'power' : 'energy'} of asset ` +
      `${asset} in period ${period} than it has`,
    { asset, period, pledgedTo },
  )
}

/** Of the pledges of one asset and direction, ascending by period. */
function firstExcessOf(own: readonly Pledge[], power: PowerW, energy: EnergyWh | null): DoublePledge | null {
  let [inPeriod, soFar] = [0n, 0n]
  for (const [index, pledge] of own.entries()) {
    const { asset, direction, period } = pledge
    inPeriod = own[index - 1]?.period === period ? inPeriod + pledge.power : pledge.power
    soFar += energyOver(pledge.power)
    const isPower = inPeriod > power
    if (!isPower && (energy === null || soFar <= energy)) continue
    const involved = own.filter((other) => (isPower ? other.period === period : other.period <= period))
    return {
      ...{ asset, direction, period },
      code: isPower ? 'flex-asset-pledged-twice' : 'flex-asset-energy-pledged-twice',
      pledgedTo: [...new Set(involved.map(({ pledgedTo }) => pledgedTo))].sort(),
    }
  }
  return null
}

function keyOf({ asset, direction }: { readonly asset: string; readonly direction: FlexDirection }): string {
  return `${direction}:${asset}`
}
