import { z } from 'zod'
import { hash, unixTime } from './scalars.ts'

export const receipt = z
  .object({
    orderDigest: hash,
    position: z.number().int().min(1).meta({
      description: "Counts the session's accepted orders from 1, in the sequence of their arrival.",
    }),
    deadline: unixTime.meta({ description: 'Gate closure, unix seconds.' }),
    signature: z
      .string()
      .regex(/^0x[0-9a-f]{128}$/)
      .meta({ description: "The operator's EIP-712 signature of the three, 64 bytes (EIP-2098), 0x-hex." }),
  })
  .meta({
    id: 'OrderReceipt',
    description:
      'The promise that the order takes part, or one of the same member, side and period with a greater salt does. Where ' +
      'it is broken, the receipt is the proof that costs the operator its bond (contract orderReceipts). /api/ledger has its domain and type.',
  })

export type Receipt = z.infer<typeof receipt>
