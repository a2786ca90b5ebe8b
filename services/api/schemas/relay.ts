import { z } from 'zod'
import { hash } from './scalars.ts'

export const TRANSACTION_BYTES = 128 * 1_024

export const relayRequest = z
  .strictObject({
    rawTransaction: z
      .string()
      .max(2 + 2 * TRANSACTION_BYTES, { error: 'is longer than 128 kB' })
      .regex(/^0x([0-9a-fA-F]{2})+$/, { error: 'is not bytes as 0x-hex' })
      .meta({ description: 'A signed transaction to one of the contracts that /api/ledger lists, as 0x-hex.' }),
  })
  .meta({ id: 'RelayRequest' })

export const relayedTransaction = z.object({ hash }).meta({
  id: 'RelayedTransaction',
  description: 'The ledger has it; whether it is mined, /api/ledger/transactions says.',
})

export type RelayedTransaction = z.infer<typeof relayedTransaction>
