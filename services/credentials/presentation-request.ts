import { z } from 'zod'
import { DomainError } from '../domain/errors.ts'
import { LARGEST_CLAIM_COUNT, type ClaimValue, type CredentialRole } from './claims.ts'
import { parseAs } from './parse-as.ts'
import { roleOfVct, SD_JWT_TYPE, vctOf } from './sd-jwt.ts'

/** One claim that is to be disclosed; where `values` are given, it has to be one of them. */
export type RequestedClaim = { readonly name: string; readonly values: readonly ClaimValue[] | undefined }

/** What a verifier wants to be shown. */
export type PresentationRequest = {
  /** Who asks, as the holder knows it: a presentation made for another is refused. */
  readonly audience: string
  /** A random text that is asked with once. */
  readonly nonce: string
  /** Unix seconds, not included. */
  readonly expiresAt: number
  readonly role: CredentialRole
  readonly claims: readonly RequestedClaim[]
}

const value = z.union([z.string().max(200), z.int(), z.boolean()])

/** A request as OpenID4VP writes it, whatever else it holds. */
export const presentationRequestJson = z.object({
  client_id: z.string().min(1).max(200),
  nonce: z.string().regex(/^[A-Za-z0-9_-]{22,128}$/, 'give 22 to 128 characters of base64url'),
  exp: z.int().min(1),
  dcql_query: z.strictObject({
    credentials: z.tuple([
      z.strictObject({
        id: z.string().regex(/^[A-Za-z0-9_-]{1,40}$/),
        format: z.literal(SD_JWT_TYPE),
        meta: z.strictObject({ vct_values: z.tuple([z.string().max(100)]) }),
        claims: z
          .array(
            z.strictObject({
              path: z.tuple([z.string().regex(/^[A-Za-z]{1,40}$/)]),
              values: z.array(value).min(1).max(64).optional(),
            }),
          )
          .max(LARGEST_CLAIM_COUNT),
      }),
    ]),
  }),
})

export type PresentationRequestJson = z.infer<typeof presentationRequestJson>

/**
 * Reads an OpenID4VP request with a DCQL query for one credential of one type; every claim of it is asked for.
 * Throws `presentation-request-malformed`.
 */
export function parsePresentationRequest(json: unknown): PresentationRequest {
  const {
    client_id: audience,
    nonce,
    exp: expiresAt,
    dcql_query: query,
  } = parseAs(presentationRequestJson, json, malformed)
  const [{ meta, claims }] = query.credentials
  const role = roleOfVct(meta.vct_values[0])
  if (role === undefined) throw malformed(`"${meta.vct_values[0]}" is no type of credential here`)
  const asked = claims.map(({ path: [name], values }) => ({ name, values }))
  if (new Set(asked.map(({ name }) => name)).size !== asked.length) throw malformed('a claim is asked for twice')
  return { audience, nonce, expiresAt, role, claims: asked }
}

/** The request as OpenID4VP writes it. */
export function formatPresentationRequest(asked: PresentationRequest): PresentationRequestJson {
  const claims = asked.claims.map(({ name, values }) =>
    values === undefined ? { path: [name] as [string] } : { path: [name] as [string], values: [...values] },
  )
  const meta = { vct_values: [vctOf(asked.role)] as [string] }
  return {
    client_id: asked.audience,
    nonce: asked.nonce,
    exp: asked.expiresAt,
    dcql_query: { credentials: [{ id: 'credential', format: SD_JWT_TYPE, meta, claims }] },
  }
}

/** Throws `presentation-request-expired`. */
export function requireOpen({ expiresAt }: Pick<PresentationRequest, 'expiresAt'>, now: number): void {
  if (now >= expiresAt) {
    throw new DomainError('presentation-request-expired', 'the request has expired: ask for a new one', { expiresAt })
  }
}

/** Throws `presentation-claim-missing` or `presentation-constraint-unmet` where the claims do not answer the request. */
export function requireAnswered(asked: readonly RequestedClaim[], claims: Readonly<Record<string, unknown>>): void {
  for (const { name, values } of asked) {
    if (!Object.hasOwn(claims, name)) {
      throw new DomainError('presentation-claim-missing', `the claim ${name} is asked for, and not there`, { name })
    }
    if (values !== undefined && !values.some((allowed) => allowed === claims[name])) {
      throw new DomainError('presentation-constraint-unmet', `the claim ${name} is not one of the values asked for`, {
        name,
      })
    }
  }
}

function malformed(why: string): DomainError {
  return new DomainError('presentation-request-malformed', `the request is not understood: ${why}`)
}
