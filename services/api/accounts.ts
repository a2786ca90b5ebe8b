import type { Request } from 'express'
import { readAccountNonce } from '../chain/account-calls.ts'
import { addressOfDid } from '../chain/dids.ts'
import type { Ledger } from '../chain/ledger.ts'
import { formatSignInMessage, isSignedText, parseSignInMessage } from '../chain/sign-in-message.ts'
import { DomainError } from '../domain/errors.ts'
import { didOf } from '../domain/identity/did.ts'
import {
  deleteApiKey,
  insertApiKey,
  listApiKeys,
  readApiKey,
  rotateApiKey,
  touchApiKey,
  type ApiKey,
} from '../store/api-keys.ts'
import type { Store } from '../store/connect.ts'
import { insertConsent, listConsents, listConsentsFor, revokeConsent, type Consent } from '../store/consents.ts'
import { insertPasskey, readPasskey, readPasskeyOf, usePasskey } from '../store/passkeys.ts'
import { insertSignInChallenge, takeSignInChallenge } from '../store/sign-in-challenges.ts'
import {
  deleteSignIns,
  deleteStaleSignIns,
  insertSignIn,
  listSignIns,
  readSignIn,
  touchSignIn,
  type SignIn,
} from '../store/sign-ins.ts'
import { listHouseholdsOf } from '../store/views/accounts.ts'
import { readArea } from '../store/views/area.ts'
import { createAccess, IDLE_SECONDS, type Access, type AccessDeps, type Caller } from './access/access.ts'
import { createApiKeyDesk, type MadeKey } from './access/api-keys.ts'
import { createConsentDesk } from './access/consents.ts'
import { originOf, readBearer, readToken, requireOwnPage, setToken } from './access/own-page.ts'
import { accountKeyOf, createPasskeyDesk, type PasskeyAccountOf, type PasskeyDesk } from './access/passkeys.ts'
import { createSignInDesk, LONGEST_SECONDS, type SignInDeps, type SignInDesk } from './access/sign-in.ts'
import { createClientOf, createRateLimit } from './client-rate.ts'
import type { ApiKeyAnswer } from './schemas/api-keys.ts'
import type { ConsentAnswer } from './schemas/consents.ts'
import type { ApiDeps } from './server.ts'

const MOST_CHALLENGES = 100
const MOST_SIGN_INS = 20
const MOST_API_KEYS = 20
const MOST_CONSENTS = 100

type OwnMatters = Pick<
  ApiDeps,
  | 'listSignIns'
  | 'endSignIns'
  | 'listApiKeys'
  | 'makeApiKey'
  | 'rotateApiKey'
  | 'revokeApiKey'
  | 'listConsents'
  | 'giveConsent'
  | 'revokeConsent'
>

type Accounts = OwnMatters &
  Pick<Access, 'requirePerson' | 'requireScope' | 'rolesOf' | 'householdsOf'> &
  Pick<
    ApiDeps,
    | 'ownPage'
    | 'requireSignInWelcome'
    | 'challengeSignIn'
    | 'signInWithWallet'
    | 'makeSignInCode'
    | 'signInWithCode'
    | 'keepToken'
    | 'dropToken'
    | 'whoAmI'
    | 'signOut'
    | 'passkeyRegistrationOptions'
    | 'registerPasskey'
    | 'passkeySignInOptions'
    | 'signInWithPasskey'
    | 'readPasskeyAccount'
    | 'requireCaller'
    | 'requirePart'
    | 'requireMember'
    | 'requireRefusals'
    | 'viewerOf'
  >

export type AccountsOptions = {
  readonly store: Store
  readonly ledger: Ledger
  /** Where a proxy takes requests in the name of this server. */
  readonly publicOrigin: string | undefined
  /** What the ledger says of accounts. */
  readonly identity: Pick<AccessDeps, 'accountsOwnedBy' | 'rolesOf'>
  /** Null where the market has no contract accounts for passkeys. */
  readonly passkeyAccountOf: PasskeyAccountOf | null
}

