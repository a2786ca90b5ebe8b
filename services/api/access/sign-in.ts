import { randomUUID } from 'node:crypto'
import { DomainError } from '../../domain/errors.ts'
import { requireMeantForUs, SIGN_IN_SECONDS, type SignInMessage } from '../../domain/identity/sign-in-message.ts'
import type { ChallengePurpose, SignInChallenge } from '../../store/sign-in-challenges.ts'
import type { SignIn, SignInWay } from '../../store/sign-ins.ts'
import { hashOfSecret, newNonce, newSecret } from './secrets.ts'

export type SignInDeps = {
  readonly chainId: bigint
  readonly formatMessage: (message: Omit<SignInMessage, 'notBefore'>) => string
  /** Throws `sign-in-message-malformed`. */
  readonly parseMessage: (text: string) => SignInMessage
  readonly isSignedText: (signed: { text: string; signature: string; address: string }) => Promise<boolean>
  /** Resolves to false where the client has too many open already. */
  readonly keepChallenge: (challenge: SignInChallenge, now: number) => Promise<boolean>
  /** Null where there is none that is valid, or not any more. */
  readonly takeChallenge: (taken: {
    hash: string
    purpose: ChallengePurpose
    now: number
  }) => Promise<{ account: string | null } | null>
  readonly keepSignIn: (signIn: SignIn) => Promise<void>
  readonly accountsOwnedBy: (account: string) => Promise<readonly string[]>
  /** Throws `too-many-sign-ins`. */
  readonly requireAccountWelcome: (account: string) => void
  /** Unix seconds, wall clock. */
  readonly now: () => number
}

/** What a browser keeps as its cookie from now on. */
export type StartedSignIn = { readonly token: string; readonly account: string; readonly expiresAt: number }

export type SignedMessage = { readonly message: string; readonly signature: string }

export type SignInDesk = {
  /** What the address is to sign within 300 s. Throws `too-many-challenges`. */
  readonly challenge: (asked: { address: string; origin: string; client: string }) => Promise<{
    nonce: string
    message: string
    expiresAt: number
  }>
  readonly signInWithWallet: (signed: SignedMessage, origin: string) => Promise<StartedSignIn>
  /** A code with which a browser can sign in once within 60 s, for whoever signed the message. */
  readonly makeCode: (
    signed: SignedMessage,
    from: { origin: string; client: string },
  ) => Promise<{ code: string; expiresAt: number }>
  readonly signInWithCode: (code: string) => Promise<StartedSignIn>
  /** For whom it is proved that the account is theirs. Throws `did-given-away` and `too-many-sign-ins`. */
  readonly start: (account: string, way: SignInWay) => Promise<StartedSignIn>
}

export const LONGEST_SECONDS = 12 * 3_600
const CODE_SECONDS = 60

/** Signs people in, by what they sign with a wallet and by one-time codes that such a signature made. */
export function createSignInDesk(deps: SignInDeps): SignInDesk {
  const keep = async (challenge: SignInChallenge) => {
    if (await deps.keepChallenge(challenge, deps.now())) return
    throw new DomainError('too-many-challenges', 'too many sign-ins were begun from there and not ended')
  }
  const start: SignInDesk['start'] = async (account, way) => {
    if (!(await deps.accountsOwnedBy(account)).includes(account)) {
      throw new DomainError('did-given-away', `by the ledger somebody else owns the DID of ${account}`)
    }
    deps.requireAccountWelcome(account)
    const token = newSecret()
    const now = deps.now()
    const expiresAt = now + LONGEST_SECONDS
    await deps.keepSignIn({
      id: randomUUID(),
      tokenHash: hashOfSecret(token),
      account,
      way,
      createdAt: now,
      lastUsedAt: now,
      expiresAt,
    })
    return { token, account, expiresAt }
  }
  /** The address that signed the message here and now; the nonce is used up, whoever the signature is by. */
  const requireSigner = async ({ message: text, signature }: SignedMessage, origin: string): Promise<string> => {
    const message = deps.parseMessage(text)
    const now = deps.now()
    requireMeantForUs(message, { origin, chainId: deps.chainId, now })
    const challenge = await deps.takeChallenge({ hash: hashOfSecret(message.nonce), purpose: 'wallet', now })
    if (challenge === null || challenge.account !== message.address) throw unknownChallenge()
    if (!(await deps.isSignedText({ text, signature, address: message.address }))) {
      throw new DomainError('sign-in-signature-invalid', `the signature is not by ${message.address}`)
    }
    return message.address
  }

  return {
    start,
    async challenge({ address, origin, client }) {
      const nonce = newNonce()
      const issuedAt = deps.now()
      const expiresAt = issuedAt + SIGN_IN_SECONDS
      await keep({ hash: hashOfSecret(nonce), purpose: 'wallet', account: address, client, expiresAt })
      const message = deps.formatMessage({
        domain: new URL(origin).host,
        address,
        uri: `${origin}/sign-in`,
        chainId: deps.chainId,
        nonce,
        issuedAt,
        expirationTime: expiresAt,
      })
      return { nonce, message, expiresAt }
    },
    signInWithWallet: async (signed, origin) => start(await requireSigner(signed, origin), 'wallet'),
    async makeCode(signed, { origin, client }) {
      const account = await requireSigner(signed, origin)
      const code = newSecret()
      const expiresAt = deps.now() + CODE_SECONDS
      await keep({ hash: hashOfSecret(code), purpose: 'code', account, client, expiresAt })
      return { code, expiresAt }
    },
    async signInWithCode(code) {
      const challenge = await deps.takeChallenge({ hash: hashOfSecret(code), purpose: 'code', now: deps.now() })
      if (challenge === null || challenge.account === null) throw unknownChallenge()
      return start(challenge.account, 'code')
    },
  }
}

export function unknownChallenge(): DomainError {
  return new DomainError('challenge-unknown', 'it was never given out, is used already, or has expired')
}
