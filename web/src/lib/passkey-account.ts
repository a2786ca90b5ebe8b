import { bufferToBase64URLString, startAuthentication } from '@simplewebauthn/browser'
import { executionDigest, type AccountCall } from './account-calls.ts'
import { account } from './account-client.ts'
import { api } from './api-client.ts'
import { readLedgerIdentity, relayAccountCalls } from './joining-client.ts'
import { ApiError, saysUnknown } from './problem.ts'

/** By the ledger's clock, which may run much faster than a person reaches for the key. */
const DEADLINE_SECONDS = 86_400
const PATIENCE_MS = 60_000
const POLL_MS = 500

/**
 * Has the device's passkey sign calls of its account, which `callsOf` makes for the address of the member registry;
 * resolves once the ledger has made them.
 */
export async function makeAccountCalls(
  callsOf: (registry: string) => Promise<AccountCall[]> | AccountCall[],
): Promise<void> {
  const { signal } = new AbortController()
  const [own, ledger, { ledgerTime }] = await Promise.all([
    account.passkeyAccount(signal),
    readLedgerIdentity(),
    api.neighbourhood(signal),
  ])
  const calls = await callsOf(ledger.contracts['memberRegistry']!)
  const deadline = ledgerTime + DEADLINE_SECONDS
  const turn = { nonce: BigInt(own.nonce), deadline: BigInt(deadline) }
  const digest = executionDigest(ledger.chainId, own.account, calls, turn)

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
    calls,
    deadline,
    assertion: { ...assertion, clientExtensionResults: {} },
  })
  await untilMade(hash, signal)
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
