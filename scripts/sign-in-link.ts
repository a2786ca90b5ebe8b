import { z } from 'zod'
import { signText } from '../services/chain/sign-in-message.ts'
import { addressOfKey } from '../services/chain/typed-data.ts'
import { DomainError } from '../services/domain/errors.ts'
import { readHouseholdKeys, readKey } from '../services/runtime/keys.ts'

/** Who signs in: a household by its name or number, or whoever manages the community. */
export type Who = { readonly home: string } | 'manager'

const challenge = z.object({ message: z.string() })
const oneTimeCode = z.object({ code: z.string() })
const refusal = z.object({ code: z.string(), detail: z.string() })

const PATIENCE_MS = 10_000
const HOMES_NAMED = 20

/**
 * A link that signs one browser in, once, within a minute. The private key of the data folder signs here and goes
 * nowhere. Throws `key-missing`, `home-unknown` or `api-unreachable`.
 */
export async function makeSignInLink(running: { apiUrl: string; dataFolder: string }, who: Who): Promise<string> {
  const { apiUrl, dataFolder } = running
  const key =
    who === 'manager' ? await readKey(dataFolder, 'community-manager') : await readHomeKey(dataFolder, who.home)
  const { message } = await post(`${apiUrl}/api/sign-in/challenges`, { address: addressOfKey(key) }, challenge)
  const signed = { message, signature: await signText(message, key) }
  const { code } = await post(`${apiUrl}/api/sign-in/codes`, signed, oneTimeCode)
  // Behind the hash it is in no log: a browser does not send it with the address.
  return `${apiUrl}/sign-in#code=${code}`
}

/** Signs in with the wallet that holds the key; resolves to the cookie. Throws `api-unreachable`, or what the api refuses. */
export async function signInWithKey(apiUrl: string, key: string): Promise<string> {
  const { message } = await post(`${apiUrl}/api/sign-in/challenges`, { address: addressOfKey(key) }, challenge)
  const response = await send(`${apiUrl}/api/sign-in/wallet`, { message, signature: await signText(message, key) })
  const [cookie] = response.headers.getSetCookie()
  if (!response.ok || cookie === undefined) throw await refusalOf(response)
  return cookie.split(';')[0]!
}

async function readHomeKey(dataFolder: string, home: string): Promise<string> {
  const homes = await readHouseholdKeys(dataFolder)
  const wanted = home.trim().toLowerCase()
  const found = homes.find(({ name, memberId }) => name.toLowerCase() === wanted || String(memberId) === wanted)
  if (found === undefined) {
    const names = homes.slice(0, HOMES_NAMED).map(({ name }) => name)
    throw new DomainError(
      'home-unknown',
      `there is no home "${home}": choose one of ${names.join(', ')}, or its number`,
    )
  }
  if (found.accountKey === undefined) {
    throw new DomainError('key-missing', `the account key of ${found.name} is not kept in ${dataFolder}`)
  }
  return found.accountKey
}

async function post<Schema extends z.ZodType>(url: string, body: unknown, schema: Schema): Promise<z.output<Schema>> {
  const response = await send(url, body)
  if (!response.ok) throw await refusalOf(response)
  return schema.parse(await response.json())
}

function send(url: string, body: unknown): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-commonwatt': '1' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(PATIENCE_MS),
  }).catch(() => {
    throw new DomainError('api-unreachable', `${new URL(url).origin} does not answer: is it running? See --api-port`)
  })
}

async function refusalOf(response: Response): Promise<DomainError> {
  const refused = refusal.safeParse(await response.json().catch(() => null))
  if (refused.success) return new DomainError(refused.data.code, refused.data.detail)
  return new DomainError('api-unreachable', `${new URL(response.url).origin} answered with status ${response.status}`)
}
