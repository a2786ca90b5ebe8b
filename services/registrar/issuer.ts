import { randomBytes } from 'node:crypto'
import { validityFromNow } from '../chain/credentials.ts'
import type { Ledger } from '../chain/ledger.ts'
import { issueCall } from '../chain/registrations.ts'
import type { SigningKey } from '../chain/signing-key.ts'
import type { TransactionSender } from '../chain/transactions.ts'
import type { ClaimsOf, CredentialRole } from '../credentials/claims.ts'
import { issueCredential } from '../credentials/issue-credential.ts'
import { digestSigner } from '../credentials/signed-jwt.ts'
import { didOf } from '../domain/identity/did.ts'
import type { Store } from '../store/connect.ts'
import { keepCredential, noteRecorded, readCredentialOf } from '../store/registrations.ts'

/** What is to be said of a home that joins: of its account, or of its meter. */
export type Statement<Role extends CredentialRole> = {
  /** Whose home it is. */
  readonly account: string
  /** Address of whom it is said. */
  readonly subject: string
  readonly role: Role
  readonly area: number
  readonly connectionPoint: { readonly identifier: string; readonly salt: string } | null
  readonly claims: ClaimsOf<Role>
}

/** Whoever vouches for homes with one key: its transactions and its signatures. */
export type Issuer = {
  /** Address of the key, lower-case. */
  readonly address: string
  readonly sender: TransactionSender
  /**
   * Signs the credential and has the ledger record it; resolves once it has. Once for an account and role, whatever is
   * killed when: what is recorded is what was kept before.
   */
  readonly certify: <Role extends CredentialRole>(statement: Statement<Role>) => Promise<void>
}

export function createIssuer(parts: {
  readonly store: Store
  readonly ledger: Ledger
  /** The sender's too. */
  readonly key: SigningKey
  readonly sender: TransactionSender
}): Issuer {
  const { store, ledger, key, sender } = parts
  const { address } = key
  const { chainId } = ledger
  const deps = {
    ledger: { chainId, registry: ledger.addresses.credentialRegistry.toLowerCase() },
    issuer: digestSigner(didOf(chainId, address), key.sign),
    random: (byteCount: number) => Uint8Array.from(randomBytes(byteCount)),
  }

  return {
    address,
    sender,
    async certify({ account, subject, role, area, connectionPoint, claims }) {
      let issued = await readCredentialOf(store, account, role)
      if (issued === null) {
        const validity = await validityFromNow(ledger)
        const draft = { subject: didOf(chainId, subject), role, area, connectionPoint, claims, ...validity }
        const made = await issueCredential(draft, deps)
        issued = await keepCredential(store, { ...made, account, role, isRecorded: false })
      }
      if (issued.isRecorded) return

      await sender.send(`issue:${issued.credentialId}`, issueCall(issued.issuance))
      await noteRecorded(store, issued.credentialId)
    },
  }
}
