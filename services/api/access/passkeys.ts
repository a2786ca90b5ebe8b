import { createHash } from 'node:crypto'
import { isIP } from 'node:net'
import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server'
import { decodeCredentialPublicKey } from '@simplewebauthn/server/helpers'
import { DomainError } from '../../domain/errors.ts'
import { SIGN_IN_SECONDS } from '../../domain/identity/sign-in-message.ts'
import type { Passkey } from '../../store/passkeys.ts'
import type { SignInChallenge } from '../../store/sign-in-challenges.ts'
import { newSecret, hashOfSecret } from './secrets.ts'
import { unknownChallenge, type SignInDesk, type SignInDeps, type StartedSignIn } from './sign-in.ts'

/** Address of the contract account of a P-256 key; each argument is 32 bytes as 0x-hex. */
export type PasskeyAccountOf = (publicKeyX: string, publicKeyY: string, rpIdHash: string) => Promise<string>

export type PasskeyDeps = Pick<SignInDeps, 'keepChallenge' | 'takeChallenge' | 'now'> & {
  readonly passkeyAccountOf: PasskeyAccountOf
  readonly insertPasskey: (passkey: Passkey) => Promise<boolean>
  readonly readPasskey: (credentialId: string) => Promise<Passkey | null>
  /** Resolves to whether nobody was faster. */
  readonly usePasskey: (passkey: Passkey, used: { counter: bigint; lastUsedAt: number }) => Promise<boolean>
  readonly start: SignInDesk['start']
}

type RegistrationOptions = Awaited<ReturnType<typeof generateRegistrationOptions>>
type AuthenticationOptions = Awaited<ReturnType<typeof generateAuthenticationOptions>>
type RegistrationResponse = Parameters<typeof verifyRegistrationResponse>[0]['response']
type AuthenticationResponse = Parameters<typeof verifyAuthenticationResponse>[0]['response']

/** `relyingParty` is the SHA-256 of the domain. */
type AccountKey = { readonly x: string; readonly y: string; readonly relyingParty: string }

type From = { readonly origin: string; readonly client: string }

/** Throws `passkeys-need-a-name` where browsers make no passkeys for how this server is called. */
export type PasskeyDesk = {
  readonly registrationOptions: (from: From, name: string) => Promise<RegistrationOptions>
  readonly register: (response: RegistrationResponse, origin: string) => Promise<StartedSignIn>
  readonly signInOptions: (from: From) => Promise<AuthenticationOptions>
  readonly signIn: (response: AuthenticationResponse, origin: string) => Promise<StartedSignIn>
}

/** ECDSA on P-256 with SHA-256: what contract accounts verify on the ledger. */
const ES256 = -7
/** Labels of the coordinates in a COSE key. */
const [COSE_X, COSE_Y] = [-2, -3]
const COORDINATE_BYTES = 32

