import { createAccountCallRelay } from '../chain/account-calls.ts'
import type { Ledger } from '../chain/ledger.ts'
import { DomainError } from '../domain/errors.ts'
import type { Store } from '../store/connect.ts'
import { isTransactionIndexed } from '../store/views/database.ts'
import type { Access } from './access/access.ts'
import type { ApiDeps } from './server.ts'

type Options = {
  readonly store: Store
  readonly ledger: Ledger
  readonly access: Pick<Access, 'requirePerson'>
  /** Private key that pays, and does nothing else. */
  readonly relayKey: string
}

/** Has passkey accounts make what their persons signed, each for whoever is signed in with it. */
export function accountCallsOf({ store, ledger, access, relayKey }: Options): Pick<ApiDeps, 'relayAccountCalls'> & {
  /** Whether calls of the account were relayed that cannot be read back yet. */
  readonly isUnderway: (account: string) => Promise<boolean>
} {
  const relay = createAccountCallRelay({ ledger, privateKey: relayKey })
  /** By account, the transaction that was relayed last and not seen again yet. */
  const relayed = new Map<string, string>()

  return {
    async isUnderway(account) {
      const hash = relayed.get(account)
      if (hash === undefined) return false
      if (!(await isTransactionIndexed(store, hash))) return true
      if (relayed.get(account) === hash) relayed.delete(account)
      return false
    },
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
      relayed.set(account, hash)
      return hash
    },
  }
}

function bytesOf(base64url: string): Uint8Array {
  return Uint8Array.from(Buffer.from(base64url, 'base64url'))
}
