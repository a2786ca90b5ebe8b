import { NO_ADDRESS } from '../abi.ts'
import { differ, requireSame, type Place } from '../difference.ts'
import { placeOf, type LedgerEvent } from './ledger-event.ts'

/** Of the accounts' events, those that say that tokens came in, and went out. */
const INWARD = new Set(['Deposited', 'FundContributed', 'BondDeposited'])
const OUTWARD = new Set(['Withdrawn', 'BondWithdrawn'])

/** Replays the settlement currency: who holds how much, and that no money enters or leaves accounts unsaid. */
export function createCurrency(accountsAddress: string) {
  const balances = new Map<string, bigint>()
  let supply = 0n
  let unsaid: { readonly kind: 'in' | 'out'; readonly amount: bigint; readonly place: Place }[] = []
  let given = 0n

  const move = (holder: string, amount: bigint, place: Place): void => {
    if (holder === NO_ADDRESS) {
      supply -= amount
      return
    }
    const after = (balances.get(holder) ?? 0n) + amount
    if (after < 0n) differ('currency', `${holder} paid more tokens than it held`, place)
    balances.set(holder, after)
  }

  const say = (kind: 'in' | 'out', amount: bigint, place: Place): void => {
    unsaid.push({ kind, amount, place })
  }

  return {
    see: (event: LedgerEvent): void => {
      const place = placeOf(event)
      if (event.contract === 'settlementCurrency' && event.name === 'Transfer') {
        const from = event.fields.text('from')
        const to = event.fields.text('to')
        const amount = event.fields.big('value')
        move(from, -amount, place)
        move(to, amount, place)
        if (to === accountsAddress) settle('in', amount)
        if (from === accountsAddress) settle('out', amount)
      }
      if (event.contract !== 'accounts') return
      const member = event.fields.value('memberId')
      const where = typeof member === 'number' ? { ...place, member } : place
      if (INWARD.has(event.name)) say('in', event.fields.big('amount'), where)
      if (OUTWARD.has(event.name)) say('out', event.fields.big('amount'), where)
    },
    endTransaction: (): void => {
      const [missing] = unsaid
      if (missing !== undefined) {
        differ('currency', `${missing.amount} micro-euro were booked without tokens that moved`, missing.place)
      }
      unsaid = []
    },
    /** Tokens that the accounts contract should hold: `booked`, and what was sent to it without a word. */
    requireHeld: (booked: bigint): void => {
      requireSame('currency', 'what the accounts contract holds', balances.get(accountsAddress) ?? 0n, booked + given)
    },
    supply: (): bigint => supply,
    heldByAccounts: (): bigint => balances.get(accountsAddress) ?? 0n,
  }

  /** The accounts contract first says what it books, then moves the tokens; one may also just send it some. */
  function settle(kind: 'in' | 'out', amount: bigint): void {
    const place = unsaid.findIndex((each) => each.kind === kind && each.amount === amount)
    if (place >= 0) unsaid.splice(place, 1)
    else if (kind === 'in') given += amount
    else differ('currency', `${amount} micro-euro left the accounts without being booked`)
  }
}

export type Currency = ReturnType<typeof createCurrency>
