import { z } from 'zod'
import { commandAction, FULL_CHARGE, LARGEST_POWER_W } from '../../domain/devices/command-action.ts'
import { COMMAND_HAPPENINGS, COMMAND_STATES } from '../../domain/devices/command-life.ts'
import { COMMAND_SOURCES } from '../../domain/devices/device-limits.ts'
import { address, hash, trader, unixTime, wholeNumber } from './scalars.ts'

const LARGEST_PAGE = 200
const LAST_SECOND = 2 ** 31 - 1

const id = z.uuid({ error: 'is no UUID' }).toLowerCase()
const device = z
  .string()
  .regex(/^0x[0-9a-f]{40}$/, { error: 'is not the address of a device in lower case' })
  .meta({ description: 'Address behind the DID of the device, in lower case.' })
const signature = z
  .string()
  .regex(/^0x[0-9a-fA-F]{128}$/, { error: 'is not 64 bytes as 0x-hex' })
  .meta({ description: 'EIP-2098, 64 bytes as 0x-hex.' })
const power = z.number().int().min(0).max(LARGEST_POWER_W).meta({ description: 'Watts, 0 or more.' })
const charge = z.number().int().min(0).max(FULL_CHARGE).meta({ description: 'State of charge, in thousandths.' })

export const devicePath = z.object({ address: device })
export const deviceCommandPath = z.object({ address: device, id })

const LAST_NUMBER = 2 ** 32 - 1
const numberOnLedger = z.number().int().min(1).max(LAST_NUMBER)

const expiresAt = unixTime
  .max(LAST_SECOND)
  .meta({ description: "Unix seconds by the ledger's clock, at most a day ahead: from then on it is not sent." })

export const deviceCommandRequest = z
  .strictObject({
    id: id
      .optional()
      .meta({ description: 'Sent again with the same id it has no further effect. Made for you where it is missing.' }),
    action: commandAction.meta({ description: 'Power is signed: positive flows into the device.' }),
    expiresAt,
    agent: z.strictObject({ trader, signature }).optional().meta({
      description:
        "For an agent, which needs no sign-in: it signs DeviceCommand(uint128 id,address device,uint32 trader,string action,uint64 expiresAt), in the domain of meter readings, with the household's trading key of the day or the key that it delegated to; `action` as JSON without spaces, its fields in the sequence in which they are described here.",
    }),
    aggregator: z.strictObject({ portfolioId: numberOnLedger, orderId: numberOnLedger, signature }).optional().meta({
      description:
        "For an aggregator, which needs no sign-in: it signs DeviceActivation(uint128 id,address device,uint32 portfolio,uint32 order,string action,uint64 expiresAt), in the domain of meter readings, with the key that owns the account of the portfolio's aggregator; `action` as an agent does. The order binds, is of the portfolio, and the device's member is in it for the order's product.",
    }),
  })
  .refine(({ agent, aggregator }) => agent === undefined || aggregator === undefined, {
    path: ['aggregator'],
    error: 'is signed by an agent already',
  })
  .meta({ id: 'DeviceCommandRequest' })

export const deviceCommandEvent = z
  .object({
    position: z.number().int().meta({ description: "In the device's trail, from 1 without a gap." }),
    happening: z.enum(COMMAND_HAPPENINGS),
    at: unixTime,
    attempt: z.number().int(),
    detail: z.string(),
    previous: hash,
    digest: hash.meta({ description: 'EIP-712, of the event and of the digest of the event before.' }),
    signer: address,
    signature: z.string(),
  })
  .meta({ id: 'DeviceCommandEvent', description: 'What happened to a command, as the gateway signed it.' })

export const deviceCommand = z
  .object({
    id,
    device,
    state: z.enum(COMMAND_STATES),
    source: z.enum(COMMAND_SOURCES),
    issuer: address.meta({ description: 'Account, or the key of the agent or the aggregator.' }),
    action: commandAction,
    createdAt: unixTime,
    expiresAt: unixTime,
    cancelledAt: unixTime.nullable(),
    events: z.array(deviceCommandEvent),
  })
  .meta({ id: 'DeviceCommand', description: 'What a device is told, and what became of it.' })

export const deviceCommandPage = z
  .object({
    items: z.array(deviceCommand),
    nextBefore: z.string().nullable().meta({ description: '`before` of the next page; null on the last.' }),
  })
  .meta({ id: 'DeviceCommandPage' })

export const deviceCommandQuery = z.strictObject({
  before: z
    .string()
    .regex(/^[1-9][0-9]{0,17}$/, { error: 'is not what a page ended with' })
    .optional()
    .meta({ description: 'Only commands before this one.' }),
  limit: wholeNumber(1, LARGEST_PAGE, 'The most commands to answer with; 50 unless told.').optional(),
})

export const deviceLimits = z
  .strictObject({
    mostChargeW: power,
    mostDischargeW: power,
    leastStateOfCharge: charge,
    mostStateOfCharge: charge,
    sources: z
      .array(z.enum(COMMAND_SOURCES))
      .max(COMMAND_SOURCES.length)
      .meta({ description: 'Whose commands are sent, and of nobody else.' }),
    isPaused: z.boolean().meta({ description: 'Nothing is sent at all, not even for the owner.' }),
  })
  .meta({ id: 'DeviceLimits', description: 'What the owner of a device lets be done with it.' })

export type DeviceCommandRequest = z.infer<typeof deviceCommandRequest>
export type DeviceCommandView = z.infer<typeof deviceCommand>
export type DeviceCommandPage = z.infer<typeof deviceCommandPage>
