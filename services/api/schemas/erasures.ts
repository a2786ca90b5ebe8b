import { z } from 'zod'
import { memberId, memberIdInPath, unixTime } from './scalars.ts'

export const erasurePath = z.object({ memberId: memberIdInPath })

export const erasure = z
  .object({
    memberId,
    requestedAt: unixTime,
    isGatewayDone: z.boolean().meta({ description: 'Readings, salts and refused messages are gone.' }),
    isMarketOperatorDone: z.boolean().meta({ description: 'Statements and their salts are gone.' }),
    isAggregatorDone: z.boolean().meta({ description: 'What its devices were to do for flex orders is gone.' }),
    isGridOperatorDone: z.boolean().meta({ description: 'What guards and trials of baselines said is gone.' }),
  })
  .meta({
    id: 'Erasure',
    description: 'Once all is done the household itself is gone, and with it this answer: household-not-yours.',
  })

export type ErasureAnswer = z.infer<typeof erasure>
