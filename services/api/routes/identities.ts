import { Router, type Request } from 'express'
import type { AnswerOf } from '../answer.ts'
import { parsePart, requireFound } from '../request-part.ts'
import {
  credentialPath,
  identityPath,
  type Credential,
  type DidDocument,
  type Identity,
} from '../schemas/identities.ts'

/** What is not there resolves to null. */
type Deps = {
  readonly readCredential: (credentialId: string) => Promise<AnswerOf<Credential> | null>
  /** Null for an identifier of another ledger; every address of this one is an identity. */
  readonly readIdentity: (did: string) => Promise<AnswerOf<Identity> | null>
  /** From the ledger itself. Null for an identifier of another ledger. Throws `did-history-too-long`. */
  readonly readDidDocument: (did: string) => Promise<DidDocument | null>
  /** Throws `too-many-requests`. */
  readonly requireDocumentWelcome: (request: Request) => void
}

export function identityRoutes(deps: Deps): Router {
  const router = Router()

  router.get('/credentials/:credentialId', async (request, response) => {
    const { credentialId } = parsePart(credentialPath, request.params)
    const credential = await deps.readCredential(credentialId)
    response.json(requireFound(credential, 'credential-unknown', `credential ${credentialId} is not known here`))
  })

  router.get('/identities/:did', async (request, response) => {
    const { did } = parsePart(identityPath, request.params)
    response.json(requireFound(await deps.readIdentity(did), 'identity-unknown', `${did} is not of this ledger`))
  })

  router.get('/identities/:did/document', async (request, response) => {
    deps.requireDocumentWelcome(request)
    const { did } = parsePart(identityPath, request.params)
    response.json(requireFound(await deps.readDidDocument(did), 'identity-unknown', `${did} is not of this ledger`))
  })

  return router
}
