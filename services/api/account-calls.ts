import { createAccountCallRelay } from '../chain/account-calls.ts'
import type { Ledger } from '../chain/ledger.ts'
import { isTransactionKnown } from '../chain/relay.ts'
import { DomainError } from '../domain/errors.ts'
import type { Store } from '../store/connect.ts'
import { isAccountKnown } from '../store/views/accounts.ts'
import { isTransactionIndexed } from '../store/views/database.ts'
import type { Access } from './access/access.ts'
import { createAccountLimit } from './account-rate.ts'
import type { ApiDeps } from './server.ts'

type Options = {
  readonly store: Store
  readonly ledger: Ledger
  readonly access: Pick<Access, 'requirePerson'>
  /** Private key that pays, and does nothing else. */
  readonly relayKey: string
}

/** A transaction that the ledger does not know so long after it was relayed is lost. */
const LOST_AFTER_MS = 60_000

/** Has passkey accounts make what their persons signed, each for whoever is signed in with it. */
export function accountCallsOf({ store, ledger, access, relayKey }: Options): Pick<ApiDeps, 'relayAccountCalls'> & {
  /** Whether calls of the account were relayed that cannot be read back yet. */
  readonly isUnderway: (account: string) => Promise<boolean>
} {
  const relay = createAccountCallRelay({ ledger, privateKey: relayKey })
  const requireAccountWelcome = createAccountLimit((account) => isAccountKnown(store, account), 'too-many-transactions')
  /** By account, the transaction that was relayed last and not seen again yet, and when. */
  const relayed = new Map<string, { readonly hash: string; readonly at: number }>()

  return {
    async isUnderway(account) {
      const latest = relayed.get(account)
      if (latest === undefined) return false
      const { hash, at } = latest
      const isLost = async () => performance.now() > at + LOST_AFTER_MS && !(await isTransactionKnown(ledger, hash))
      if (!(await isTransactionIndexed(store, hash)) && !(await isLost())) return true
      if (relayed.get(account) === latest) relayed.delete(account)
      return false
    },
    async relayAccountCalls(request, { account, key, calls, deadline, assertion }) {
      const person = await access.requirePerson(request)
      if (person.account !== account) {
        throw new DomainError('account-not-yours', `you are signed in as ${person.account}, and not as ${account}`)
      }
      await requireAccountWelcome(account)
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
      relayed.set(account, { hash, at: performance.now() })
      return hash
    },
  }
}

function bytesOf(base64url: string): Uint8Array {
  return Uint8Array.from(Buffer.from(base64url, 'base64url'))
}
