import { differ, requireSame, type Place } from '../difference.ts'
import type { Callers } from './callers.ts'
import { placeOf, type LedgerEvent } from './ledger-event.ts'
import type { Members } from './members.ts'

/** A member's account, in micro-euro. */
export type Account = {
  readonly balance: bigint
  readonly fundDebt: bigint
  /** To the supplier; an aggregator's is to the DSO. */
  readonly supplierDebt: bigint
  readonly creditLine: bigint
}

/** What belongs to an area: its guarantee fund, the operator's bond, and what of it was announced to leave. */
export type Pool = { fund: bigint; bond: bigint; announced: bigint; availableAt: number }

/** What the contract says beside, when debts are made or repaid, and when the operator is fined. */
type Consequence = string

export type Payment = { readonly memberId: number; readonly amount: bigint }

export const MINIMUM_BOND = 1_000_000_000n
const BOND_NOTICE = 14 * 86_400
const NO_ACCOUNT: Account = { balance: 0n, fundDebt: 0n, supplierDebt: 0n, creditLine: 0n }
const REPLACEMENT_FINE = 100_000_000n
const CONSEQUENCES = new Set(['GuaranteeFundPaid', 'DebtCarried', 'DebtRepaid', 'Fined'])

/** Replays accounts, funds and bonds by the rules of IAccounts, to the micro-euro. */
export function createAccounts(
  members: Members,
  callers: Callers,
  lockedOf: (memberId: number, except?: number) => bigint,
) {
  const accounts = new Map<number, Account>()
  const pools = new Map<number, Pool>()
  const pledges = new Map<number, bigint>()
  let expected: Consequence[] = []
  let found: Consequence[] = []

  const accountOf = (memberId: number): Account => accounts.get(memberId) ?? NO_ACCOUNT
  const pledgedOf = (memberId: number): bigint => pledges.get(memberId) ?? 0n
  /** What of balance and credit line is not free: what open days have locked and, beyond the credit line, what is pledged. */
  const heldOf = (memberId: number, { creditLine } = accountOf(memberId)): bigint => {
    const [locked, pledged] = [lockedOf(memberId), pledgedOf(memberId)]
    if (pledged === 0n) return locked
    return (locked > creditLine ? locked : creditLine) + pledged
  }
  const isAggregator = (memberId: number): boolean => members.all.get(memberId)?.kind === 'aggregator'
  const carrierOf = (area: number, memberId: number): number =>
    members.counterpartyOf(area, isAggregator(memberId) ? 'dso' : 'supplier')
  const poolOf = (area: number): Pool => {
    const pool = pools.get(area) ?? { fund: 0n, bond: 0n, announced: 0n, availableAt: 0 }
    pools.set(area, pool)
    return pool
  }
  const set = (memberId: number, account: Account, place: Place): void => {
    if (account.balance < 0n) {
      differ('accounts', `its balance would be ${account.balance} micro-euro`, { ...place, member: memberId })
    }
    accounts.set(memberId, account)
  }
  const areaOf = (memberId: number, place: Place): number =>
    members.all.get(memberId)?.area ??
    differ('accounts', 'nobody was registered by that number', { ...place, member: memberId })

  /** Repays debts, the fund first, out of what is free. */
  const repay = (area: number, memberId: number, account: Account, locked: bigint, place: Place): Account => {
    const free = freeOf(account, locked)
    const toFund = least(account.fundDebt, free)
    const toSupplier = least(account.supplierDebt, free - toFund)
    if (toFund + toSupplier === 0n) return account
    poolOf(area).fund += toFund
    if (toSupplier > 0n) applyWhole(carrierOf(area, memberId), -toSupplier, place)
    expected.push(`DebtRepaid:${memberId}:${toFund}:${toSupplier}`)
    return {
      ...account,
      balance: account.balance - toFund - toSupplier,
      fundDebt: account.fundDebt - toFund,
      supplierDebt: account.supplierDebt - toSupplier,
    }
  }

  const credit = (area: number, memberId: number, amount: bigint, place: Place): void => {
    const before = accountOf(memberId)
    const account = { ...before, balance: before.balance + amount }
    const hasDebt = account.fundDebt + account.supplierDebt > 0n
    set(memberId, hasDebt ? repay(area, memberId, account, heldOf(memberId), place) : account, place)
  }

  const applyWhole = (memberId: number, amount: bigint, place: Place): void => {
    const account = accountOf(memberId)
    set(memberId, { ...account, balance: account.balance - amount }, place)
  }

  /**
   * Makes the payments of a run: what a household lacks is the fund's to pay, then the supplier's, and what an aggregator
   * lacks the DSO's.
   */
  const applyPayments = (area: number, day: number, payments: readonly Payment[], place: Place): void => {
    const supplier = members.counterpartyOf(area, 'supplier')
    const dso = members.counterpartyOf(area, 'dso')
    const others = (['tso', 'tax-authority', 'platform-operator'] as const).map((kind) =>
      members.counterpartyOf(area, kind),
    )
    const pool = poolOf(area)
    // Their balances need not cover in between what the same run brings them.
    const carried = new Map([supplier, dso].map((carrier) => [carrier, 0n]))
    const charge = (carrier: number, amount: bigint) => carried.set(carrier, (carried.get(carrier) ?? 0n) + amount)
    for (const { memberId, amount } of payments) {
      const where = { ...place, member: memberId }
      if (areaOf(memberId, place) !== area) differ('payments', 'a payment is of a member of another area', where)
      if (carried.has(memberId)) {
        charge(memberId, amount)
        continue
      }
      if (others.includes(memberId)) {
        applyWhole(memberId, amount, where)
        continue
      }
      const locked = lockedOf(memberId, day)
      let account = accountOf(memberId)
      const free = freeOf(account, locked)
      if (amount <= free) account = { ...account, balance: account.balance - amount }
      else {
        const lent = isAggregator(memberId) ? 0n : least(pool.fund, amount - free)
        const owed = amount - free - lent
        const carrier = carrierOf(area, memberId)
        pool.fund -= lent
        charge(carrier, owed)
        account = {
          ...account,
          balance: account.balance - free,
          fundDebt: account.fundDebt + lent,
          supplierDebt: account.supplierDebt + owed,
        }
        if (lent > 0n) expected.push(`GuaranteeFundPaid:${area}:${memberId}:${lent}:${account.fundDebt}`)
        if (owed > 0n) expected.push(`DebtCarried:${memberId}:${carrier}:${owed}:${account.supplierDebt}`)
      }
      if (account.fundDebt + account.supplierDebt > 0n) {
        const toFund = least(account.fundDebt, freeOf(account, locked))
        const toSupplier = least(account.supplierDebt, freeOf(account, locked) - toFund)
        pool.fund += toFund
        charge(carrierOf(area, memberId), -toSupplier)
        account = {
          ...account,
          balance: account.balance - toFund - toSupplier,
          fundDebt: account.fundDebt - toFund,
          supplierDebt: account.supplierDebt - toSupplier,
        }
        if (toFund + toSupplier > 0n) expected.push(`DebtRepaid:${memberId}:${toFund}:${toSupplier}`)
      }
      set(memberId, account, where)
    }
    for (const [carrier, amount] of carried) {
      if (amount !== 0n) applyWhole(carrier, amount, { ...place, member: carrier })
    }
  }

  const takeFromBond = (area: number, amount: bigint, place: Place): void => {
    const pool = poolOf(area)
    if (pool.bond < amount) differ('accounts', `${amount} micro-euro left a bond of ${pool.bond}`, { ...place, area })
    pool.bond -= amount
  }

  const withdraw = (event: LedgerEvent): void => {
    const memberId = event.fields.number('memberId')
    const amount = event.fields.big('amount')
    const place = { ...placeOf(event), member: memberId }
    const to = event.fields.text('to')
    requireSame('accounts', 'the receiver of a withdrawal', to, members.ownerOf(memberId), place)
    callers.requireSaid(event, 'accounts', to, place)
    const locked = heldOf(memberId)
    const account = repay(areaOf(memberId, place), memberId, accountOf(memberId), locked, place)
    const after = { ...account, balance: account.balance - amount }
    if (after.balance + after.creditLine < locked) {
      differ('accounts', `${amount} micro-euro were withdrawn of what open days had locked and pledges hold`, place)
    }
    set(memberId, after, place)
  }

  const correct = (event: LedgerEvent): void => {
    const area = event.fields.number('area')
    const memberId = event.fields.number('memberId')
    const moved = event.fields.big('moved')
    const place = { ...placeOf(event), member: memberId }
    if (moved <= 0n) {
      takeFromBond(area, -moved, place)
      credit(area, memberId, -moved, place)
      return
    }
    const locked = heldOf(memberId)
    const account = repay(area, memberId, accountOf(memberId), locked, place)
    if (freeOf(account, locked) < moved)
      differ('accounts', `a correction took ${moved} micro-euro of it, and so much was not free`, place)
    set(memberId, { ...account, balance: account.balance - moved }, place)
    poolOf(area).bond += moved
  }

  const forfeit = (event: LedgerEvent): void => {
    const area = event.fields.number('area')
    const memberId = event.fields.number('memberId')
    const amount = event.fields.big('amount')
    const place = { ...placeOf(event), member: memberId }
    const locked = heldOf(memberId)
    const account = repay(area, memberId, accountOf(memberId), locked, place)
    if (freeOf(account, locked) < amount) differ('accounts', 'it lost a stake that it had not free', place)
    set(memberId, { ...account, balance: account.balance - amount }, place)
    poolOf(area).bond += amount
  }

  const pledge = (event: LedgerEvent): void => {
    const memberId = event.fields.number('memberId')
    const pledged = event.fields.big('pledged')
    const place = { ...placeOf(event), member: memberId }
    areaOf(memberId, place)
    const account = accountOf(memberId)
    const free = freeOf(account, heldOf(memberId)) - account.fundDebt - account.supplierDebt
    const more = pledged - pledgedOf(memberId)
    if (more > 0n && free < more) differ('accounts', `it pledged ${more} micro-euro, and so much was not free`, place)
    pledges.set(memberId, pledged)
  }

  const withdrawBond = (event: LedgerEvent): void => {
    const area = event.fields.number('area')
    const pool = poolOf(area)
    const place = { ...placeOf(event), area }
    if (pool.availableAt === 0 || event.time < pool.availableAt)
      differ('accounts', 'the bond was withdrawn before its time', place)
    const amount = event.fields.big('amount')
    requireSame('accounts', 'what was withdrawn of the bond', amount, least(pool.announced, pool.bond), place)
    takeFromBond(area, amount, place)
    pool.announced = 0n
    pool.availableAt = 0
  }

  const handlers: Readonly<Record<string, (event: LedgerEvent) => void>> = {
    Deposited: (event) => {
      const memberId = event.fields.number('memberId')
      const place = { ...placeOf(event), member: memberId }
      credit(areaOf(memberId, place), memberId, event.fields.big('amount'), place)
    },
    Withdrawn: withdraw,
    CreditLineSet: (event) => {
      const memberId = event.fields.number('memberId')
      const account = { ...accountOf(memberId), creditLine: event.fields.big('amount') }
      const place = { ...placeOf(event), member: memberId }
      if (account.balance + account.creditLine < heldOf(memberId, account)) {
        differ('accounts', 'its credit line was cut below what open days had locked and pledges hold', place)
      }
      set(memberId, account, place)
    },
    FundContributed: (event) => {
      poolOf(event.fields.number('area')).fund += event.fields.big('amount')
    },
    BondDeposited: (event) => {
      poolOf(event.fields.number('area')).bond += event.fields.big('amount')
    },
    BondWithdrawalAnnounced: (event) => {
      const pool = poolOf(event.fields.number('area'))
      pool.announced = event.fields.big('amount')
      pool.availableAt = pool.announced === 0n ? 0 : event.time + BOND_NOTICE
      requireSame(
        'accounts',
        'the time from which the bond may leave',
        Number(event.fields.big('availableAt')),
        pool.availableAt,
        placeOf(event),
      )
    },
    BondWithdrawn: withdrawBond,
    Corrected: correct,
    Rewarded: (event) => {
      const area = event.fields.number('area')
      const memberId = event.fields.number('memberId')
      const place = { ...placeOf(event), member: memberId }
      takeFromBond(area, event.fields.big('amount'), place)
      credit(area, memberId, event.fields.big('amount'), place)
    },
    Forfeited: forfeit,
    Pledged: pledge,
  }

  return {
    see: (event: LedgerEvent): void => {
      if (CONSEQUENCES.has(event.name)) found.push(consequenceOf(event))
      else handlers[event.name]?.(event)
    },
    /** To be called when all events of a transaction were seen. */
    endTransaction: (place: Place): void => {
      if (expected.join() !== found.join()) {
        const message = `debts and fines were [${found.join(', ')}], and should have been [${expected.join(', ')}]`
        const [first] = [...expected, ...found].filter((each) => !found.includes(each) || !expected.includes(each))
        differ('accounts', message, { ...place, ...subjectOf(first) })
      }
      expected = []
      found = []
    },
    applyPayments,
    /** Fines the operator that was replaced: the bond pays into the fund what it holds of it. */
    fine: (area: number): void => {
      const pool = poolOf(area)
      const taken = least(pool.bond, REPLACEMENT_FINE)
      pool.bond -= taken
      pool.fund += taken
      expected.push(`Fined:${area}:${taken}`)
    },
    accountOf,
    /** What a member's flex orders hold of its account, in micro-euro. */
    pledgedOf,
    poolOf,
    /** Balance and credit line; zero for one in debt. */
    fundsOf: (memberId: number): bigint => {
      const { balance, creditLine, fundDebt, supplierDebt } = accountOf(memberId)
      return fundDebt + supplierDebt > 0n ? 0n : balance + creditLine
    },
    /** The part of the balance that open days have not locked, and flex orders do not hold. */
    freeOf: (memberId: number): bigint => freeOf(accountOf(memberId), heldOf(memberId)),
    /** What is announced to leave the bond stands for nothing. */
    requireBond: (area: number, place: Place): void => {
      const { bond, announced } = poolOf(area)
      if (bond - announced < MINIMUM_BOND) {
        const message = `the operator acted with a bond of ${bond} micro-euro, of which ${announced} were to leave`
        differ('accounts', message, { ...place, area })
      }
    },
    /** Members' balances, funds and bonds: what the contract must hold. */
    total: (): bigint =>
      [...accounts.values()].reduce((sum, { balance }) => sum + balance, 0n) +
      [...pools.values()].reduce((sum, { fund, bond }) => sum + fund + bond, 0n),
    all: accounts as ReadonlyMap<number, Account>,
    pools: pools as ReadonlyMap<number, Pool>,
  }
}

