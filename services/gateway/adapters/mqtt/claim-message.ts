import { z } from 'zod'
import { DomainError } from '../../../domain/errors.ts'
import type { MeterClaim } from '../../../chain/meter-claims.ts'
import { signatureText } from '../fields.ts'
import { parseJsonMessage } from '../json/json-message.ts'

export const CLAIM_ANSWER_BYTES = 1_024

/** What a meter answers to a claim. */
export type ClaimAnswer = { readonly nonce: string; readonly signature: string }

const message = z.strictObject({
  nonce: z.string().regex(/^0x[0-9a-f]{64}$/, { error: 'is not 32 bytes as 0x-hex in lower case' }),
  signature: signatureText,
})

/** The claim as the meter is told it: its address is in the topic. */
export function formatClaim({ account, nonce, deadline }: MeterClaim): string {
  return JSON.stringify({ account, nonce, deadline })
}

/** Throws `claim-answer-malformed`, saying what is wrong with the message. */
export function parseClaimAnswer(payload: Uint8Array): ClaimAnswer {
  const { nonce, signature } = parseJsonMessage(payload, { schema: message, mostBytes: CLAIM_ANSWER_BYTES, malformed })
  return { nonce, signature: signature.toLowerCase() }
}

function malformed(reason: string): DomainError {
  return new DomainError('claim-answer-malformed', `the answer cannot be understood: ${reason}`.slice(0, 300))
}
