import type { ZodOpenApiPathsObject } from 'zod-openapi'
import { governancePaths } from './openapi-governance.ts'
import { deviceCommandPaths } from './openapi-device-commands.ts'
import { meterImportPaths } from './openapi-meter-imports.ts'
import { getOf } from './openapi-operations.ts'
import { presentationPaths } from './openapi-presentations.ts'
import { credential, credentialPath, didDocument, identity, identityPath } from './schemas/identities.ts'

/** What the ledger says of who is who, what holders of credentials show, and meters that become known. */
export const identityPaths: ZodOpenApiPathsObject = {
  '/api/credentials/{credentialId}': {
    get: getOf({
      id: 'getCredential',
      summary: 'What the ledger says of a credential.',
      path: credentialPath,
      answer: credential,
    }),
  },
  '/api/identities/{did}': {
    get: getOf({
      id: 'getIdentity',
      summary: 'Who owns an identity, which credentials it was issued, and which it may issue.',
      description: 'All of it is on the ledger, where anybody can read it. Every address is an identity.',
      path: identityPath,
      answer: identity,
    }),
  },
  '/api/identities/{did}/document': {
    get: getOf({
      id: 'getDidDocument',
      summary: 'The DID document of an identity: its keys, delegates and services.',
      description: 'As public resolvers of did:ethr make it of the ledger, at its latest block and by its time.',
      path: identityPath,
      answer: didDocument,
    }),
  },
  ...presentationPaths,
  ...meterImportPaths,
  ...deviceCommandPaths,
  ...governancePaths,
}
