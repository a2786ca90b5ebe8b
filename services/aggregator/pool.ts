import { requireSourceAllowed } from '../domain/devices/device-limits.ts'
import { DomainError } from '../domain/errors.ts'
import { reliabilityOf, type PastDelivery } from '../domain/flexibility/pool/device-reliability.ts'
import type { FlexibleDevice } from '../domain/flexibility/pool/device-flexibility.ts'
import type { FreeAsset } from '../domain/flexibility/pool/order-dispatch.ts'
import { energyWh, type DeliveryPeriod, type Rate } from '../domain/units.ts'
import type { HeldConsent } from '../runtime/flex-consents.ts'
import type { Operation } from './operation.ts'

/** A device of a member who consented, and how its owner wants it to be asked. */
export type PooledAsset = FreeAsset & { readonly mode: HeldConsent['mode'] }

/** Which of the members' devices are asked for. */
export type PoolKey = {
  readonly portfolioId: number
  readonly productId: number
  readonly members: readonly number[]
  /** Of which what devices can do is to be known. */
  readonly firstPeriod: DeliveryPeriod
}

/** One test that was passed, whatever its size. */
const PASSED: PastDelivery = { asked: energyWh(1n), delivered: energyWh(1n) }

/**
 * Devices of the members whose consent holds and names them, that said what they can do, and whose owners let the aggregator
 * have them do it: those that are commanded by their limits, and those that are only told what is wished by the consent alone.
 */
export async function readPool(
  operation: Operation,
  { portfolioId, productId, members, firstPeriod }: PoolKey,
): Promise<PooledAsset[]> {
  const { homes, desk, consents, clock } = operation
  const now = clock.now()
  const consentOf = new Map(
    consents
      .filter(
        (consent) => consent.portfolioId === portfolioId && consent.productId === productId && consent.until > now,
      )
      .map((consent) => [consent.memberId, consent]),
  )
  const offered = members.flatMap((memberId) => {
    const consent = consentOf.get(memberId)
    if (consent === undefined) return []
    const devices = homes.devicesOf(memberId, firstPeriod)
    return devices
      .filter(({ device }) => consent.devices === null || consent.devices.includes(device))
      .map((device) => ({ device, consent }))
  })
  const standingOf = await readStandings(
    operation,
    offered.map(({ device }) => device),
  )
  const assets = await Promise.all(
    offered.map(async ({ device: { ask, ...flexibility }, consent }): Promise<PooledAsset | null> => {
      const bounded = await withinLimits(desk, flexibility, consent.mode)
      if (bounded === null) return null
      return {
        flexibility: bounded,
        mode: consent.mode,
        ask: dearer(ask, consent.ask),
        ...standingOf(flexibility),
      }
    }),
  )
  return assets.filter((asset) => asset !== null)
}

type DeviceOfMember = Pick<FlexibleDevice, 'device' | 'memberId'>

/** Makes what says how reliable devices are, by what their members delivered and the tests they passed, and how often they were called. */
export async function readStandings(
  { market, records, settings }: Pick<Operation, 'market' | 'records' | 'settings'>,
  devices: readonly DeviceOfMember[],
): Promise<(device: DeviceOfMember) => Pick<FreeAsset, 'reliabilityPermille' | 'calls'>> {
  const [past, calls] = await Promise.all([
    market.listPastDeliveries([...new Set(devices.map(({ memberId }) => memberId))]),
    records.countCalls(devices.map(({ device }) => device)),
  ])
  const tests = Array.from({ length: settings.passedTests }, () => PASSED)
  return ({ device, memberId }) => ({
    reliabilityPermille: reliabilityOf([...tests, ...(past.get(memberId) ?? [])]),
    calls: calls.get(device) ?? 0,
  })
}

function dearer(one: Rate, other: Rate): Rate {
  return one > other ? one : other
}

/** Within what the owner lets be done with it; null where that is nothing, or its plan is beyond that. */
async function withinLimits(
  desk: Operation['desk'],
  device: FlexibleDevice,
  mode: HeldConsent['mode'],
): Promise<FlexibleDevice | null> {
  const known = await desk.readDevice(device.device)
  // A home that decides for itself need not have registered what it decides about.
  if (known === null) return mode === 'informational' ? device : null
  if (known.device.memberId !== device.memberId) return null
  if (mode === 'informational') return device
  const { limits } = known
  if (!isAllowed(limits)) return null
  const mostW = device.mostW.map((powerW) => Math.min(powerW, downToStep(limits.mostChargeW)))
  const leastW = device.leastW.map((powerW) => Math.max(powerW, -downToStep(limits.mostDischargeW)))
  const isPlanWithin = device.planW.every((planW, position) => planW <= mostW[position]! && planW >= leastW[position]!)
  return isPlanWithin ? { ...device, mostW, leastW } : null
}

function downToStep(powerW: number): number {
  return powerW - (powerW % 4)
}

function isAllowed(limits: Parameters<typeof requireSourceAllowed>[1]): boolean {
  try {
    requireSourceAllowed('aggregator', limits)
    return true
  } catch (error) {
    if (error instanceof DomainError) return false
    throw error
  }
}
