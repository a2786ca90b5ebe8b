import { signInChallenge } from '../../services/api/schemas/sign-in.ts'
import { signText } from '../../services/chain/sign-in-message.ts'
import { addressOfKey } from '../../services/chain/typed-data.ts'
import { HOUSEHOLD_PARTS } from '../../services/domain/identity/household-data.ts'
import { bodyOf } from './api-answers.ts'
import type { ApiWorld } from './api-world.ts'

/** Headers by which a program says that no foreign page sends the request. */
export const OWN_PAGE = { 'x-commonwatt': '1', 'content-type': 'application/json' }

/** A browser in which somebody is signed in. */
export type Browser = {
  readonly cookie: string
  readonly get: (address: string) => Promise<Response>
  readonly send: (method: 'POST' | 'PUT' | 'DELETE', address: string, body?: unknown) => Promise<Response>
}

/** What the owner of the key sends to sign in with its wallet; each call asks for a nonce of its own. */
export async function signedMessageOf(address: string, key: string): Promise<{ message: string; signature: string }> {
  const asked = await sendTo(`${address}/api/sign-in/challenges`, 'POST', {}, { address: addressOfKey(key) })
  const { message } = await bodyOf(asked, signInChallenge)
  return { message, signature: await signText(message, key) }
}

/** Signs in with the wallet that holds the key. */
export async function signIn({ address }: Pick<ApiWorld, 'address'>, key: string): Promise<Browser> {
  const response = await sendTo(`${address}/api/sign-in/wallet`, 'POST', {}, await signedMessageOf(address, key))
  return browserWith(address, cookieOf(response))
}

/** Whoever has this cookie. */
export function browserWith(address: string, cookie: string): Browser {
  return {
    cookie,
    get: (target) => fetch(`${address}${target}`, { headers: { cookie } }),
    send: (method, target, body) => sendTo(`${address}${target}`, method, { cookie }, body),
  }
}

/** Somebody whom every household of the world lets read everything. */
export async function signInAsReaderOfAll(world: ApiWorld): Promise<Browser> {
  const key = `0x${'7e'.repeat(32)}`
  for (const { accountKey, memberId } of world.households) {
    const member = await signIn(world, accountKey)
    const wish = { memberId, reader: addressOfKey(key), parts: HOUSEHOLD_PARTS, until: null }
    const given = await member.send('POST', '/api/consents', wish)
    if (given.status !== 201) throw new Error(`the consent was refused: ${await given.text()}`)
  }
  return signIn(world, key)
}

export function sendTo(
  target: string,
  method: 'POST' | 'PUT' | 'DELETE',
  headers: Record<string, string>,
  body?: unknown,
): Promise<Response> {
  return fetch(target, {
    method,
    headers: { ...OWN_PAGE, ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
}

/** The cookie that the answer sets, as a browser sends it back. */
export function cookieOf(response: Response): string {
  const [cookie] = response.headers.getSetCookie()
  if (cookie === undefined) throw new Error(`no cookie was set: status ${response.status}`)
  return cookie.split(';')[0]!
}
