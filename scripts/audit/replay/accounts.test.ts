import { describe, expect, test } from 'vitest'
import { createAccounts } from './accounts.ts'
import { eventForTest } from './event-for-test.ts'
import { ADDRESSES, addressOf, AREA, identityForTest } from './identity-for-test.ts'

const [SUPPLIER, DSO, HOME, AGGREGATOR] = [1, 2, 3, 4]
const ACCOUNT = addressOf(0x1000 + HOME)
const NEW_OWNER = addressOf(0x99)
const BY_OWNER = { from: ACCOUNT, to: ADDRESSES.accounts }
const place = { block: 7 }

/** A supplier and a DSO with 1,000 each, a home with 100, a fund of 30. */
function makeAccounts(locked = 0n) {
  const identity = identityForTest()
  identity.registerInstitution(SUPPLIER, 1, 'supplier')
  identity.registerInstitution(DSO, 2, 'dso')
  identity.registerHousehold(HOME)
  const accounts = createAccounts(identity.members, identity.callers, () => locked)
  const see = (name: string, values: object, facts: object = {}) =>
    accounts.see(eventForTest('accounts', name, values as never, facts))
  see('Deposited', { memberId: SUPPLIER, amount: 1_000n })
  see('Deposited', { memberId: DSO, amount: 1_000n })
  see('Deposited', { memberId: HOME, amount: 100n })
  see('FundContributed', { area: AREA, amount: 30n })
  return { ...identity, accounts, see }
}

