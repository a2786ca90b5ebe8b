import { describe, expect, test } from 'vitest'
import { eventForTest } from './event-for-test.ts'
import { ADDRESSES, addressOf, AREA, identityForTest, NO_ADDRESS } from './identity-for-test.ts'
import { createMarketRoles } from './market-roles.ts'

const GATEWAY = addressOf(0x61)
const REVOKED = 3

/** A gateway with a credential as metering operator, which commits readings. */
function marketWithGateway() {
  const identity = identityForTest()
  const { credentials, callers, issue } = identity
  const roles = createMarketRoles(credentials, callers, () => AREA)
  const credential = issue({ subject: GATEWAY, role: 'metering-operator' })
  const call = (contract: keyof typeof ADDRESSES, name: string, values: object, facts: object = {}) =>
    roles.see(eventForTest(contract, name, values as never, { from: GATEWAY, to: ADDRESSES[contract], ...facts }))
  const commit = (facts: object = {}, area = AREA) =>
    call('meterReadings', 'ReadingsCommitted', { area }, { calls: ['correctReadings'], ...facts })
  return { ...identity, roles, credential, call, commit }
}

describe('createMarketRoles', () => {
  test('lets a holder of the role call, in its area alone', () => {
    const { commit, roles } = marketWithGateway()
    commit()
    expect(roles.checkedCalls()).toBe(1)
    expect(() => commit({}, AREA + 1)).toThrow(
      `meterReadings.correctReadings was called by ${GATEWAY}, who did not hold the role of the metering-operator`,
    )
  })

  test('refuses a role that is used after it was revoked, or has expired', () => {
    const { commit, change, credential } = marketWithGateway()
    expect(() => commit({ time: 2 ** 39 })).toThrow('did not hold the role of the metering-operator')
    change(credential, REVOKED, undefined, { time: 1_500 })
    expect(() => commit({ time: 1_500 })).toThrow('did not hold the role of the metering-operator')
  })

  test('asks the contract through which somebody calls, and counts as not checked what stays hidden', () => {
    const { commit, hidden, roles } = marketWithGateway()
    commit({ from: addressOf(1), to: GATEWAY, calls: [] })
    expect([roles.checkedCalls(), hidden]).toEqual([1, []])
    commit({ to: addressOf(2), calls: [] })
    expect([roles.checkedCalls(), hidden]).toEqual([1, ['meterReadings.commitReadings']])
  })

  test('asks the access manager itself for the role where it executed the call', () => {
    const { commit } = marketWithGateway()
    expect(() => commit({ to: ADDRESSES.accessManager })).toThrow(`was called by ${ADDRESSES.accessManager}`)
  })

  test('asks a settlement bank of every area for new money', () => {
    const { call, issue } = marketWithGateway()
    const mint = () => call('settlementCurrency', 'Transfer', { from: NO_ADDRESS })
    issue({ subject: GATEWAY, role: 'settlement-bank' })
    expect(mint).toThrow('settlementCurrency.mint was called by')
    issue({ subject: GATEWAY, role: 'settlement-bank', area: 0 })
    expect(mint).not.toThrow()
    expect(() => call('settlementCurrency', 'Transfer', { from: addressOf(5) }, { from: addressOf(5) })).not.toThrow()
  })

  test("asks a member's own community manager for its credit line", () => {
    const { call, issue } = marketWithGateway()
    const setLine = () => call('accounts', 'CreditLineSet', { memberId: 5 })
    issue({ subject: GATEWAY, role: 'community-manager', area: AREA + 1 })
    expect(setLine).toThrow('did not hold the role of the community-manager')
    issue({ subject: GATEWAY, role: 'community-manager' })
    expect(setLine).not.toThrow()
  })
})
