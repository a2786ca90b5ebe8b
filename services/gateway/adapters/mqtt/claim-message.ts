import { z } from 'zod'
import { DomainError } from '../../../domain/errors.ts'
import type { MeterClaim } from '../../../chain/meter-claims.ts'

export const CLAIM_ANSWER_BYTES = 1_024

/** What a meter answers to a claim. */
export type ClaimAnswer = { readonly nonce: string; readonly signature: string }

const message = z.strictObject({
  nonce: z.string().regex(/^0x[0-9a-f]{64}$/, { error: 'is not 32 bytes as 0x-hex in lower case' }),
  signature: z
    .string()
    .max(132)
    .regex(/^0x([0-9a-fA-F]{128}|[0-9a-fA-F]{130})$/, { error: 'is not 64 or 65 bytes as 0x-hex' }),
})

/** The claim as the meter is told it: its address is in the topic. */
export function formatClaim({ account, nonce, deadline }: MeterClaim): string {
  return JSON.stringify({ account, nonce, deadline })
}

/** Throws `claim-answer-malformed`, saying what is wrong with the message. */
export function parseClaimAnswer(payload: Uint8Array): ClaimAnswer {
  if (payload.length > CLAIM_ANSWER_BYTES) {
    throw malformed(`it has ${payload.length} bytes, and ${CLAIM_ANSWER_BYTES} are the most`)
  }
  const parsed = message.safeParse(parseJson(payload))
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    const field = issue?.path.join('.') ?? ''
    throw malformed(`${field === '' ? 'the message' : field} ${issue?.message ?? 'is not valid'}`)
  }
  return { nonce: parsed.data.nonce, signature: parsed.data.signature.toLowerCase() }
}

function parseJson(payload: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload))
  } catch {
    throw malformed('it is not JSON in UTF-8')
  }
}

function malformed(reason: string): DomainError {
  return new DomainError('claim-answer-malformed', `the answer cannot be understood: ${reason}`.slice(0, 300))
}
