import { z } from 'zod'
import { DomainError } from '../domain/errors.ts'
import { isOnLedger } from './ledger-did.ts'
import type { CredentialLedger } from './ledger-record.ts'

/** The type of the entry by which a credential names its record on the ledger. */
export const STATUS_TYPE = 'CommonwattLedgerStatus2026'

export const hash32 = z.string().regex(/^0x[0-9a-f]{64}$/, 'give 32 bytes as 0x-hex in lower case')
const address = z.string().regex(/^0x[0-9a-f]{40}$/, 'give 20 bytes as 0x-hex in lower case')

/** `otherDigest` is that of the credential's other form: of the disclosures in the JWT, of the content in the SD-JWT. */
export const credentialStatus = z.object({
  id: z.string().max(200),
  type: z.literal(STATUS_TYPE),
  chainId: z.string().regex(/^[1-9][0-9]{0,19}$/, 'give the chain id in decimal'),
  registry: address,
  credentialId: hash32,
  otherDigest: hash32,
})

export type CredentialStatus = z.infer<typeof credentialStatus>

export function credentialStatusOf(
  { chainId, registry }: CredentialLedger,
  credentialId: string,
  otherDigest: string,
): CredentialStatus {
  const id = `urn:commonwatt:credential:${chainId}:${registry}:${credentialId}`
  return { id, type: STATUS_TYPE, chainId: chainId.toString(), registry, credentialId, otherDigest }
}

/** Throws `credential-other-ledger` unless the record is in this registry, and issuer and subject are on its ledger. */
export function requireLedger(
  { chainId, registry }: CredentialStatus,
  dids: readonly string[],
  ledger: CredentialLedger,
): void {
  if (chainId !== ledger.chainId.toString() || registry !== ledger.registry) {
    throw new DomainError(
      'credential-other-ledger',
      `the credential is recorded in registry ${registry} on ledger ${chainId}, not in ${ledger.registry} on ${ledger.chainId}`,
    )
  }
  const stranger = dids.find((did) => !isOnLedger(did, ledger.chainId))
  if (stranger !== undefined) {
    throw new DomainError('credential-other-ledger', `${stranger} is not on the ledger ${ledger.chainId}`)
  }
}
