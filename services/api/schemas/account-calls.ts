import { z } from 'zod'
import { bytesHex, hash, unixTime } from './scalars.ts'
import { passkeyAssertion } from './passkeys.ts'
import { addressInBody } from './sign-in.ts'

const MOST_CALLS = 16
const MOST_BYTES = 2_048

export const accountCallsRequest = z
  .strictObject({
    account: addressInBody.meta({ description: 'The passkey account that makes the calls.' }),
    key: z
      .strictObject({
        x: hash,
        y: hash,
        relyingParty: hash.meta({ description: 'SHA-256 of the domain for which the passkey was made.' }),
      })
      .meta({ description: 'Its P-256 key, from which its address follows.' }),
    calls: z
      .array(
        z.strictObject({
          target: addressInBody,
          data: bytesHex.max(2 + 2 * MOST_BYTES).meta({ description: 'Of a function that is relayed.' }),
        }),
      )
      .min(1)
      .max(MOST_CALLS),
    deadline: unixTime.meta({ description: "Unix seconds by the ledger's clock, up to which it may be done." }),
    assertion: passkeyAssertion.meta({
      description:
        "Whose challenge is the account's EIP-712 digest of `Execute(Call[] calls,uint256 nonce,uint256 deadline)`.",
    }),
  })
  .meta({ id: 'AccountCallsRequest' })

export const relayedCalls = z
  .object({ hash })
  .meta({ id: 'RelayedCalls', description: 'The ledger has them; whether they are made, the transaction says.' })

export type AccountCallsRequest = z.infer<typeof accountCallsRequest>
export type RelayedCalls = z.infer<typeof relayedCalls>
