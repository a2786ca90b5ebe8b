import { z } from 'zod'
import { membership } from './invitations.ts'
import { address, deliveryPeriod, energyWh, hash, memberId, priceMicroEuroPerKwh, side, unixTime } from './scalars.ts'
import { addressInBody } from './sign-in.ts'

/** A decimal number that the database keeps in 4 bytes. */
const quantityWh = energyWh.regex(/^[1-9]\d{0,8}$/, { error: 'is no quantity from 1 Wh to below a GWh' })
const claimCode = z.string().trim().min(1).max(60)

const step = z.object({
  state: z.enum(['missing', 'waiting', 'done', 'refused']),
  reason: z
    .object({ code: z.string(), message: z.string() })
    .optional()
    .meta({ description: 'Why it was refused, or what it waits for.' }),
})

export const wishes = z
  .strictObject({
    buyUpToMicroEuroPerKwh: priceMicroEuroPerKwh.meta({ description: 'No bid for the home is higher.' }),
    sellFromMicroEuroPerKwh: priceMicroEuroPerKwh
      .nullable()
      .meta({ description: 'No offer is lower; at most what it buys up to. Null for a consumer, who only buys.' }),
    quantityWh: quantityWh.meta({ description: 'The most in one order; at most what the connection carries.' }),
    until: unixTime
      .max(2 ** 32 - 1)
      .meta({ description: "Unix seconds by the ledger's clock: the agent trades until then." }),
  })
  .meta({ id: 'Wishes' })

export const joining = z
  .object({
    name: z.string(),
    membership,
    state: z.enum(['open', 'registering', 'registered', 'failed']).meta({
      description: 'open: something is still missing. registered: the ledger knows the home.',
    }),
    reason: z.string().optional().meta({ description: 'Why it failed, in words.' }),
    account: address,
    memberId: memberId.nullable(),
    connectionPoint: step.extend({
      identifier: z.string().optional(),
      capacityW: z.number().int().optional().meta({ description: "By the DSO's register." }),
    }),
    meter: step.extend({ address: address.optional() }),
    wishes: wishes.nullable(),
    tradingKey: address.nullable(),
    agentKey: address.nullable().meta({ description: 'The key to which trading is delegated; null for a moment.' }),
    accountNonce: z.string().nullable().meta({
      description: 'Number with which a passkey account signs its next calls; null for a wallet.',
    }),
    delegation: step,
    firstFill: z
      .object({ deliveryPeriod, side, quantityWh: energyWh, priceMicroEuroPerKwh })
      .nullable()
      .meta({ description: 'The first that the home bought or sold, from the ledger.' }),
  })
  .meta({ id: 'Joining', description: 'How far a home is on its way from its invitation to its first fill.' })

export const joiningRequest = z
  .strictObject({ code: z.string().regex(/^[\w-]{43}$/, { error: 'is not the code of an invitation' }) })
  .meta({ id: 'JoiningRequest' })

export const connectionPointRequest = z
  .strictObject({
    identifier: z.string().trim().min(1).max(60).meta({ description: "As the DSO's letter has it." }),
    confirmationCode: claimCode.meta({ description: "Of the DSO's letter; capitals and dashes do not matter." }),
  })
  .meta({ id: 'ConnectionPointRequest' })

export const meterRequest = z
  .strictObject({ claimCode: claimCode.meta({ description: 'As it is printed on the meter.' }) })
  .meta({ id: 'MeterRequest' })

export const tradingKeyRequest = z
  .strictObject({
    address: addressInBody,
    signature: z
      .string()
      .regex(/^0x([0-9a-fA-F]{128}|[0-9a-fA-F]{130})$/, { error: 'is not 64 or 65 bytes as 0x-hex' })
      .meta({
        description:
          "The key's own of `TradingKey(address account)`, in the EIP-712 domain of memberRegistry: 64 bytes as " +
          'EIP-2098 has it, or 65.',
      }),
  })
  .meta({ id: 'TradingKeyRequest' })

export const issuedCredentials = z
  .object({
    items: z.array(
      z.object({ role: z.string(), credentialId: hash, jwt: z.string(), sdJwt: z.string() }).meta({
        description: 'The same credential whole and by disclosures.',
      }),
    ),
  })
  .meta({ id: 'IssuedCredentials', description: 'For their holder to keep: they are removed here soon after.' })

export type WishesAnswer = z.infer<typeof wishes>
export type StepAnswer = z.infer<typeof step>
export type JoiningAnswer = z.infer<typeof joining>
export type ConnectionPointRequest = z.infer<typeof connectionPointRequest>
export type TradingKeyRequest = z.infer<typeof tradingKeyRequest>
export type IssuedCredentialsAnswer = z.infer<typeof issuedCredentials>
