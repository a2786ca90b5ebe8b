import { describe, expect, test } from 'vitest'
import { money } from '../units.ts'
import { encodePayments, paymentsOf } from './payment.ts'

describe('paymentsOf', () => {
  test('ascends by member and leaves out who neither pays nor receives', () => {
    const statements = [
      { memberId: 9, payment: money(-5n) },
      { memberId: 3, payment: money(0n) },
      { memberId: 2, payment: money(5n) },
    ]
    expect(paymentsOf(statements)).toEqual([
      { memberId: 2, amount: 5n },
      { memberId: 9, amount: -5n },
    ])
  })
})

describe('encodePayments', () => {
  test('takes eleven bytes a payment, receipts as two’s complement', () => {
    const payments = [
      { memberId: 1, amount: money(-2n) },
      { memberId: 0x010203, amount: money(258n) },
    ]
    expect(encodePayments(payments)).toBe('0x' + '000001fffffffffffffffe' + '0102030000000000000102')
  })

  test('is empty where nobody pays', () => {
    expect(encodePayments([])).toBe('0x')
  })

  test('refuses an amount that would change its sign on the ledger', () => {
    const tooMuch = [{ memberId: 1, amount: money(2n ** 63n) }]
    expect(() => encodePayments(tooMuch)).toThrow(expect.objectContaining({ code: 'amount-out-of-range' }))
  })
})
