import { z } from 'zod'
import { balanceMicroEuro } from './scalars.ts'
import { wallTime } from './sign-in.ts'

export const membership = z.enum(['prosumer', 'consumer']).meta({
  id: 'Membership',
  description: 'A consumer only buys.',
})

export const homeName = z
  .string()
  .trim()
  .min(1)
  .max(60)
  .regex(/^[^\p{Cc}]*$/u, { error: 'holds control characters' })
  .meta({ description: 'Name of the home, once in the area.' })

export const invitationRequest = z
  .strictObject({
    name: homeName,
    membership,
    creditLineMicroEuro: balanceMicroEuro.regex(/^\d{1,12}$/, { error: 'is no amount below a million euro' }).meta({
      description: 'How far the home may trade beyond its deposit.',
    }),
  })
  .meta({ id: 'InvitationRequest' })

export const madeInvitation = z
  .object({
    invitationId: z.uuid(),
    code: z.string().meta({ description: 'Behind `/join#`: it is not shown again.' }),
    expiresAt: wallTime,
  })
  .meta({ id: 'MadeInvitation' })

export const invitation = z
  .object({
    invitationId: z.uuid(),
    name: z.string(),
    membership,
    state: z.enum(['open', 'used', 'expired', 'withdrawn']),
    createdAt: wallTime,
    expiresAt: wallTime,
  })
  .meta({ id: 'Invitation' })

/** The newest first. */
export const invitationList = z.array(invitation).meta({ id: 'InvitationList' })

export const invitationPath = z.object({ invitationId: z.uuid().meta({ description: 'As the list shows it.' }) })

export type InvitationRequest = z.infer<typeof invitationRequest>
export type MadeInvitation = z.infer<typeof madeInvitation>
export type InvitationAnswer = z.infer<typeof invitation>
