import { bufferToBase64URLString, startAuthentication } from '@simplewebauthn/browser'
import { executionDigest, type AccountCall } from './account-calls.ts'
import { account } from './account-client.ts'
import { api, type WhoAmI } from './api-client.ts'
import { readLedgerIdentity, relayAccountCalls } from './joining-client.ts'
import { ApiError, saysUnknown } from './problem.ts'
import { findWallet, sendWithWallet } from './wallet.ts'

/** By the ledger's clock, which may run much faster than a person reaches for the key. */
const DEADLINE_SECONDS = 86_400
const PATIENCE_MS = 60_000
const POLL_MS = 500

type Signer = Pick<NonNullable<WhoAmI['person']>, 'account' | 'way'>

/**
 * Has whoever is signed in make a call of its own account, by its passkey or its wallet; `callOf` makes it for the address
 * of the member registry. Resolves once the ledger has made it.
 */
export async function makeOwnCall(
  signer: Signer,
  callOf: (registry: string) => Promise<AccountCall> | AccountCall,
): Promise<void> {
  const { signal } = new AbortController()
  const ledger = await readLedgerIdentity()
  const call = await callOf(ledger.contracts['memberRegistry']!)
  const isPasskey = signer.way === 'passkey'
  await untilMade(await (isPasskey ? sendWithPasskey(ledger.chainId, call, signal) : sendFrom(signer, call)), signal)
}

function sendFrom({ account: from }: Signer, call: AccountCall): Promise<string> {
  const wallet = findWallet()
  if (wallet === null) throw new Error('The account’s key is in a wallet, and this browser has none.')
  return sendWithWallet(wallet, from, call)
}

async function sendWithPasskey(chainId: bigint, call: AccountCall, signal: AbortSignal): Promise<string> {
  const [own, { ledgerTime }] = await Promise.all([account.passkeyAccount(signal), api.neighbourhood(signal)])
  const deadline = ledgerTime + DEADLINE_SECONDS
  const turn = { nonce: BigInt(own.nonce), deadline: BigInt(deadline) }
  const digest = executionDigest(chainId, own.account, [call], turn)

  const assertion = await startAuthentication({
    optionsJSON: {
      challenge: bufferToBase64URLString(digest.slice().buffer),
      allowCredentials: [{ id: own.credentialId, type: 'public-key' }],
      userVerification: 'required',
    },
  })

  const { hash } = await relayAccountCalls({
    account: own.account,
    key: own.key,
    calls: [call],
    deadline,
    assertion: { ...assertion, clientExtensionResults: {} },
  })
  return hash
}

async function untilMade(hash: string, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS
  for (;;) {
    const made = await api.transaction(hash, signal).catch(nullWhereUnknown)
    if (made?.succeeded === true) return
    if (made !== null || Date.now() > deadline) throw new ApiError(made === null ? LATE : REVERTED)
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}

const LATE = {
  code: 'calls-late',
  title: 'The ledger takes its time',
  detail: 'It has what you signed, and has not made it yet. Look again in a while before you sign once more.',
}

const REVERTED = {
  code: 'calls-refused',
  title: 'The ledger refused what you signed',
  detail: 'Something changed while you signed it. Nothing was done: look at it again, and sign once more.',
}

function nullWhereUnknown(error: unknown): null {
  if (error instanceof ApiError && saysUnknown(error.problem)) return null
  throw error
}
