import type { Ledger } from './ledger.ts'
import { digestOf, hashText, recoverSigner, signDigest, signingDomainOf, type SigningDomain } from './typed-data.ts'

/** What a meter signs to be an account's: that it was asked just now, by whoever knows its claim code. */
export type MeterClaim = {
  /** Addresses. */
  readonly meter: string
  readonly account: string
  /** 32 random bytes, 0x-hex. */
  readonly nonce: string
  /** Unix seconds by the ledger's clock, up to which the signature counts. */
  readonly deadline: number
}

/** The EIP-712 type, as it is signed. */
export const CLAIM_TYPE = 'MeterClaim(address meter,address account,bytes32 nonce,uint64 deadline)'

const CLAIM_TYPE_HASH = hashText(CLAIM_TYPE)

export function claimDomain(ledger: Pick<Ledger, 'chainId' | 'addresses'>): SigningDomain {
  return signingDomainOf(ledger.chainId, ledger.addresses.memberRegistry)
}

/** An EIP-2098 signature: 64 bytes, 0x-hex. */
export function signClaim(domain: SigningDomain, claim: MeterClaim, meterKey: string): string {
  return signDigest(digestOfClaim(domain, claim), meterKey)
}

/** Whether the claim's meter signed it, canonically: 64 (EIP-2098) or 65 bytes. */
export function isSignedClaim(domain: SigningDomain, claim: MeterClaim, signature: string): boolean {
  return recoverSigner(digestOfClaim(domain, claim), signature) === claim.meter.toLowerCase()
}

function digestOfClaim(domain: SigningDomain, { meter, account, nonce, deadline }: MeterClaim): Uint8Array {
  return digestOf(domain, CLAIM_TYPE_HASH, [BigInt(meter), BigInt(account), BigInt(nonce), BigInt(deadline)])
}
