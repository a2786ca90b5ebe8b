import { z } from 'zod'
import { DELIVERY_TARGET_PERMILLE, type DeliveryUse } from '../../domain/devices/delivery.ts'
import { address, count, tradingDay, unixTime, wholeNumber } from './scalars.ts'

const LONGEST_DAYS = 366
const uses = Object.keys(DELIVERY_TARGET_PERMILLE) as DeliveryUse[]

const delivery = {
  expected: count.meta({ description: 'Delivery periods whose reading deadline is over, in which it was waited for.' }),
  delivered: count.meta({ description: 'Of these, with what was waited for there by the reading deadline.' }),
}

const deliveryRatio = z
  .object({
    use: z.enum(uses),
    ...delivery,
    ratioPermille: count
      .nullable()
      .meta({ description: 'In thousandths, rounded down; null where nothing was expected.' }),
    targetPermille: count.meta({ description: '980 for metering, 995 for demand response.' }),
    isReached: z.boolean().nullable(),
  })
  .meta({ id: 'DeliveryRatio' })

const gateway = address.meta({ description: 'Address of the gateway.' })

export const deviceHealth = z
  .object({
    address,
    gateway: gateway.nullable().meta({ description: 'The gateway that heard it last; null where none waits for it.' }),
    knownSince: unixTime.nullable(),
    lastSeenAt: unixTime.nullable().meta({ description: 'Null where it was never heard.' }),
    received: count,
    late: count.meta({ description: 'Of those received, what came after it counted.' }),
    refused: count.meta({ description: 'In its name; nobody knows whether it was the device.' }),
    lost: count.meta({ description: 'Numbers that the sequence of its readings left out.' }),
    clockOffsetMs: z
      .number()
      .int()
      .nullable()
      .meta({ description: 'How far its clock is ahead; null where not known.' }),
    firmware: z.string().nullable(),
    delivery: deliveryRatio,
    days: z.array(z.object({ day: tradingDay, ...delivery })).meta({ description: 'By day, the earliest first.' }),
  })
  .meta({ id: 'DeviceHealth' })

export const gatewayList = z
  .object({
    items: z.array(
      z.object({
        gateway,
        devices: count.meta({ description: 'Of this use, that somebody has.' }),
        heard: count.meta({ description: 'Of these, heard within the last hour.' }),
        refused: count,
        lost: count,
        delivery: deliveryRatio,
      }),
    ),
  })
  .meta({ id: 'GatewayList' })

export const deliveryQuery = z.strictObject({
  days: wholeNumber(1, LONGEST_DAYS, 'UTC days counted, back from today; 30 unless told.').optional(),
})

export type DeviceHealthAnswer = z.infer<typeof deviceHealth>
export type GatewayList = z.infer<typeof gatewayList>
