import type { ContractName } from '../../../services/chain/ledger.ts'
import { differ, type Place } from '../difference.ts'
import { placeOf, type LedgerEvent } from './ledger-event.ts'

/** Who called a contract of ours, as far as a transaction shows it. */
export type Caller = {
  readonly account: string
  /** False where it went through a contract that is not ours, which may have called yet another. */
  readonly isSure: boolean
}

/** Tells who called: `hide` hears of calls of which nobody can see who made them. */
export function createCallers(
  addresses: Readonly<Record<ContractName, string>>,
  hide: (name: string, event: LedgerEvent) => void,
) {
  const ours = new Set(Object.values(addresses))

  const callerOf = ({ contract, transaction, calls }: LedgerEvent): Caller => {
    const { from, to, created } = transaction
    if (to === addresses[contract]) return { account: from, isSure: true }
    // What the access manager executes it calls itself, whoever asked it to.
    const isExecuted = to === addresses.accessManager && calls.some((call) => call.contract === contract)
    if (isExecuted) return { account: to, isSure: true }
    return { account: to ?? created ?? from, isSure: to !== null && ours.has(to) }
  }

  return {
    hide,
    callerOf,
    /** Whether the caller is seen to be somebody who may; hides what is not to be seen, and throws what is seen to be wrong. */
    requireMay: (
      event: LedgerEvent,
      { check, name, who, place = {} }: { check: string; name: string; who: string; place?: Place },
      may: (account: string) => boolean,
    ): boolean => {
      const { account, isSure } = callerOf(event)
      if (may(account)) return true
      if (isSure) {
        differ(check, `${event.contract}.${name} was called by ${account}, ${who}`, { ...placeOf(event), ...place })
      }
      hide(`${event.contract}.${name}`, event)
      return false
    },
    /** Checks what a contract says of who called it. */
    requireSaid: (event: LedgerEvent, check: string, said: string, place: Place = {}): void => {
      const { account, isSure } = callerOf(event)
      if (account === said) return
      if (isSure) {
        const message = `${event.name} says that ${said} called, and it was ${account}`
        differ(check, message, { ...placeOf(event), ...place })
      }
      hide(`${event.contract}: ${event.name}`, event)
    },
  }
}

export type Callers = ReturnType<typeof createCallers>
