import type { Request } from 'express'
import { DomainError } from '../../domain/errors.ts'
import {
  HOUSEHOLD_PARTS,
  mayReadByRole,
  mayReadRefusals,
  type HeldRole,
  type HouseholdPart,
  type KeyScope,
} from '../../domain/identity/household-data.ts'
import type { ApiKey } from '../../store/api-keys.ts'
import type { SignIn } from '../../store/sign-ins.ts'
import type { MemberAccount } from '../../store/views/accounts.ts'
import { hashOfSecret, isSameHash } from './secrets.ts'

/** Who asks: a person who is signed in, or a machine with a person's key. */
export type Caller =
  | { readonly by: 'sign-in'; readonly account: string; readonly signIn: SignIn }
  | { readonly by: 'key'; readonly account: string; readonly key: ApiKey }

export type Person = Extract<Caller, { by: 'sign-in' }>

/** The households of which a caller may read a part. */
export type Readable = 'all' | ReadonlySet<number>

/** What a caller may read of whom. */
export type Viewer = Readonly<Record<HouseholdPart, Readable>>

export type AccessDeps = {
  readonly readToken: (request: Request) => string | null
  /** Empty text where what is shown cannot be a key. */
  readonly readBearer: (request: Request) => string | null
  readonly readSignIn: (tokenHash: string) => Promise<SignIn | null>
  readonly touchSignIn: (id: string, now: number) => Promise<void>
  readonly endSignIns: (account: string, id?: string) => Promise<unknown>
  readonly readApiKey: (hash: string) => Promise<ApiKey | null>
  readonly touchApiKey: (id: string, now: number) => Promise<void>
  /** Throws `too-many-requests`. */
  readonly requireKeyWelcome: (keyId: string) => void
  /** The addresses whose DID the account owns by the ledger: its own among them, unless it has given that away. */
  readonly accountsOwnedBy: (account: string) => Promise<readonly string[]>
  /** The roles for which the account holds a valid credential. */
  readonly rolesOf: (account: string) => Promise<readonly HeldRole[]>
  readonly listHouseholdsOf: (accounts: readonly string[]) => Promise<readonly MemberAccount[]>
  readonly readArea: () => Promise<number>
  /** What households let the account read at `now`. */
  readonly listConsentsFor: (
    account: string,
    now: number,
  ) => Promise<readonly { readonly memberId: number; readonly parts: readonly string[] }[]>
  /** Unix seconds, wall clock. */
  readonly now: () => number
}

export type Access = {
  /** Null for a stranger. Throws `api-key-invalid`. */
  readonly callerOf: (request: Request) => Promise<Caller | null>
  /** Throws `not-signed-in`. */
  readonly requireCaller: (request: Request) => Promise<Caller>
  /** Throws `not-signed-in`, and `sign-in-needed` for a machine. */
  readonly requirePerson: (request: Request) => Promise<Person>
  /** Throws `not-signed-in`, `api-key-scope-missing` or `household-not-shown`. */
  readonly requirePart: (request: Request, memberId: number, part: HouseholdPart) => Promise<void>
  /** A person, or a machine whose key was made for it. Throws `not-signed-in` or `api-key-scope-missing`. */
  readonly requireScope: (request: Request, scope: KeyScope) => Promise<Caller>
  /** The person whose household it is. Throws `not-signed-in`, `sign-in-needed` or `household-not-yours`. */
  readonly requireMember: (request: Request, memberId: number) => Promise<void>
  /** Of a stranger nothing; never throws for want of a right. */
  readonly viewerOf: (request: Request) => Promise<Viewer>
  readonly requireRefusals: (request: Request) => Promise<void>
  readonly householdsOf: (account: string) => Promise<readonly MemberAccount[]>
  readonly rolesOf: (account: string) => Promise<readonly HeldRole[]>
}

export const IDLE_SECONDS = 1_800
/** How often it is written down that a sign-in or a key is used. */
const TOUCH_SECONDS = 60
const NOBODY: ReadonlySet<number> = new Set()
/** Whoever is not signed in. */
export const STRANGER: Viewer = viewerWith(() => NOBODY)

