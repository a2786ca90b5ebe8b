import { bodyOf, getJson } from './api-client.ts'
import type { components } from './generated/api.ts'
import { ApiError, saysUnknown, UNREACHABLE } from './problem.ts'

type Schemas = components['schemas']
export type SignIn = Schemas['SignIn']
export type ApiKey = Schemas['ApiKey']
export type MadeApiKey = Schemas['MadeApiKey']
export type Consent = Schemas['Consent']
export type ConsentList = Schemas['ConsentList']
export type PasskeyAccount = Schemas['PasskeyAccount']
export type Erasure = Schemas['Erasure']
type PlacedOrder = Schemas['PlacedOrder']
type SignInChallenge = Schemas['SignInChallenge']

const SIGN_IN = '/api/sign-in'

/** What a person does in its own name. Only screens that are loaded when they are opened use it. */
export const account = {
  challenge: (address: string) => change<SignInChallenge>('POST', `${SIGN_IN}/challenges`, { address }),
  signInWithWallet: (message: string, signature: string) => change('POST', `${SIGN_IN}/wallet`, { message, signature }),
  signInWithCode: (code: string) => change('POST', `${SIGN_IN}/code`, { code }),
  passkeyRegistrationOptions: (name: string) =>
    change<Record<string, unknown>>('POST', `${SIGN_IN}/passkeys/registration-options`, { name }),
  registerPasskey: (registration: unknown) => change('POST', `${SIGN_IN}/passkeys/registrations`, registration),
  passkeyOptions: () => change<Record<string, unknown>>('POST', `${SIGN_IN}/passkeys/options`),
  signInWithPasskey: (assertion: unknown) => change('POST', `${SIGN_IN}/passkeys`, assertion),
  passkeyAccount: (signal: AbortSignal) => getJson<PasskeyAccount>('/api/passkey-account', signal),
  signOut: () => change('POST', '/api/sign-out'),
  signIns: (signal: AbortSignal) => getJson<{ items: SignIn[] }>('/api/sign-ins', signal),
  endSignIn: (id: string) => change('DELETE', `/api/sign-ins/${id}`),
  endSignIns: () => change('DELETE', '/api/sign-ins'),
  apiKeys: (signal: AbortSignal) => getJson<{ items: ApiKey[] }>('/api/api-keys', signal),
  makeApiKey: (wish: Schemas['ApiKeyRequest']) => change<MadeApiKey>('POST', '/api/api-keys', wish),
  rotateApiKey: (id: string, overlapHours: number) =>
    change<MadeApiKey>('POST', `/api/api-keys/${id}/rotations`, { overlapHours }),
  revokeApiKey: (id: string) => change('DELETE', `/api/api-keys/${id}`),
  consents: (signal: AbortSignal) => getJson<ConsentList>('/api/consents', signal),
  giveConsent: (wish: Schemas['ConsentRequest']) => change<Consent>('POST', '/api/consents', wish),
  revokeConsent: (id: string) => change('DELETE', `/api/consents/${id}`),
  placeOrder: (order: Schemas['PlaceOrderRequest']) => change<PlacedOrder>('POST', '/api/orders', order),
  /** Under which number and keys the home trades on the day. */
  trader: (memberId: number, day: number) =>
    getJson<Schemas['Trader']>(`/api/households/${memberId}/traders/${day}`, new AbortController().signal),
  keepKeyChain: (chain: Schemas['KeyChainRequest']) => change('PUT', '/api/key-chains', chain),
  /** Null where it was not asked for. */
  erasure: (memberId: number, signal: AbortSignal) =>
    getJson<Erasure>(`/api/households/${memberId}/erasure`, signal).catch(nullWhereUnknown),
  requestErasure: (memberId: number) => change<Erasure>('POST', `/api/households/${memberId}/erasure`),
} as const

/** Asks the api to change something, in the name of whoever is signed in. */
export async function change<T = void>(method: 'POST' | 'PUT' | 'DELETE', address: string, body?: unknown): Promise<T> {
  const response = await fetch(address, {
    method,
    // The header says that a page of this server asks: no foreign page can set it.
    headers: { accept: 'application/json', 'x-commonwatt': '1', 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch(() => {
    throw new ApiError(UNREACHABLE)
  })
  return response.status === 204 ? (undefined as T) : bodyOf<T>(response)
}

function nullWhereUnknown(error: unknown): null {
  if (error instanceof ApiError && saysUnknown(error.problem)) return null
  throw error
}
