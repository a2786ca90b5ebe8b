import { createDidResolver } from '../chain/did-documents.ts'
import type { Ledger } from '../chain/ledger.ts'
import { DomainError } from '../domain/errors.ts'
import { didOf } from '../domain/identity/did.ts'
import type { Store } from '../store/connect.ts'
import {
  listAccreditations,
  listHeldCredentials,
  readCredential,
  readOwnerOf,
  type CredentialView,
} from '../store/views/credentials.ts'
import { didDocument, type Credential } from './schemas/identities.ts'
import type { ApiDeps } from './server.ts'

const ADDRESS_LENGTH = 42

/** What the ledger says of credentials and identities; `now` is the ledger's clock, in unix seconds. */
export function identitiesOf(
  store: Store,
  ledger: Ledger,
  now: () => number,
): Pick<ApiDeps, 'readCredential' | 'readIdentity' | 'readDidDocument'> {
  const { chainId } = ledger
  const resolver = createDidResolver(ledger)
  const answerOf = (view: CredentialView): Credential => ({
    ...view,
    issuer: didOf(chainId, view.issuer),
    subject: didOf(chainId, view.subject),
    changedBy: didOf(chainId, view.changedBy),
    isValid: view.status === 'active' && view.validFrom <= now() && now() < view.validUntil,
  })
  return {
    async readCredential(credentialId) {
      const view = await readCredential(store, credentialId)
      return view && answerOf(view)
    },
    async readDidDocument(given) {
      const did = didOf(chainId, given.slice(-ADDRESS_LENGTH))
      if (did !== given.toLowerCase()) return null
      const { didDocument: document, didResolutionMetadata } = await resolver.resolve(did)
      if (document !== null) return didDocument.parse(document)
      throw new DomainError('did-not-resolved', `${did} has no document: ${String(didResolutionMetadata.message)}`)
    },
    async readIdentity(given) {
      const address = given.slice(-ADDRESS_LENGTH)
      const did = didOf(chainId, address)
      if (did !== given.toLowerCase()) return null
      const [owner, credentials, accreditations] = await Promise.all([
        readOwnerOf(store, address),
        listHeldCredentials(store, address),
        listAccreditations(store, address),
      ])
      return {
        did,
        owner: owner && didOf(chainId, owner),
        credentials: credentials.map(answerOf),
        accreditations,
      }
    },
  }
}