/** Who may read what: nothing of a household but by its member, by consent of the member, or by a role's work. */
export function createAccess(deps: AccessDeps): Access {
  const callers = new WeakMap<Request, Promise<Caller | null>>()

  const callerOf = (request: Request) => {
    const known = callers.get(request) ?? identify(deps, request)
    callers.set(request, known)
    return known
  }
  const requireCaller = async (request: Request) => {
    const caller = await callerOf(request)
    if (caller === null) throw new DomainError('not-signed-in', 'this is shown to whoever may see it: sign in first')
    return caller
  }
  const householdsOf = async (account: string) => deps.listHouseholdsOf(await deps.accountsOwnedBy(account))
  const viewerOf = async (request: Request): Promise<Viewer> => {
    const caller = await callerOf(request)
    if (caller === null) return STRANGER
    const { account } = caller
    const [own, consents, roles, area] = await Promise.all([
      householdsOf(account),
      deps.listConsentsFor(account, deps.now()),
      deps.rolesOf(account),
      deps.readArea(),
    ])
    return viewerWith((part) => {
      if (!hasScope(caller, `read:${part}`)) return NOBODY
      if (mayReadByRole(roles, area, part)) return 'all'
      const consenting = consents.filter(({ parts }) => parts.includes(part))
      return new Set([...own, ...consenting].map(({ memberId }) => memberId))
    })
  }

  const requirePerson = async (request: Request) => {
    const caller = await requireCaller(request)
    if (caller.by === 'key') throw new DomainError('sign-in-needed', 'an api key cannot do what its person decides')
    return caller
  }

  return {
    callerOf,
    requireCaller,
    requirePerson,
    async requireMember(request, memberId) {
      const { account } = await requirePerson(request)
      if ((await householdsOf(account)).some((household) => household.memberId === memberId)) return
      throw new DomainError('household-not-yours', `household ${memberId} is not yours to speak for`)
    },
    async requireScope(request, scope) {
      const caller = await requireCaller(request)
      requireScope(caller, scope)
      return caller
    },
    viewerOf,
    async requirePart(request, memberId, part) {
      requireScope(await requireCaller(request), `read:${part}`)
      if (isReadable((await viewerOf(request))[part], memberId)) return
      throw new DomainError('household-not-shown', `you may not see the ${part} of household ${memberId}`)
    },
    async requireRefusals(request) {
      const caller = await requireCaller(request)
      requireScope(caller, 'read:refusals')
      if (mayReadRefusals(await deps.rolesOf(caller.account), await deps.readArea())) return
      throw new DomainError('role-missing', 'refused messages are shown to whoever runs the meters or the market')
    },
    householdsOf,
    rolesOf: deps.rolesOf,
  }
}

/** Whether the part of the household's data is among what may be read. */
export function isReadable(readable: Readable, memberId: number): boolean {
  return readable === 'all' || readable.has(memberId)
}

function viewerWith(readableOf: (part: HouseholdPart) => Readable): Viewer {
  return Object.fromEntries(HOUSEHOLD_PARTS.map((part) => [part, readableOf(part)])) as Viewer
}

async function identify(deps: AccessDeps, request: Request): Promise<Caller | null> {
  const bearer = deps.readBearer(request)
  if (bearer !== null) return identifyMachine(deps, bearer)
  const token = deps.readToken(request)
  return token === null ? null : identifyPerson(deps, token)
}

async function identifyPerson(deps: AccessDeps, token: string): Promise<Caller | null> {
  const tokenHash = hashOfSecret(token)
  const signIn = await deps.readSignIn(tokenHash)
  if (signIn === null || !isSameHash(signIn.tokenHash, tokenHash)) return null
  const { id, account, lastUsedAt, expiresAt } = signIn
  const now = deps.now()

  if (now >= expiresAt || now >= lastUsedAt + IDLE_SECONDS) {
    await deps.endSignIns(account, id)
    return null
  }
  // Who gave its DID away is nobody here any more, in whichever browser.
  if (!(await deps.accountsOwnedBy(account)).includes(account)) {
    await deps.endSignIns(account)
    return null
  }
  if (now >= lastUsedAt + TOUCH_SECONDS) await deps.touchSignIn(id, now)
  return { by: 'sign-in', account, signIn }
}

async function identifyMachine(deps: AccessDeps, bearer: string): Promise<Caller> {
  const hash = hashOfSecret(bearer)
  const key = await deps.readApiKey(hash)
  const now = deps.now()
  if (key === null || !isValidKey(key, hash, now) || !(await deps.accountsOwnedBy(key.account)).includes(key.account)) {
    throw new DomainError('api-key-invalid', 'the api key is not known, or valid no more')
  }
  deps.requireKeyWelcome(key.id)
  if (key.lastUsedAt === null || now >= key.lastUsedAt + TOUCH_SECONDS) await deps.touchApiKey(key.id, now)
  return { by: 'key', account: key.account, key }
}

function isValidKey(key: ApiKey, hash: string, now: number): boolean {
  if (now >= key.expiresAt) return false
  if (isSameHash(key.keyHash, hash)) return true
  return key.previousHash !== null && isSameHash(key.previousHash, hash) && now < (key.previousUntil ?? 0)
}

function hasScope(caller: Caller, scope: KeyScope): boolean {
  return caller.by === 'sign-in' || caller.key.scopes.includes(scope)
}

function requireScope(caller: Caller, scope: KeyScope): void {
  if (!hasScope(caller, scope)) {
    throw new DomainError('api-key-scope-missing', `the api key was not made for ${scope}`)
  }
}
