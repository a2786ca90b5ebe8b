import type { ZodOpenApiPathsObject } from 'zod-openapi'
import { getOf, writeOf } from './openapi-operations.ts'
import { apiKeyList, apiKeyRequest, madeApiKey, rotationRequest } from './schemas/api-keys.ts'
import { consent, consentList, consentRequest } from './schemas/consents.ts'
import {
  passkeyAccount,
  passkeyAssertion,
  passkeyName,
  passkeyOptions,
  passkeyRegistration,
} from './schemas/passkeys.ts'
import {
  challengeRequest,
  codeRequest,
  endedSignIns,
  idPath,
  oneTimeCode,
  signedMessage,
  signInChallenge,
  signInList,
  whoAmI,
} from './schemas/sign-in.ts'

const REFUSED_SIGN_IN =
  'foreign-page, sign-in-for-another-site, sign-in-for-another-ledger, sign-in-out-of-time, challenge-unknown, ' +
  'sign-in-signature-invalid, did-given-away.'
const PERSON = 'For a person who is signed in, by cookie; not for api keys.'

/** Signing in, and what a person decides for its account. */
export const accountPaths: ZodOpenApiPathsObject = {
  '/api/sign-in/challenges': {
    post: writeOf({
      id: 'challengeSignIn',
      summary: 'What an address is to sign in order to sign in.',
      body: challengeRequest,
      answer: { status: '201', schema: signInChallenge },
    }),
  },
  '/api/sign-in/wallet': {
    post: writeOf({
      id: 'signInWithWallet',
      summary: 'Sign in with a signed message (EIP-4361).',
      description:
        'Domain and URI must be those of this server, the chain id that of its ledger, the nonce one that was given to ' +
        'this address and not used, and the time now. The answer sets a cookie.',
      body: signedMessage,
      refused: REFUSED_SIGN_IN,
    }),
  },
  '/api/sign-in/codes': {
    post: writeOf({
      id: 'makeSignInCode',
      summary: 'A one-time code for a browser, for whoever signed the message.',
      body: signedMessage,
      answer: { status: '201', schema: oneTimeCode },
      refused: REFUSED_SIGN_IN,
    }),
  },
  '/api/sign-in/code': {
    post: writeOf({
      id: 'signInWithCode',
      summary: 'Sign in with a one-time code.',
      body: codeRequest,
      refused: 'foreign-page, challenge-unknown, did-given-away.',
    }),
  },
  '/api/sign-in/passkeys/registration-options': {
    post: writeOf({
      id: 'getPasskeyRegistrationOptions',
      summary: 'What a browser makes a passkey of.',
      body: passkeyName,
      answer: { status: '201', schema: passkeyOptions },
    }),
  },
  '/api/sign-in/passkeys/registrations': {
    post: writeOf({
      id: 'registerPasskey',
      summary: 'Register a passkey, and sign in with it.',
      description:
        'ES256 alone, with its person verified. The account is the contract account of its public key. The answer sets a ' +
        'cookie.',
      body: passkeyRegistration,
      refused: 'foreign-page, challenge-unknown, passkey-response-invalid.',
    }),
  },
  '/api/sign-in/passkeys/options': {
    post: writeOf({
      id: 'getPasskeyOptions',
      summary: 'What a browser asks a passkey to sign.',
      answer: { status: '201', schema: passkeyOptions },
    }),
  },
  '/api/sign-in/passkeys': {
    post: writeOf({
      id: 'signInWithPasskey',
      summary: 'Sign in with a passkey.',
      description: 'The answer sets a cookie.',
      body: passkeyAssertion,
      refused: 'foreign-page, challenge-unknown, passkey-unknown, passkey-response-invalid, did-given-away.',
    }),
  },
  '/api/passkey-account': {
    get: getOf({
      id: 'getPasskeyAccount',
      summary: 'What the calls of your passkey account are signed with.',
      description: `passkey-unknown for whoever has a wallet. ${PERSON}`,
      answer: passkeyAccount,
    }),
  },
  '/api/sign-out': { post: writeOf({ id: 'signOut', summary: 'Sign this browser out.', refused: 'foreign-page.' }) },
  '/api/me': { get: getOf({ id: 'getMe', summary: 'Who asks.', answer: whoAmI }) },
  '/api/sign-ins': {
    get: getOf({ id: 'listSignIns', summary: 'Where you are signed in.', description: PERSON, answer: signInList }),
    delete: writeOf({
      id: 'endSignIns',
      summary: 'Sign out everywhere.',
      description: PERSON,
      answer: { status: '200', schema: endedSignIns },
    }),
  },
  '/api/sign-ins/{id}': {
    delete: writeOf({
      id: 'endSignIn',
      summary: 'Sign out one browser.',
      description: PERSON,
      path: idPath,
      answer: { status: '200', schema: endedSignIns },
    }),
  },
  '/api/api-keys': {
    get: getOf({ id: 'listApiKeys', summary: 'Your api keys.', description: PERSON, answer: apiKeyList }),
    post: writeOf({
      id: 'makeApiKey',
      summary: 'Make an api key for a machine.',
      description: `It reads no more than you may, and of that what its scopes name. ${PERSON}`,
      body: apiKeyRequest,
      answer: { status: '201', schema: madeApiKey },
    }),
  },
  '/api/api-keys/{id}/rotations': {
    post: writeOf({
      id: 'rotateApiKey',
      summary: 'Give an api key another secret.',
      description: `The former is accepted for a while; the key is valid as long as it was made for. ${PERSON}`,
      path: idPath,
      body: rotationRequest,
      answer: { status: '201', schema: madeApiKey },
    }),
  },
  '/api/api-keys/{id}': {
    delete: writeOf({ id: 'revokeApiKey', summary: 'Revoke an api key, at once.', description: PERSON, path: idPath }),
  },
  '/api/consents': {
    get: getOf({
      id: 'listConsents',
      summary: 'Who may read what of your households, and what you may read of others.',
      description: PERSON,
      answer: consentList,
    }),
    post: writeOf({
      id: 'giveConsent',
      summary: 'Let somebody read parts of your household.',
      description: PERSON,
      body: consentRequest,
      answer: { status: '201', schema: consent },
      refused: 'foreign-page, sign-in-needed, household-not-yours.',
    }),
  },
  '/api/consents/{id}': {
    delete: writeOf({
      id: 'revokeConsent',
      summary: 'Take a consent back: from then on nothing is shown for it.',
      description: PERSON,
      path: idPath,
    }),
  },
}