describe('createAccounts', () => {
  test('has the fund pay what a home cannot, and the supplier what the fund lacks', () => {
    const { accounts, see } = makeAccounts()
    accounts.applyPayments(
      AREA,
      9,
      [
        { memberId: DSO, amount: -150n },
        { memberId: HOME, amount: 150n },
      ],
      place,
    )
    see('GuaranteeFundPaid', { area: AREA, memberId: HOME, amount: 30n, debt: 30n })
    see('DebtCarried', { memberId: HOME, supplier: SUPPLIER, amount: 20n, debt: 20n })
    accounts.endTransaction(place)
    expect(accounts.accountOf(HOME)).toMatchObject({ balance: 0n, fundDebt: 30n, supplierDebt: 20n })
    expect(accounts.accountOf(SUPPLIER).balance).toBe(980n)
    expect(accounts.accountOf(DSO).balance).toBe(1_150n)
    expect(accounts.total()).toBe(2_130n)
    expect(accounts.fundsOf(HOME)).toBe(0n)
  })

  test('moves a fine from the bond to the fund, and wants it to be told', () => {
    const { accounts, see } = makeAccounts()
    see('BondDeposited', { area: AREA, amount: 150_000_000n })
    accounts.fine(AREA)
    see('Fined', { area: AREA, amount: 100_000_000n })
    accounts.endTransaction(place)
    expect(accounts.poolOf(AREA)).toMatchObject({ fund: 100_000_030n, bond: 50_000_000n })

    accounts.fine(AREA)
    see('Fined', { area: AREA, amount: 50_000_000n })
    accounts.endTransaction(place)
    expect(accounts.poolOf(AREA)).toMatchObject({ fund: 150_000_030n, bond: 0n })

    see('Fined', { area: AREA, amount: 1n })
    expect(() => accounts.endTransaction(place)).toThrow('should have been []')
  })

  test('repays the fund first out of what reaches the account next', () => {
    const { accounts, see } = makeAccounts()
    accounts.applyPayments(
      AREA,
      9,
      [
        { memberId: DSO, amount: -150n },
        { memberId: HOME, amount: 150n },
      ],
      place,
    )
    see('DebtRepaid', { memberId: HOME, toFund: 30n, toSupplier: 10n })
    see('Deposited', { memberId: HOME, amount: 40n })
    expect(accounts.accountOf(HOME)).toMatchObject({ balance: 0n, fundDebt: 0n, supplierDebt: 10n })
    expect(accounts.poolOf(AREA).fund).toBe(30n)
    expect(accounts.accountOf(SUPPLIER).balance).toBe(990n)
  })

  test('takes nothing of what open days have locked', () => {
    const { accounts } = makeAccounts(60n)
    accounts.applyPayments(
      AREA,
      9,
      [
        { memberId: DSO, amount: -50n },
        { memberId: HOME, amount: 50n },
      ],
      place,
    )
    expect(accounts.accountOf(HOME)).toMatchObject({ balance: 60n, fundDebt: 10n })
  })

  test('names the member whose debt moved otherwise than it should', () => {
    const { accounts, see } = makeAccounts()
    accounts.applyPayments(
      AREA,
      9,
      [
        { memberId: DSO, amount: -120n },
        { memberId: HOME, amount: 120n },
      ],
      place,
    )
    see('GuaranteeFundPaid', { area: AREA, memberId: HOME, amount: 19n, debt: 19n })
    expect(() => accounts.endTransaction(place)).toThrow(
      expect.objectContaining({ difference: expect.objectContaining({ member: HOME }) as unknown }) as Error,
    )
  })

  test('refuses a run that an institution cannot pay', () => {
    const { accounts } = makeAccounts()
    const payments = [
      { memberId: DSO, amount: 1_001n },
      { memberId: HOME, amount: -1_001n },
    ]
    expect(() => accounts.applyPayments(AREA, 9, payments, place)).toThrow('its balance would be -1')
  })

  test('has the DSO carry what an aggregator cannot pay, and be repaid', () => {
    const { accounts, see, registerInstitution } = makeAccounts()
    registerInstitution(AGGREGATOR, 5, 'aggregator')
    see('Deposited', { memberId: AGGREGATOR, amount: 10n })
    const payments = [
      { memberId: SUPPLIER, amount: -50n },
      { memberId: DSO, amount: 20n },
      { memberId: AGGREGATOR, amount: 30n },
    ]
    accounts.applyPayments(AREA, 9, payments, place)
    see('DebtCarried', { memberId: AGGREGATOR, supplier: DSO, amount: 20n, debt: 20n })
    accounts.endTransaction(place)
    expect(accounts.accountOf(AGGREGATOR)).toMatchObject({ balance: 0n, fundDebt: 0n, supplierDebt: 20n })
    expect([SUPPLIER, DSO].map((member) => accounts.accountOf(member).balance)).toEqual([1_050n, 960n])
    expect(accounts.poolOf(AREA).fund).toBe(30n)

    see('DebtRepaid', { memberId: AGGREGATOR, toFund: 0n, toSupplier: 20n })
    see('Deposited', { memberId: AGGREGATOR, amount: 25n })
    accounts.endTransaction(place)
    expect(accounts.accountOf(AGGREGATOR)).toMatchObject({ balance: 5n, supplierDebt: 0n })
    expect(accounts.accountOf(DSO).balance).toBe(980n)
  })

  test('holds what is pledged beyond the credit line, and lets nobody pledge or withdraw more than is free', () => {
    const { accounts, see, registerInstitution } = makeAccounts()
    registerInstitution(AGGREGATOR, 5, 'aggregator')
    see('Deposited', { memberId: AGGREGATOR, amount: 100n })
    see('CreditLineSet', { memberId: AGGREGATOR, amount: 50n })
    expect(() => see('Pledged', { memberId: AGGREGATOR, pledged: 101n })).toThrow('and so much was not free')
    see('Pledged', { memberId: AGGREGATOR, pledged: 60n })
    expect([accounts.pledgedOf(AGGREGATOR), accounts.freeOf(AGGREGATOR)]).toEqual([60n, 40n])
    const account = addressOf(0x1000 + AGGREGATOR)
    const withdraw = (amount: bigint) =>
      see('Withdrawn', { memberId: AGGREGATOR, to: account, amount }, { from: account, to: ADDRESSES.accounts })
    expect(() => withdraw(41n)).toThrow('pledges hold')
    withdraw(40n)
    see('Pledged', { memberId: AGGREGATOR, pledged: 0n })
    withdraw(60n)
  })

  test('refuses a withdrawal of what open days have locked', () => {
    const { see } = makeAccounts(60n)
    expect(() => see('Withdrawn', { memberId: HOME, to: ACCOUNT, amount: 41n }, BY_OWNER)).toThrow(
      'of what open days had locked',
    )
    see('Withdrawn', { memberId: HOME, to: ACCOUNT, amount: 40n }, BY_OWNER)
  })

  test('refuses a withdrawal by whoever owned the account before, and one that somebody else called', () => {
    const { dids, see } = makeAccounts()
    const withdraw = (to: string, facts: object) => see('Withdrawn', { memberId: HOME, to, amount: 1n }, facts)
    expect(() => withdraw(ACCOUNT, { ...BY_OWNER, from: NEW_OWNER })).toThrow(`and it was ${NEW_OWNER}`)
    const change = { identity: ACCOUNT, owner: NEW_OWNER, previousChange: 0n }
    dids.see(eventForTest('didRegistry', 'DIDOwnerChanged', change, { from: ACCOUNT, to: ADDRESSES.didRegistry }))
    expect(() => withdraw(ACCOUNT, BY_OWNER)).toThrow(`the receiver of a withdrawal is ${ACCOUNT}`)
    withdraw(NEW_OWNER, { ...BY_OWNER, from: NEW_OWNER })
  })
})
