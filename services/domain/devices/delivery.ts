import type { DeviceKind } from './device.ts'

/** What a device's data are for, which says how reliably they have to be there. */
export type DeliveryUse = 'metering' | 'demand-response'

/** The share of delivery periods in which they have to be there in time, in thousandths, as the field states it. */
export const DELIVERY_TARGET_PERMILLE: Readonly<Record<DeliveryUse, number>> = { metering: 980, 'demand-response': 995 }

/** Of so many periods so many brought what was waited for by their reading deadline. */
export type Delivery = { readonly expected: number; readonly delivered: number }

export type DeliveryRatio = Delivery & {
  readonly use: DeliveryUse
  /** In thousandths, rounded down; null where nothing was waited for. */
  readonly ratioPermille: number | null
  readonly targetPermille: number
  /** Null where nothing was waited for. */
  readonly isReached: boolean | null
}

export function deliveryUseOf(kind: DeviceKind): DeliveryUse {
  return kind === 'meter' ? 'metering' : 'demand-response'
}

/** How reliable that is, against what its use asks for. */
export function deliveryRatioOf(use: DeliveryUse, { expected, delivered }: Delivery): DeliveryRatio {
  const targetPermille = DELIVERY_TARGET_PERMILLE[use]
  const nothing = expected === 0
  return {
    ...{ use, expected, delivered, targetPermille },
    ratioPermille: nothing ? null : Math.floor((delivered * 1_000) / expected),
    isReached: nothing ? null : delivered * 1_000 >= expected * targetPermille,
  }
}
