import { z } from 'zod'
import { signText } from '../services/chain/sign-in-message.ts'
import { addressOfKey } from '../services/chain/typed-data.ts'
import { DomainError } from '../services/domain/errors.ts'
import { readKey } from '../services/chain/role-keys.ts'
import { readHouseholdKeys } from '../services/runtime/keys.ts'
import { callApi, refusalOf, sendToApi } from './api-call.ts'

/** Who signs in: a household by its name or number, or whoever manages the community. */
export type Who = { readonly home: string } | 'manager'

const challenge = z.object({ message: z.string() })
const oneTimeCode = z.object({ code: z.string() })

const HOMES_NAMED = 20

/**
 * A link that signs one browser in, once, within a minute. The private key of the data folder signs here and goes
 * nowhere. Throws `key-missing`, `home-unknown` or `api-unreachable`.
 */
export async function makeSignInLink(running: { apiUrl: string; dataFolder: string }, who: Who): Promise<string> {
  const { apiUrl, dataFolder } = running
  const key =
    who === 'manager' ? await readKey(dataFolder, 'community-manager') : await readHomeKey(dataFolder, who.home)
  const { message } = await callApi(`${apiUrl}/api/sign-in/challenges`, challenge, { address: addressOfKey(key) })
  const signed = { message, signature: await signText(message, key) }
  const { code } = await callApi(`${apiUrl}/api/sign-in/codes`, oneTimeCode, signed)
  // Behind the hash it is in no log: a browser does not send it with the address.
  return `${apiUrl}/sign-in#code=${code}`
}

/** Signs in with the wallet that holds the key; resolves to the cookie. Throws `api-unreachable`, or what the api refuses. */
export async function signInWithKey(apiUrl: string, key: string): Promise<string> {
  const { message } = await callApi(`${apiUrl}/api/sign-in/challenges`, challenge, { address: addressOfKey(key) })
  const response = await sendToApi(`${apiUrl}/api/sign-in/wallet`, { message, signature: await signText(message, key) })
  const [cookie] = response.headers.getSetCookie()
  if (!response.ok || cookie === undefined) throw await refusalOf(response)
  return cookie.split(';')[0]!
}

/** The account key of a home, by its name or number. Throws `key-missing` or `home-unknown`. */
export async function readHomeKey(dataFolder: string, home: string): Promise<string> {
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
