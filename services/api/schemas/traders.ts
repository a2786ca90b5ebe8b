import { z } from 'zod'
import { address, dayInPath, memberIdInPath, trader } from './scalars.ts'

export const traderPath = z.object({ memberId: memberIdInPath, day: dayInPath })

export const traderAnswer = z
  .object({
    isSealed: z.boolean().meta({
      description: 'Whether number and keys were drawn for the day; else they are those of the household itself.',
    }),
    trader,
    key: address.meta({ description: "The household's own key of the day: check that it is yours before you trade." }),
    draw: z
      .number()
      .int()
      .min(0)
      .nullable()
      .meta({
        description:
          'Of a sealed day: which drawing of a page of the day, from 0, the last index of the path m/area/day/draw by which ' +
          'its keys are derived. Null of any other day.',
      }),
    delegatedKey: address.nullable().meta({ description: 'That of whom the household delegates to.' }),
  })
  .meta({ id: 'Trader', description: 'Under which number and keys a household trades on a day.' })

export const keyChainRequest = z
  .strictObject({
    publicKey: z
      .string()
      .regex(/^0x0[23][0-9a-f]{64}$/, { error: 'is not a compressed public key, 33 bytes as 0x-hex' }),
    chainCode: z.string().regex(/^0x[0-9a-f]{64}$/, { error: 'is not 32 bytes as 0x-hex' }),
    signature: z
      .string()
      .regex(/^0x([0-9a-fA-F]{128}|[0-9a-fA-F]{130})$/, { error: 'is not 64 or 65 bytes as 0x-hex' })
      .meta({ description: "The key's own of `TradingKey(address account)`, as for joining." }),
  })
  .meta({
    id: 'KeyChainRequest',
    description:
      "From what the daily keys of a trading key are derived: BIP-32's public child m/area/day/draw. Told to the registrar alone, " +
      'who then can say every day which key is yours, and cannot sign with it.',
  })

export type Trader = z.infer<typeof traderAnswer>
export type KeyChainRequest = z.infer<typeof keyChainRequest>
