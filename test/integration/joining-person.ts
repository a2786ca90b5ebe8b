import { createHash, randomBytes } from 'node:crypto'
import { createTestPasskey, type TestPasskey } from '../../services/api/access/passkey-for-test.ts'
import { joining, type JoiningAnswer } from '../../services/api/schemas/joining.ts'
import { typedDataDigest } from '../../services/chain/dids.ts'
import type { Ledger } from '../../services/chain/ledger.ts'
import { executionData, type AccountCall, type PasskeyAccountKey } from '../../services/chain/passkey-accounts.ts'
import { signTradingKeyStatement } from '../../services/chain/trading-key-statements.ts'
import { addressOfKey } from '../../services/chain/typed-data.ts'
import { delegationOf } from '../../services/domain/joining/wishes.ts'
import { energyWh, price } from '../../services/domain/units.ts'
import { cookieOf, OWN_PAGE } from './api-signed-in.ts'

/** What the person wishes for the tests' prices: retail is 300,000 micro-euro per kWh, feed-in 80,000. */
export const WISHES = {
  buyUpToMicroEuroPerKwh: '250000',
  sellFromMicroEuroPerKwh: '90000',
  quantityWh: '1500',
} as const

const DOMAIN = 'localhost'
const FAR_AHEAD = 4_000_000_000

/** Somebody in a browser with a passkey and a trading key, signed in. */
export type Person = {
  readonly passkey: TestPasskey
  readonly tradingKey: string
  readonly send: (method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown) => Promise<Response>
  /** What the api says of the person's joining. Fails unless it answers with `status`. */
  readonly asks: (
    method: 'GET' | 'POST' | 'PUT',
    path: string,
    body?: unknown,
    status?: number,
  ) => Promise<JoiningAnswer>
  readonly putTradingKey: (ledger: Ledger, account: string) => Promise<Response>
  /** What the passkey signs so that the account makes the calls, as /api/ledger/account-calls takes it. */
  readonly signCalls: (ledger: Ledger, account: string, calls: readonly AccountCall[], nonce?: bigint) => object
}

/** Makes a passkey for localhost, registers it with the api, and is signed in with it from then on. */
export async function newPerson(apiUrl: string): Promise<Person> {
  const base = apiUrl.replace('127.0.0.1', DOMAIN)
  const passkey = createTestPasskey()
  const post = (path: string, body: unknown) =>
    fetch(`${base}/api${path}`, { method: 'POST', headers: OWN_PAGE, body: JSON.stringify(body) })
  const asked = await post('/sign-in/passkeys/registration-options', { name: 'a new home' })
  const { challenge } = (await asked.json()) as { challenge: string }
  const made = { challenge, origin: base, domain: DOMAIN, counter: 0 }
  const cookie = cookieOf(await post('/sign-in/passkeys/registrations', passkey.attest(made)))
  const tradingKey = `0x${randomBytes(32).toString('hex')}`
  let counter = 0

  const send: Person['send'] = (method, path, body) =>
    fetch(`${base}/api${path}`, {
      method,
      headers: { ...OWN_PAGE, cookie },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  return {
    passkey,
    tradingKey,
    send,
    async asks(method, path, body, status = { GET: 200, POST: 201, PUT: 202 }[method]) {
      const response = await send(method, path, body)
      const text = await response.text()
      if (response.status !== status) throw new Error(`${method} ${path} was answered with ${response.status}: ${text}`)
      return joining.parse(JSON.parse(text))
    },
    putTradingKey: (ledger, account) =>
      send('PUT', '/joining/trading-key', {
        address: addressOfKey(tradingKey),
        signature: signTradingKeyStatement(ledger, account, tradingKey),
      }),
    signCalls(ledger, account, calls, nonce = 0n) {
      const turn = { nonce, deadline: BigInt(FAR_AHEAD) }
      const digest = typedDataDigest(executionData(ledger.chainId, account, calls, turn))
      const challenge = Buffer.from(digest.slice(2), 'hex').toString('base64url')
      const assertion = passkey.assert({ challenge, origin: base, domain: DOMAIN, counter: (counter += 1) })
      return { account, key: keyOf(passkey), calls, deadline: FAR_AHEAD, assertion }
    },
  }
}

function keyOf({ x, y }: TestPasskey): PasskeyAccountKey {
  return { x, y, relyingParty: `0x${createHash('sha256').update(DOMAIN).digest('hex')}` }
}

/** The call by which a member lets the agent trade as it wishes. */
export function delegationCallOf(ledger: Ledger, answer: JoiningAnswer): AccountCall {
  const { memberId, membership, agentKey, wishes } = answer
  if (memberId === null || agentKey === null || wishes === null) throw new Error('the joining is not that far')
  const { sellFromMicroEuroPerKwh: sellFrom } = wishes
  const wished = {
    buyUpTo: price(BigInt(wishes.buyUpToMicroEuroPerKwh)),
    sellFrom: sellFrom === null ? null : price(BigInt(sellFrom)),
    quantity: energyWh(BigInt(wishes.quantityWh)),
    until: wishes.until,
  }
  const { key, mayBid, mayOffer, quantityLimit, lowestPrice, highestPrice, expiry } = delegationOf(
    wished,
    membership,
    agentKey,
  )
  const sides = (mayBid ? 1 : 0) + (mayOffer ? 2 : 0)
  const { interface: registry } = ledger.contracts.memberRegistry
  const delegation = [key, sides, quantityLimit, lowestPrice, highestPrice, expiry]
  return {
    target: ledger.addresses.memberRegistry.toLowerCase(),
    data: registry.encodeFunctionData('delegateTrading', [memberId, delegation]),
  }
}

/** The same person, whose browser made this trading key. */
export function withTradingKey(person: Person, tradingKey: string): Person {
  const address = addressOfKey(tradingKey)
  return {
    ...person,
    putTradingKey: (ledger, account) =>
      person.send('PUT', '/joining/trading-key', {
        address,
        signature: signTradingKeyStatement(ledger, account, tradingKey),
      }),
  }
}

/** Code and status of a refusal. */
export async function refusalOf(response: Response): Promise<{ status: number; code: string }> {
  const { code } = (await response.json()) as { code: string }
  return { status: response.status, code }
}
