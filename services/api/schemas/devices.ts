import { z } from 'zod'
import { COMMAND_KINDS } from '../../domain/devices/command.ts'
import { DEVICE_KINDS, DEVICE_PROTOCOLS } from '../../domain/devices/device.ts'
import { REGISTERED_KINDS } from '../../domain/devices/registration.ts'
import { address, areaId, limit, memberId } from './scalars.ts'
import { addressInBody } from './sign-in.ts'

export const MOST_DEVICES_AT_ONCE = 500
const LARGEST_POWER_W = 10_000_000

const words = (longest: number, description: string) =>
  z
    .string()
    .regex(new RegExp(`^[^\\p{Cc}]{0,${longest}}$`, 'u'), { error: `is not at most ${longest} printable letters` })
    .meta({ description })

const kind = z.enum(DEVICE_KINDS)
const protocol = z.enum(DEVICE_PROTOCOLS)
const capability = z.enum(COMMAND_KINDS)
const maker = words(60, 'Who made it; empty where that is not known.')
const model = words(60, 'What its maker calls it.')
const feeder = words(60, 'Place in the grid; empty where it is not known.')
const ratedPowerW = z.number().int().min(0).max(LARGEST_POWER_W).meta({ description: 'In W, in either direction.' })
const ofMembership = 'Null where the membership of its household is not shown to you.'

export const device = z
  .object({
    address: address.meta({ description: 'Behind its DID, lower-case 0x-hex; of a meter, that of its key.' }),
    did: z.string(),
    kind,
    area: areaId,
    protocol,
    isSigning: z.boolean().meta({ description: 'Whether it signs itself; the gateway signs for all others.' }),
    maker,
    model,
    feeder,
    ratedPowerW,
    capabilities: z.array(capability).meta({ description: 'What it can be told.' }),
    isClaimed: z.boolean(),
    memberId: memberId.nullable().meta({ description: `Whose it is; null for nobody's. ${ofMembership}` }),
    serialNumber: z.string().nullable().meta({ description: ofMembership }),
    endpoint: z
      .string()
      .nullable()
      .meta({ description: `Its name in its protocol. ${ofMembership}` }),
  })
  .meta({ id: 'Device' })

export const devicePage = z
  .object({
    items: z.array(device),
    nextAfter: address.nullable().meta({ description: '`after` of the next page; null on the last.' }),
  })
  .meta({ id: 'DevicePage' })

const claimCodeHash = z.string().regex(/^[0-9a-f]{64}$/, { error: 'is not SHA-256 as 64 hex digits' })

const endpoint = z.string().max(150).nullable().meta({
  description: 'Its endpoint name in LwM2M, host:port/unit in Modbus; null in all others.',
})

export const newDevice = z
  .strictObject({
    address: addressInBody.meta({ description: 'Behind its DID.' }),
    kind: z.enum(REGISTERED_KINDS),
    protocol,
    endpoint: endpoint.default(null),
    isSigning: z.boolean().default(false),
    maker: maker.default(''),
    model: model.default(''),
    serialNumber: words(60, 'As it is on the device.').default(''),
    feeder: feeder.default(''),
    ratedPowerW,
    capabilities: z.array(capability).max(COMMAND_KINDS.length).default([]),
    claimCodeHash: claimCodeHash.nullable().default(null).meta({
      description:
        'SHA-256 of the 16 letters, without dashes, of the code that is printed on it; null for one that nobody can claim.',
    }),
  })
  .meta({ id: 'NewDevice' })

export const newDevices = z
  .strictObject({ devices: z.array(newDevice).min(1).max(MOST_DEVICES_AT_ONCE) })
  .meta({ id: 'NewDevices' })

export const registeredDevices = z
  .object({
    registered: z
      .number()
      .int()
      .min(0)
      .meta({ description: 'That were added, or of which something else is said now.' }),
    known: z.number().int().min(0).meta({ description: 'That were there as they are said to be.' }),
  })
  .meta({ id: 'RegisteredDevices' })

export const deviceClaim = z
  .strictObject({
    code: z.string().trim().min(1).max(60).meta({ description: 'Printed on it; capitals and dashes do not matter.' }),
    memberId: memberId.optional().meta({ description: 'For which of your households, where you have several.' }),
  })
  .meta({ id: 'DeviceClaim' })

const addressInPath = z.string().regex(/^0x[0-9a-f]{40}$/, { error: 'is not an address in lower case' })

export const deviceWay = z
  .strictObject({
    protocol,
    endpoint: endpoint.default(null),
    isSigning: z
      .boolean()
      .meta({ description: 'Whether it signs its readings itself; the gateway signs for all others.' }),
  })
  .meta({ id: 'DeviceWay' })

const counterWh = z
  .string()
  .regex(/^(0|[1-9][0-9]{0,14})$/, { error: 'is not a whole number of Wh as a decimal string' })
  .transform(BigInt)

export const meterExchange = z
  .strictObject({
    at: z.number().int().min(0).meta({ description: "Unix seconds by the ledger's clock; not in the future." }),
    finalImportWh: counterWh.meta({ description: 'Where the counters of the meter that went stood at last.' }),
    finalExportWh: counterWh,
    firstImportWh: counterWh.meta({ description: 'Where those of the meter that came stood at first.' }),
    firstExportWh: counterWh,
  })
  .meta({ id: 'MeterExchange' })

export const devicePath = z.object({ address: addressInPath.meta({ description: 'Address of the device.' }) })

export const deviceFilter = {
  kind: kind.optional(),
  maker: z.string().max(60).optional().meta({ description: 'As it is registered; capitals do not matter.' }),
  model: z.string().max(60).optional().meta({ description: 'As it is registered; capitals do not matter.' }),
  feeder: z.string().max(60).optional(),
  capability: capability.optional(),
  protocol: protocol.optional(),
}

export const deviceQuery = z.strictObject({
  ...deviceFilter,
  claimed: z.enum(['yes', 'no']).optional(),
  after: addressInPath.optional().meta({ description: 'Cursor: `nextAfter` of the page before.' }),
  limit,
})

export type DeviceView = z.infer<typeof device>
export type DevicePage = z.infer<typeof devicePage>
export type NewDeviceRequest = z.infer<typeof newDevice>
export type RegisteredDevices = z.infer<typeof registeredDevices>
export type DeviceClaimRequest = z.infer<typeof deviceClaim>
export type DeviceWay = z.infer<typeof deviceWay>
export type MeterExchangeRequest = z.infer<typeof meterExchange>
export type DeviceQuery = z.infer<typeof deviceQuery>
