import { deliveryRatioOf, deliveryUseOf } from '../domain/devices/delivery.ts'
import { DomainError } from '../domain/errors.ts'
import type { Store } from '../store/connect.ts'
import { readDevice } from '../store/devices.ts'
import { readArea, type AreaView } from '../store/views/area.ts'
import { listDeliveryDays, listGateways, readDeviceHealth, type DeliverySpan } from '../store/views/device-health.ts'
import type { Access } from './access/access.ts'
import { deviceUnknown, deviceViewerOf, isShown, membersShown } from './device-viewer.ts'
import type { ApiDeps } from './server.ts'

const SECONDS_PER_PERIOD = 900
const SECONDS_PER_DAY = 86_400

type Options = {
  readonly store: Store
  readonly access: Pick<Access, 'requireScope' | 'rolesOf' | 'viewerOf'>
  /** Unix seconds by the ledger's clock. */
  readonly now: () => number
}

/** How devices and gateways do, for whoever may see when something flowed. */
export function deviceHealthOf({ store, access, now }: Options): Pick<ApiDeps, 'readDeviceHealth' | 'listGateways'> {
  const spanOf = ({ calendar }: AreaView, days: number): DeliverySpan => ({
    firstDay: Math.floor(now() / SECONDS_PER_DAY) - days + 1,
    upto: Math.floor((now() - calendar.readingDeadlineSeconds) / SECONDS_PER_PERIOD),
  })

  return {
    async readDeviceHealth(request, address, dayCount) {
      const area = await readArea(store)
      const by = await deviceViewerOf(access, request, area.id)
      const device = await readDevice(store, address)
      if (device === null || !isShown(by, device, 'quarter-hours')) throw deviceUnknown(address)
      const [health, days] = await Promise.all([
        readDeviceHealth(store, address),
        listDeliveryDays(store, address, spanOf(area, dayCount)),
      ])
      const sumOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0)
      const expected = sumOf(days.map((day) => day.expected))
      const delivered = sumOf(days.map((day) => day.delivered))
      const unheard = { gateway: null, knownSince: null, lastSeenAt: null, clockOffsetMs: null, firmware: null }
      return {
        address,
        ...(health ?? { ...unheard, received: 0, late: 0, refused: 0, lost: 0 }),
        delivery: deliveryRatioOf(deliveryUseOf(device.kind), { expected, delivered }),
        days,
      }
    },
    async listGateways(request, dayCount) {
      const area = await readArea(store)
      const by = await deviceViewerOf(access, request, area.id)
      if (membersShown(by, 'quarter-hours') !== null) {
        throw new DomainError(
          'role-missing',
          'how gateways do is shown to whoever runs devices, the meters or the market',
        )
      }
      const found = await listGateways(store, { ...spanOf(area, dayCount), area: area.id, now: now() })
      return {
        items: found.map(({ gateway, use, expected, delivered, devices, heard, refused, lost }) => ({
          ...{ gateway, devices, heard, refused, lost },
          delivery: deliveryRatioOf(use, { expected, delivered }),
        })),
      }
    },
  }
}