/** Signs people in who have no wallet: with a passkey, whose public key owns a contract account. */
export function createPasskeyDesk(deps: PasskeyDeps): PasskeyDesk {
  const keep = async (challenge: string, purpose: SignInChallenge['purpose'], client: string) => {
    const now = deps.now()
    const expiresAt = now + SIGN_IN_SECONDS
    const kept = await deps.keepChallenge(
      { hash: hashOfSecret(challenge), purpose, account: null, client, expiresAt },
      now,
    )
    if (!kept) throw new DomainError('too-many-challenges', 'too many sign-ins were begun from there and not ended')
  }
  /** Uses the challenge up, whatever the rest of the response says. */
  const taking = (purpose: SignInChallenge['purpose']) => async (challenge: string) => {
    if ((await deps.takeChallenge({ hash: hashOfSecret(challenge), purpose, now: deps.now() })) !== null) return true
    throw unknownChallenge()
  }

  return {
    async registrationOptions({ origin, client }, name) {
      const options = await generateRegistrationOptions({
        rpName: 'Commonwatt',
        rpID: domainOf(origin),
        userName: name,
        userID: Uint8Array.from(Buffer.from(newSecret(), 'base64url')),
        timeout: SIGN_IN_SECONDS * 1_000,
        attestationType: 'none',
        authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
        supportedAlgorithmIDs: [ES256],
      })
      await keep(options.challenge, 'passkey-registration', client)
      return options
    },
    async register(response, origin) {
      const domain = domainOf(origin)
      const { verified, registrationInfo } = await requireSense(() =>
        verifyRegistrationResponse({
          response,
          expectedChallenge: taking('passkey-registration'),
          expectedOrigin: origin,
          expectedRPID: domain,
          requireUserVerification: true,
          supportedAlgorithmIDs: [ES256],
        }),
      )
      if (!verified || registrationInfo === undefined) throw invalidResponse()
      const { id, publicKey, counter } = registrationInfo.credential
      const account = await accountOf(deps.passkeyAccountOf, publicKey, domain)
      const now = deps.now()
      const isNew = await deps.insertPasskey({
        credentialId: id,
        account,
        publicKey: Buffer.from(publicKey).toString('base64url'),
        domain,
        counter: BigInt(counter),
        createdAt: now,
        lastUsedAt: now,
      })
      if (!isNew) throw new DomainError('passkey-already-known', 'the passkey is registered already')
      return deps.start(account, 'passkey')
    },
    async signInOptions({ origin, client }) {
      const options = await generateAuthenticationOptions({
        rpID: domainOf(origin),
        timeout: SIGN_IN_SECONDS * 1_000,
        userVerification: 'required',
        allowCredentials: [],
      })
      await keep(options.challenge, 'passkey-sign-in', client)
      return options
    },
    async signIn(response, origin) {
      const domain = domainOf(origin)
      const passkey = await deps.readPasskey(response.id)
      if (passkey === null || passkey.domain !== domain) {
        throw new DomainError('passkey-unknown', 'this passkey is not registered here')
      }
      const { verified, authenticationInfo } = await requireSense(() =>
        verifyAuthenticationResponse({
          response,
          expectedChallenge: taking('passkey-sign-in'),
          expectedOrigin: origin,
          expectedRPID: domain,
          requireUserVerification: true,
          credential: {
            id: passkey.credentialId,
            publicKey: Uint8Array.from(Buffer.from(passkey.publicKey, 'base64url')),
            counter: Number(passkey.counter),
          },
        }),
      )
      const used = { counter: BigInt(authenticationInfo.newCounter), lastUsedAt: deps.now() }
      // Two at once with one counter: a copy of the passkey may be among them.
      if (!verified || !(await deps.usePasskey(passkey, used))) throw invalidResponse()
      return deps.start(passkey.account, 'passkey')
    },
  }
}

/** Runs a check of the library, whose refusals are plain errors that tell the caller nothing to act on. */
async function requireSense<Result>(check: () => Promise<Result>): Promise<Result> {
  try {
    return await check()
  } catch (error) {
    if (error instanceof DomainError || !(error instanceof Error)) throw error
    throw invalidResponse()
  }
}

/** Browsers make passkeys for domain names and localhost, not for numeric addresses. */
function domainOf(origin: string): string {
  const { hostname, port } = new URL(origin)
  if (isIP(hostname.replace(/^\[|\]$/g, '')) === 0) return hostname
  throw new DomainError('passkeys-need-a-name', `passkeys are not made for ${hostname}: call it localhost:${port}`)
}

async function accountOf(passkeyAccountOf: PasskeyAccountOf, publicKey: Uint8Array, domain: string): Promise<string> {
  const { x, y, relyingParty } = keyOf(publicKey, domain)
  return (await passkeyAccountOf(x, y, relyingParty)).toLowerCase()
}

/** The key of a passkey as its contract account has it: each 32 bytes as 0x-hex. */
export function accountKeyOf({ publicKey, domain }: Pick<Passkey, 'publicKey' | 'domain'>): AccountKey {
  return keyOf(Buffer.from(publicKey, 'base64url'), domain)
}

function keyOf(publicKey: Uint8Array, domain: string): AccountKey {
  const key = decodeCredentialPublicKey(Uint8Array.from(publicKey)) as unknown as ReadonlyMap<number, unknown>
  const relyingParty = `0x${createHash('sha256').update(domain).digest('hex')}`
  return { x: coordinateOf(key.get(COSE_X)), y: coordinateOf(key.get(COSE_Y)), relyingParty }
}

function coordinateOf(bytes: unknown): string {
  if (!(bytes instanceof Uint8Array) || bytes.length !== COORDINATE_BYTES) throw invalidResponse()
  return `0x${Buffer.from(bytes).toString('hex')}`
}

function invalidResponse(): DomainError {
  return new DomainError(
    'passkey-response-invalid',
    'the response is not by a passkey for this site that verified its person, or was changed on its way',
  )
}
