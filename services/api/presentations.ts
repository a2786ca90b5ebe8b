import type { Request } from 'express'
import { isAccredited, readCredentialRecord } from '../chain/credentials.ts'
import { createDidResolver } from '../chain/did-documents.ts'
import { revertToDomainError } from '../chain/errors.ts'
import { readLatestBlock } from '../chain/ledger-clock.ts'
import type { Ledger } from '../chain/ledger.ts'
import { claimNamesOf, type CredentialRole } from '../credentials/claims.ts'
import { addressOf } from '../credentials/ledger-did.ts'
import { formatPresentationRequest, type PresentationRequest } from '../credentials/presentation-request.ts'
import { verifyPresentation, type PresentationDeps } from '../credentials/presentation.ts'
import { DomainError } from '../domain/errors.ts'
import { didOf } from '../domain/identity/did.ts'
import type { Log } from '../runtime/log.ts'
import type { Store } from '../store/connect.ts'
import {
  countAnswer,
  deleteStalePresentations,
  insertPresentation,
  keepOutcome,
  noteRefusal,
  readPresentation,
  uncountAnswer,
  type Presentation,
  type PresentationAsked,
} from '../store/presentations.ts'
import { isStoreUnreachable } from '../store/unreachable.ts'
import type { Access } from './access/access.ts'
import { originOf } from './access/own-page.ts'
import { newSecret } from './access/secrets.ts'
import { problemKindOf } from './problem-kinds.ts'
import type { PresentationDocument, PresentationView, PresentationWish } from './schemas/presentations.ts'
import type { ApiDeps } from './server.ts'

/** For so long what came of a request can be read once it expired; then it is forgotten. */
export const KEPT_SECONDS = 86_400
const MOST_PRESENTATIONS = 1_000
/** How often one request is answered at most, where answers are refused. */
const MOST_ANSWERS = 10
const FORGET_MS = 60_000

type Options = {
  readonly store: Store
  readonly ledger: Ledger
  readonly publicOrigin: string | undefined
  readonly access: Pick<Access, 'requireScope'>
  /** Unix seconds, wall clock: a request does not expire faster where the ledger's clock runs faster. */
  readonly now: () => number
}

type Presentations = Pick<
  ApiDeps,
  'askForPresentation' | 'readPresentation' | 'readPresentationRequest' | 'answerPresentation'
>

/** Lets verifiers ask for presentations of credentials, and holders answer them. */
export function presentationsOf({ store, ledger, publicOrigin, access, now }: Options): Presentations {
  const { chainId } = ledger
  const verificationDeps = verificationDepsOf(ledger)
  const accountOf = async (request: Request) => (await access.requireScope(request, 'ask:presentations')).account

  return {
    async askForPresentation(request, wish) {
      const verifier = await accountOf(request)
      requireKnownClaims(wish)
      const createdAt = now()
      await deleteStalePresentations(store, createdAt - KEPT_SECONDS)
      const asked: PresentationAsked = {
        id: newSecret(),
        verifier,
        audience: `${originOf(request, publicOrigin)}/api/presentations`,
        nonce: newSecret(),
        role: wish.role,
        asked: wish.claims.map(({ name, values }) => (values === undefined ? { name } : { name, values })),
        purpose: wish.purpose,
        createdAt,
        expiresAt: createdAt + wish.seconds,
      }
      if (!(await insertPresentation(store, asked, MOST_PRESENTATIONS))) {
        throw new DomainError('too-many-presentations', `you have asked for ${MOST_PRESENTATIONS} already`)
      }
      return viewOf({ ...asked, answers: 0, refusal: null, outcome: null }, chainId, createdAt)
    },
    async readPresentation(request, id) {
      const verifier = await accountOf(request)
      const presentation = await readPresentation(store, id)
      if (presentation === null || presentation.verifier !== verifier) throw unknown()
      return viewOf(presentation, chainId, now())
    },
    async readPresentationRequest(id) {
      const presentation = await readPresentation(store, id)
      if (presentation === null) throw unknown()
      return documentOf(presentation, chainId)
    },
    async answerPresentation(id, given) {
      const presentation = await readPresentation(store, id)
      if (presentation === null) throw unknown()
      const answeredAt = now()
      if (!(await countAnswer(store, id, { now: answeredAt, most: MOST_ANSWERS }))) {
        // Another answer may have been taken since.
        throw closedOf((await readPresentation(store, id)) ?? presentation, answeredAt)
      }

      try {
        const deps = { ...(await verificationDeps()), askedNow: answeredAt }
        const { issuer, area, claims } = await verifyPresentation(given, requestOf(presentation), deps)
        const outcome = { verifiedAt: answeredAt, issuer: addressOf(issuer), area, disclosed: claims }
        if (!(await keepOutcome(store, id, outcome))) throw replayed()
      } catch (error) {
        if (isRefusal(error)) await noteRefusal(store, id, error.code, answeredAt)
        else if (isLedgerAway(error)) await uncountAnswer(store, id)
        throw error
      }
    },
  }
}