/** Who has signed in, and what they may read and decide, out of the store and the ledger. */
export function accountsOf(options: AccountsOptions): Accounts {
  const { store, ledger, publicOrigin, identity } = options
  const clientOf = createClientOf(publicOrigin)
  const signInDesk = signInDeskOf(options)
  const access = accessOf(options)

  const signIns: Pick<
    Accounts,
    | 'ownPage'
    | 'requireSignInWelcome'
    | 'challengeSignIn'
    | 'signInWithWallet'
    | 'makeSignInCode'
    | 'signInWithCode'
    | 'keepToken'
    | 'dropToken'
    | 'signOut'
  > = {
    ownPage: requireOwnPage(publicOrigin),
    requireSignInWelcome: createRateLimit({ perSecond: 1, burst: 100 }, 'too-many-sign-ins', clientOf),
    challengeSignIn: (request, address) =>
      signInDesk.challenge({ address, origin: originOf(request, publicOrigin), client: clientOf(request) }),
    signInWithWallet: (request, signed) => signInDesk.signInWithWallet(signed, originOf(request, publicOrigin)),
    makeSignInCode: (request, signed) =>
      signInDesk.makeCode(signed, { origin: originOf(request, publicOrigin), client: clientOf(request) }),
    signInWithCode: signInDesk.signInWithCode,
    keepToken: (request, response, { token }) =>
      setToken(request, response, { value: token, seconds: LONGEST_SECONDS }, publicOrigin),
    dropToken: (request, response) => setToken(request, response, null, publicOrigin),
    async signOut(request) {
      const caller = await access.callerOf(request)
      if (caller?.by === 'sign-in') await deleteSignIns(store, { account: caller.account, id: caller.signIn.id })
    },
  }
  return {
    ...access,
    ...signIns,
    ...passkeysOf(options, signInDesk, access),
    ...ownMattersOf(store, access, ledger.chainId),
    async whoAmI(request) {
      const caller = await access.callerOf(request)
      if (caller === null) return { person: null, passkeys: options.passkeyAccountOf !== null }
      const { account } = caller
      const [households, roles] = await Promise.all([access.householdsOf(account), identity.rolesOf(account)])
      return {
        passkeys: options.passkeyAccountOf !== null,
        person: {
          account,
          did: didOf(ledger.chainId, account),
          ...termsOf(caller),
          households: [...households],
          roles: [...roles],
        },
      }
    },
  }
}

function accessOf({ store, publicOrigin, identity }: AccountsOptions): Access {
  return createAccess({
    ...identity,
    readToken: (request) => readToken(request, publicOrigin),
    readBearer,
    readSignIn: (tokenHash) => readSignIn(store, tokenHash),
    touchSignIn: (id, now) => touchSignIn(store, id, now),
    endSignIns: (account, id) => deleteSignIns(store, { account, ...(id === undefined ? {} : { id }) }),
    readApiKey: (hash) => readApiKey(store, hash),
    touchApiKey: (id, now) => touchApiKey(store, id, now),
    requireKeyWelcome: createRateLimit({ perSecond: 20, burst: 200 }, 'too-many-requests', (keyId: string) => keyId),
    listHouseholdsOf: (accounts) => listHouseholdsOf(store, accounts),
    readArea: async () => (await readArea(store)).id,
    listConsentsFor: (account, now) => listConsentsFor(store, account, now),
    now: wallClock,
  })
}

function signInDeskOf({ store, ledger, identity }: AccountsOptions): SignInDesk {
  return createSignInDesk({
    chainId: ledger.chainId,
    formatMessage: formatSignInMessage,
    parseMessage: parseSignInMessage,
    isSignedText: (signed) => isSignedText(ledger, signed),
    ...challengesOf(store),
    async keepSignIn(signIn) {
      await deleteStaleSignIns(store, { now: signIn.createdAt, idleSince: signIn.createdAt - IDLE_SECONDS })
      await insertSignIn(store, signIn, MOST_SIGN_INS)
    },
    accountsOwnedBy: identity.accountsOwnedBy,
    requireAccountWelcome: createRateLimit(
      { perSecond: 0.1, burst: 30 },
      'too-many-sign-ins',
      (account: string) => account,
    ),
  })
}

type Passkeys = Pick<
  Accounts,
  'passkeyRegistrationOptions' | 'registerPasskey' | 'passkeySignInOptions' | 'signInWithPasskey' | 'readPasskeyAccount'
>

function passkeysOf(options: AccountsOptions, { start }: SignInDesk, { requirePerson }: Access): Passkeys {
  const { store, ledger, publicOrigin, passkeyAccountOf } = options
  const made =
    passkeyAccountOf === null
      ? null
      : createPasskeyDesk({
          ...challengesOf(store),
          passkeyAccountOf,
          insertPasskey: (passkey) => insertPasskey(store, passkey),
          readPasskey: (credentialId) => readPasskey(store, credentialId),
          usePasskey: (passkey, used) => usePasskey(store, passkey, used),
          start,
        })
  const desk = (): PasskeyDesk => {
    if (made !== null) return made
    throw new DomainError('passkeys-unavailable', 'this market has no contract accounts for passkeys yet')
  }
  const clientOf = createClientOf(publicOrigin)
  const fromOf = (request: Request) => ({ origin: originOf(request, publicOrigin), client: clientOf(request) })

  return {
    passkeyRegistrationOptions: async (request, name) => desk().registrationOptions(fromOf(request), name),
    registerPasskey: async (request, response) => desk().register(response, originOf(request, publicOrigin)),
    passkeySignInOptions: async (request) => desk().signInOptions(fromOf(request)),
    signInWithPasskey: async (request, response) => desk().signIn(response, originOf(request, publicOrigin)),
    async readPasskeyAccount(request) {
      const { account } = await requirePerson(request)
      const passkey = await readPasskeyOf(store, account)
      if (passkey === null) throw new DomainError('passkey-unknown', 'your account is not that of a passkey')
      const nonce = await readAccountNonce(ledger, account)
      return { account, credentialId: passkey.credentialId, key: accountKeyOf(passkey), nonce: nonce.toString() }
    },
  }
}

