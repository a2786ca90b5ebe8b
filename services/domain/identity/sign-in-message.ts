import { DomainError } from '../errors.ts'

/** What a person signs to sign in (EIP-4361), reduced to what is checked. Times are unix seconds. */
export type SignInMessage = {
  readonly domain: string
  /** Lower-case. */
  readonly address: string
  readonly uri: string
  readonly chainId: bigint
  readonly nonce: string
  readonly issuedAt: number
  /** Null where the message does not say. */
  readonly notBefore: number | null
  readonly expirationTime: number | null
}

/** Seconds for which a message can be answered with, from when it was issued. */
export const SIGN_IN_SECONDS = 300
/** By which a person's clock may be ahead. */
const CLOCK_SECONDS = 60

/**
 * Refuses a message that was signed for another site or ledger, or for another time than `now`: throws
 * `sign-in-for-another-site`, `sign-in-for-another-ledger` or `sign-in-out-of-time`. The nonce is not looked at.
 */
export function requireMeantForUs(
  message: SignInMessage,
  { origin, chainId, now }: { origin: string; chainId: bigint; now: number },
): void {
  const { host } = new URL(origin)
  if (message.domain !== host) {
    throw new DomainError('sign-in-for-another-site', `the message is for ${message.domain}, and this is ${host}`)
  }
  if (!URL.canParse(message.uri) || new URL(message.uri).origin !== origin) {
    throw new DomainError('sign-in-for-another-site', `the message's URI is not an address of ${origin}`)
  }
  if (message.chainId !== chainId) {
    throw new DomainError(
      'sign-in-for-another-ledger',
      `the message is for chain ${message.chainId}, and this market's is ${chainId}`,
    )
  }
  const { issuedAt, notBefore, expirationTime } = message
  if (issuedAt > now + CLOCK_SECONDS || (notBefore !== null && notBefore > now + CLOCK_SECONDS)) {
    throw new DomainError('sign-in-out-of-time', 'the message is not valid yet: is the clock right?')
  }
  if (issuedAt <= now - SIGN_IN_SECONDS || (expirationTime !== null && expirationTime <= now)) {
    throw new DomainError('sign-in-out-of-time', 'the message has expired')
  }
}
