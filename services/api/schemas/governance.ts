import { z } from 'zod'
import { scope } from './identities.ts'
import { address, blockNumber, bytesHex, count, hash, unixTime } from './scalars.ts'

export const council = z
  .object({
    members: z.array(address),
    threshold: count.meta({ description: 'So many of the members decide together.' }),
    proposals: z
      .array(
        z
          .object({
            id: count,
            proposer: address,
            calls: z.array(
              z.object({
                target: address,
                data: bytesHex,
                words: z.string().meta({ description: 'What it does.' }),
              }),
            ),
            descriptionHash: hash.meta({ description: 'keccak256 of the text that says why, which the members keep.' }),
            approvers: z.array(address),
            isApproved: z.boolean().meta({ description: 'Whether enough approve it: anybody may have it done.' }),
            expiry: unixTime.meta({ description: 'Up to when it can be approved and executed, not included.' }),
          })
          .meta({ id: 'CouncilProposal' }),
      )
      .meta({ description: 'What is to be decided or executed still, the latest first.' }),
  })
  .meta({ id: 'Council', description: 'Who administers the ledger, and what they are about to do.' })

export const pauses = z
  .object({
    now: z
      .array(z.object({ area: scope, until: unixTime }))
      .meta({ description: 'Where trading is paused now, and up to when.' }),
    items: z
      .array(
        z
          .object({
            area: scope,
            act: z.enum(['paused', 'extended', 'ended']),
            effectiveAt: unixTime,
            until: unixTime.nullable().meta({ description: 'Null where trading goes on.' }),
            reasonHash: hash,
            by: address,
            blockNumber,
          })
          .meta({ id: 'PauseAct' }),
      )
      .meta({ description: 'What was said of pauses, newest first; the latest 50.' }),
  })
  .meta({ id: 'Pauses' })

export type CouncilView = z.infer<typeof council>
export type PausesView = z.infer<typeof pauses>
