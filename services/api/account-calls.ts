import { createAccountCallRelay } from '../chain/account-calls.ts'
import type { Ledger } from '../chain/ledger.ts'
import { DomainError } from '../domain/errors.ts'
import type { Access } from './access/access.ts'
import type { ApiDeps } from './server.ts'

type Options = {
  readonly ledger: Ledger
  readonly access: Pick<Access, 'requirePerson'>
  /** Private key that pays, and does nothing else. */
  readonly relayKey: string
}

/** So long what was relayed may not be read back yet. */
const UNDERWAY_MS = 10_000

/** Has passkey accounts make what their persons signed, each for whoever is signed in with it. */
export function accountCallsOf({ ledger, access, relayKey }: Options): Pick<ApiDeps, 'relayAccountCalls'> & {
  /** Whether calls of the account were relayed just now. */
  readonly isUnderway: (account: string) => boolean
} {
  const relay = createAccountCallRelay({ ledger, privateKey: relayKey })
  const relayedAt = new Map<string, number>()

  return {
    isUnderway: (account) => performance.now() - (relayedAt.get(account) ?? -Infinity) < UNDERWAY_MS,
    async relayAccountCalls(request, { account, key, calls, deadline, assertion }) {
      const person = await access.requirePerson(request)
      if (person.account !== account) {
        throw new DomainError('account-not-yours', `you are signed in as ${person.account}, and not as ${account}`)
      }
      const { authenticatorData, clientDataJSON, signature } = assertion.response
      const hash = await relay.relay({
        account,
        key,
        calls,
        deadline,
        assertion: {
          authenticatorData: bytesOf(authenticatorData),
          clientDataJson: bytesOf(clientDataJSON),
          signature: bytesOf(signature),
        },
      })
      for (const [other, at] of relayedAt) if (performance.now() - at >= UNDERWAY_MS) relayedAt.delete(other)
      relayedAt.set(account, performance.now())
      return hash
    },
  }
}

function bytesOf(base64url: string): Uint8Array {
  return Uint8Array.from(Buffer.from(base64url, 'base64url'))
}
