import { DomainError } from '../domain/errors.ts'
import type { Order } from '../domain/market/order.ts'
import type { TradingKeyEntry } from '../domain/market/trading-key.ts'
import type { TradingKeys } from './trading-keys.ts'

export type SigningEntryDeps = {
  readonly tradingKeys: TradingKeys
  /** The address that signed the digest, in lower case; null unless it is a canonical signature of 64 bytes. */
  readonly signerOf: (digest: string, signature: string) => string | null
  /** Whether the contract at the address accepts the signature of the digest (EIP-1271). */
  readonly isAcceptedByContract: (address: string, digest: string, signature: string) => Promise<boolean>
}

/**
 * The key, among those that the ledger holds for the member and day, that signed the order. Throws `session-not-open`
 * before the day's keys are published, `order-not-a-member` and `order-signature-invalid`.
 */
export async function signingEntryOf(
  { tradingKeys, signerOf, isAcceptedByContract }: SigningEntryDeps,
  order: Order,
  digest: string,
  signature: string,
): Promise<TradingKeyEntry> {
  const { trader } = order
  const entries = tradingKeys.entriesOf(trader)
  if (entries.length === 0 && !tradingKeys.isComplete) {
    throw new DomainError(
      'session-not-open',
      `the trading keys of the day of period ${order.deliveryPeriod} are not on the ledger yet, or not those of trader ` +
        `${trader}: they are published from 24 hours before the day (UTC) starts`,
    )
  }
  if (entries.length === 0) {
    throw new DomainError(
      'order-not-a-member',
      `trader ${trader} has no key on the day of period ${order.deliveryPeriod}: it is no household's number in area ` +
        `${order.area}, or no longer one`,
    )
  }

  const signer = signerOf(digest, signature)
  const signed = signer === null ? undefined : entries.find(({ key }) => key === signer)
  if (signed !== undefined) return signed
  for (const entry of entries) {
    const isAccepted =
      (await tradingKeys.isContract(entry)) && (await isAcceptedByContract(entry.key, digest, signature))
    if (isAccepted) return entry
  }
  throw new DomainError(
    'order-signature-invalid',
    `the order was not signed, as it stands, by a key of trader ${trader}`,
  )
}