export type Accounts = ReturnType<typeof createAccounts>

/** The part of the balance that open days have not locked beyond the credit line. */
export function freeOf({ balance, creditLine }: Account, locked: bigint): bigint {
  const bound = locked > creditLine ? locked - creditLine : 0n
  return balance > bound ? balance - bound : 0n
}

function least(one: bigint, other: bigint): bigint {
  return one < other ? one : other
}

/** The area or the member that a consequence is about. */
function subjectOf(consequence: Consequence | undefined): Place {
  if (consequence === undefined) return {}
  const [name, first, second] = consequence.split(':')
  if (name === 'Fined') return { area: Number(first) }
  return { member: Number(name === 'GuaranteeFundPaid' ? second : first) }
}

function consequenceOf({ name, fields }: LedgerEvent): Consequence {
  if (name === 'Fined') return `${name}:${fields.number('area')}:${fields.big('amount')}`
  if (name === 'GuaranteeFundPaid') {
    return `${name}:${fields.number('area')}:${fields.number('memberId')}:${fields.big('amount')}:${fields.big('debt')}`
  }
  if (name === 'DebtCarried') {
    return `${name}:${fields.number('memberId')}:${fields.number('supplier')}:${fields.big('amount')}:${fields.big('debt')}`
  }
  return `${name}:${fields.number('memberId')}:${fields.big('toFund')}:${fields.big('toSupplier')}`
}
