import { bodyOf, getJson } from './api-client.ts'
import type { components } from './generated/api.ts'
import { ApiError, UNREACHABLE } from './problem.ts'

type Schemas = components['schemas']
export type SignIn = Schemas['SignIn']
export type ApiKey = Schemas['ApiKey']
export type MadeApiKey = Schemas['MadeApiKey']
export type Consent = Schemas['Consent']
export type ConsentList = Schemas['ConsentList']
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
} as const

async function change<T = void>(method: 'POST' | 'DELETE', address: string, body?: unknown): Promise<T> {
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