/** What was given to be answered once, in the database: any of several servers takes it back. */
function challengesOf(store: Store): Pick<SignInDeps, 'keepChallenge' | 'takeChallenge' | 'now'> {
  return {
    keepChallenge: (challenge, now) => insertSignInChallenge(store, challenge, { now, most: MOST_CHALLENGES }),
    takeChallenge: (taken) => takeSignInChallenge(store, taken),
    now: wallClock,
  }
}

/** What a person alone decides, for its own account. */
function ownMattersOf(store: Store, access: Access, chainId: bigint): OwnMatters {
  const accountOf = async (request: Request) => (await access.requirePerson(request)).account
  const apiKeys = createApiKeyDesk({
    keepApiKey: (key) => insertApiKey(store, key, MOST_API_KEYS),
    rotateApiKey: (key, change) => rotateApiKey(store, key, change),
    listApiKeys: (account) => listApiKeys(store, account),
    deleteApiKey: (key) => deleteApiKey(store, key),
    now: wallClock,
  })
  const consents = createConsentDesk({
    addressOf: (text) => addressOfDid(chainId, text.startsWith('did:') ? text : didOf(chainId, text)),
    householdsOf: access.householdsOf,
    keepConsent: (consent) => insertConsent(store, consent, MOST_CONSENTS),
    listConsents: (of) => listConsents(store, of),
    revokeConsent: (of) => revokeConsent(store, of),
    now: wallClock,
  })
  const shown = (consent: Consent) => consentAnswerOf(consent, wallClock(), chainId)

  return {
    async listSignIns(request) {
      const { account, signIn } = await access.requirePerson(request)
      return { items: (await listSignIns(store, account)).map((item) => signInAnswerOf(item, signIn)) }
    },
    async endSignIns(request, id) {
      const account = await accountOf(request)
      return deleteSignIns(store, { account, ...(id === undefined ? {} : { id }) })
    },
    listApiKeys: async (request) => ({ items: (await apiKeys.list(await accountOf(request))).map(keyAnswerOf) }),
    makeApiKey: async (request, wish) => madeAnswerOf(await apiKeys.make(await accountOf(request), wish)),
    rotateApiKey: async (request, id, overlapHours) =>
      madeAnswerOf(await apiKeys.rotate(await accountOf(request), id, overlapHours)),
    revokeApiKey: async (request, id) => apiKeys.revoke(await accountOf(request), id),
    async listConsents(request) {
      const { given, received } = await consents.list(await accountOf(request))
      return { given: given.map(shown), received: received.map(shown) }
    },
    giveConsent: async (request, wish) => shown(await consents.give(await accountOf(request), wish)),
    revokeConsent: async (request, id) => consents.revoke(await accountOf(request), id),
  }
}

function termsOf(caller: Caller) {
  if (caller.by === 'key')
    return { way: 'api-key' as const, expiresAt: caller.key.expiresAt, scopes: caller.key.scopes }
  return { way: caller.signIn.way, expiresAt: caller.signIn.expiresAt, scopes: null }
}

function signInAnswerOf({ id, way, createdAt, lastUsedAt, expiresAt }: SignIn, current: SignIn) {
  return { id, way, createdAt, lastUsedAt, expiresAt, isThisOne: id === current.id }
}

function madeAnswerOf({ secret, key }: MadeKey) {
  return { secret, key: keyAnswerOf(key) }
}

function keyAnswerOf(key: ApiKey): ApiKeyAnswer {
  const { id, name, scopes, prefix, createdAt, expiresAt, lastUsedAt, previousUntil } = key
  return { id, name, scopes, prefix, createdAt, expiresAt, lastUsedAt, previousUntil }
}

function consentAnswerOf(consent: Consent, now: number, chainId: bigint): ConsentAnswer {
  const { id, memberId, reader, parts, since, until, revokedAt } = consent
  const isInForce = revokedAt === null && (until === null || now < until)
  return { id, memberId, reader, readerDid: didOf(chainId, reader), parts, since, until, revokedAt, isInForce }
}

/** Unix seconds, as people and browsers have them: a sign-in does not run faster where the ledger's clock does. */
export function wallClock(): number {
  return Math.floor(Date.now() / 1_000)
}
