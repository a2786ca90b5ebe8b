import { DomainError } from '../domain/errors.ts'

const PATTERN = /^did:ethr:(0x[1-9a-f][0-9a-f]{0,15}):(0x[0-9a-fA-F]{40})$/

/** The same DID with its address in lower case. Throws `did-malformed` for any other method or form. */
export function parseDid(text: string): string {
  if (!PATTERN.test(text)) {
    throw new DomainError(
      'did-malformed',
      `"${text.slice(0, 100)}" is not a DID of a ledger: give did:ethr:0x<chain id>:0x<address>`,
    )
  }
  return text.toLowerCase()
}

/** The address of a parsed DID, in lower case. */
export function addressOf(did: string): string {
  return did.slice(did.lastIndexOf(':') + 1)
}

/** Whether the DID is one of the ledger with this chain id. */
export function isOnLedger(did: string, chainId: bigint): boolean {
  return did.startsWith(`did:ethr:0x${chainId.toString(16)}:`)
}
