import { describe, expect, test } from 'vitest'
import { eventForTest } from './event-for-test.ts'
import { NO_ADDRESS } from '../abi.ts'
import { ADDRESSES, addressOf, AREA, identityForTest } from './identity-for-test.ts'
import { createMarketRoles } from './market-roles.ts'

const OPERATOR = addressOf(0x61)
const REVOKED = 3

/** An operator with its credential, which commits statements. */
function marketWithOperator() {
  const identity = identityForTest()
  const { credentials, callers, issue } = identity
  const roles = createMarketRoles(credentials, callers, () => AREA)
  const credential = issue({ subject: OPERATOR, role: 'market-operator' })
  const call = (contract: keyof typeof ADDRESSES, name: string, values: object, facts: object = {}) =>
    roles.see(eventForTest(contract, name, values as never, { from: OPERATOR, to: ADDRESSES[contract], ...facts }))
  const commit = (facts: object = {}, area = AREA) =>
    call('settlement', 'StatementsCommitted', { area }, { calls: ['commitStatements'], ...facts })
  return { ...identity, roles, credential, call, commit }
}

describe('createMarketRoles', () => {
  test('lets a holder of the role call, in its area alone', () => {
    const { commit, roles } = marketWithOperator()
    commit()
    expect(roles.checkedCalls()).toBe(1)
    expect(() => commit({}, AREA + 1)).toThrow(
      `settlement.commitStatements was called by ${OPERATOR}, who did not hold the role of the market-operator`,
    )
  })

  test('refuses a role that is used after it was revoked, or has expired', () => {
    const { commit, change, credential } = marketWithOperator()
    expect(() => commit({ time: 2 ** 39 })).toThrow('did not hold the role of the market-operator')
    change(credential, REVOKED, undefined, { time: 1_500 })
    expect(() => commit({ time: 1_500 })).toThrow('did not hold the role of the market-operator')
  })

  test('asks the contract through which somebody calls, and counts as not checked what stays hidden', () => {
    const { commit, hidden, roles } = marketWithOperator()
    commit({ from: addressOf(1), to: OPERATOR, calls: [] })
    expect([roles.checkedCalls(), hidden]).toEqual([1, []])
    commit({ to: addressOf(2), calls: [] })
    expect([roles.checkedCalls(), hidden]).toEqual([1, ['settlement.commitStatements']])
  })

  test('asks the access manager itself for the role where it executed the call', () => {
    const { commit } = marketWithOperator()
    expect(() => commit({ to: ADDRESSES.accessManager })).toThrow(`was called by ${ADDRESSES.accessManager}`)
  })

  test('asks a settlement bank of every area for new money', () => {
    const { call, issue } = marketWithOperator()
    const mint = () => call('settlementCurrency', 'Transfer', { from: NO_ADDRESS })
    issue({ subject: OPERATOR, role: 'settlement-bank' })
    expect(mint).toThrow('settlementCurrency.mint was called by')
    issue({ subject: OPERATOR, role: 'settlement-bank', area: 0 })
    expect(mint).not.toThrow()
    expect(() => call('settlementCurrency', 'Transfer', { from: addressOf(5) }, { from: addressOf(5) })).not.toThrow()
  })

  test("asks a member's own community manager for its credit line", () => {
    const { call, issue } = marketWithOperator()
    const setLine = () => call('accounts', 'CreditLineSet', { memberId: 5 })
    issue({ subject: OPERATOR, role: 'community-manager', area: AREA + 1 })
    expect(setLine).toThrow('did not hold the role of the community-manager')
    issue({ subject: OPERATOR, role: 'community-manager' })
    expect(setLine).not.toThrow()
  })
})