/** Forgets again and again what is too old; returns how to stop. */
export function startForgettingPresentations(store: Store, log: Log, now: () => number): () => Promise<void> {
  let looking: Promise<void> = Promise.resolve()
  const look = async () => {
    try {
      const forgotten = await deleteStalePresentations(store, now() - KEPT_SECONDS)
      if (forgotten > 0) log.info({ forgotten }, 'presentations forgotten')
    } catch (error) {
      if (!isStoreUnreachable(error)) throw error
    }
  }
  const timer = setInterval(() => {
    looking = look()
  }, FORGET_MS)
  return async () => {
    clearInterval(timer)
    await looking
  }
}

/** What decides is the ledger itself, at its latest block. */
function verificationDepsOf(ledger: Ledger): () => Promise<PresentationDeps> {
  const resolver = createDidResolver(ledger)
  const registry = ledger.addresses.credentialRegistry.toLowerCase()
  return async () => {
    const { timestamp } = await readLatestBlock(ledger).catch((error: unknown) => {
      throw revertToDomainError(error)
    })
    return {
      ledger: { chainId: ledger.chainId, registry },
      resolver,
      readStatus: (credentialId) => readCredentialRecord(ledger, credentialId),
      isAccredited: (issuer, role, area) => isAccredited(ledger, issuer, role, area),
      now: timestamp,
      // That a request is answered once is for its row to say, which takes one outcome.
      takeNonce: () => Promise.resolve(true),
    }
  }
}

/** Whether it is about the presentation, and not about the ledger that could not be asked. */
function isRefusal(error: unknown): error is DomainError {
  return error instanceof DomainError && !isLedgerAway(error) && error.code !== 'presentation-replayed'
}

/** What the ledger refuses to be asked is no outage: it would be refused again however often it came. */
function isLedgerAway(error: unknown): boolean {
  return error instanceof DomainError && error.code === 'ledger-unreachable'
}

function requireKnownClaims({ role, claims }: PresentationWish): void {
  const known = claimNamesOf(role)
  const names = claims.map(({ name }) => name)
  const stranger = names.find((name) => !known.includes(name))
  if (stranger !== undefined) {
    throw new DomainError(
      'presentation-claim-unknown',
      `a ${role} credential has no claim "${stranger}": it has ${known.join(', ')}`,
    )
  }
  if (new Set(names).size !== names.length) throw new DomainError('request-malformed', 'claims: one is named twice')
}

function closedOf({ outcome, expiresAt }: Presentation, now: number): DomainError {
  if (outcome !== null) return replayed()
  return now >= expiresAt
    ? new DomainError('presentation-request-expired', 'the request has expired: ask for a new one')
    : new DomainError('presentation-answers-used-up', `the request was answered ${MOST_ANSWERS} times in vain`)
}

function replayed(): DomainError {
  return new DomainError('presentation-replayed', 'the request was answered already: ask for a new one')
}

function unknown(): DomainError {
  return new DomainError('presentation-unknown', 'there is no such request, or it is not yours')
}

function requestOf({ audience, nonce, expiresAt, role, asked }: PresentationAsked): PresentationRequest {
  const claims = asked.map(({ name, values }) => ({ name, values }))
  return { audience, nonce, expiresAt, role: role as CredentialRole, claims }
}

function documentOf(asked: PresentationAsked, chainId: bigint): PresentationDocument {
  return {
    ...formatPresentationRequest(requestOf(asked)),
    response_uri: `${addressInAudience(asked)}/responses`,
    verifier: didOf(chainId, asked.verifier),
    purpose: asked.purpose,
  }
}

function addressInAudience({ audience, id }: PresentationAsked): string {
  return `${audience}/requests/${id}`
}

function viewOf(presentation: Presentation, chainId: bigint, now: number): PresentationView {
  const { id, role, createdAt, expiresAt, refusal, outcome } = presentation
  return {
    id,
    request: documentOf(presentation, chainId),
    requestUri: `${addressInAudience(presentation)}/document`,
    createdAt,
    expiresAt,
    state: stateOf(presentation, now),
    refusal: refusal && { ...refusal, reason: problemKindOf(new DomainError(refusal.code, '')).title },
    outcome: outcome && {
      role: role as CredentialRole,
      area: outcome.area,
      issuer: didOf(chainId, outcome.issuer),
      claims: { ...outcome.disclosed },
      verifiedAt: outcome.verifiedAt,
    },
  }
}

function stateOf({ outcome, refusal, expiresAt }: Presentation, now: number): PresentationView['state'] {
  if (outcome !== null) return 'verified'
  if (refusal !== null) return 'refused'
  return now >= expiresAt ? 'expired' : 'pending'
}
