import { describe, expect, test } from 'vitest'
import { createDelegations } from './delegations.ts'
import { eventForTest } from './event-for-test.ts'
import { ADDRESSES, addressOf, AREA, identityForTest } from './identity-for-test.ts'

const OPERATOR = addressOf(0x61)
const OTHER_OPERATOR = addressOf(0x62)
const GATEWAY = addressOf(0x63)
const [READINGS, FLEXIBILITY] = [0, 1]
const SUSPENDED = 2
const METERS = 3

/** A metering operator whose gateway may commit the readings of three meters. */
function operatorWithGateway() {
  const identity = identityForTest()
  const { credentials, dids, callers, issue } = identity
  const { meterReadings } = ADDRESSES
  const delegations = createDelegations({ credentials, dids, callers, meterReadings })
  const credential = issue({ subject: OPERATOR, role: 'metering-operator' })
  const see = (name: string, values: object, facts: object = {}) =>
    delegations.see(eventForTest('delegations', name, values as never, { to: ADDRESSES.delegations, ...facts }))
  const delegate = (delegationId: bigint, change: object = {}, from = OPERATOR) => {
    const named = { devicesRoot: `0x${'ab'.repeat(32)}`, deviceCount: METERS, validUntil: 5_000 }
    const parts = { identity: OPERATOR, delegate: GATEWAY, purpose: READINGS, area: AREA }
    see('Delegated', { delegationId, ...parts, ...named, ...change }, { from })
  }
  const revoke = (by: string, from = by) => see('DelegationRevoked', { delegationId: 1n, by }, { from })
  const commit = (from: string, by: bigint | null, { count = METERS, time = 1_000, area = AREA } = {}) => {
    if (by !== null) see('DelegationUsed', { delegationId: by, by: meterReadings }, { from, to: meterReadings, time })
    const facts = { from, to: meterReadings, time, calls: ['commitReadings'] }
    delegations.see(eventForTest('meterReadings', 'ReadingsCommitted', { area, count }, facts))
  }
  return { ...identity, delegations, credential, see, delegate, revoke, commit }
}

describe('readings', () => {
  test('are committed by a metering operator, or by whom it delegated them to', () => {
    const { delegations, delegate, commit } = operatorWithGateway()
    commit(OPERATOR, null, { count: 1_000 })
    expect(() => commit(GATEWAY, null)).toThrow('who did not hold the role of the metering-operator')
    delegate(1n)
    commit(GATEWAY, 1n)
    expect(() => commit(OTHER_OPERATOR, 1n)).toThrow(`was called by ${OTHER_OPERATOR}`)
    expect(delegations.checkedCalls()).toBe(2)
  })

  test('are of no more meters, and of no other area, than a delegation names', () => {
    const { delegate, commit } = operatorWithGateway()
    delegate(1n)
    expect(() => commit(GATEWAY, 1n, { count: METERS + 1 })).toThrow('4 readings were committed for 3 meters')
    expect(() => commit(GATEWAY, 1n, { area: AREA + 1 })).toThrow('its area')
  })

  test('are not committed by a delegation that is over, revoked, replaced, or of an operator that was suspended', () => {
    const over = operatorWithGateway()
    over.delegate(1n)
    expect(() => over.commit(GATEWAY, 1n, { time: 5_000 })).toThrow('that did not hold')
    over.revoke(GATEWAY)
    expect(() => over.commit(GATEWAY, 1n)).toThrow('that did not hold')
    over.delegate(2n)
    over.delegate(3n)
    expect(() => over.commit(GATEWAY, 2n)).toThrow('that did not hold')
    over.commit(GATEWAY, 3n)
    over.change(over.credential, SUSPENDED)
    expect(() => over.commit(GATEWAY, 3n)).toThrow('that did not hold')
  })

  test('follow upon the delegation that is used for them', () => {
    const { delegations, delegate, see } = operatorWithGateway()
    delegate(1n)
    see('DelegationUsed', { delegationId: 1n, by: addressOf(9) }, { from: addressOf(9) })
    delegations.endTransaction()
    see('DelegationUsed', { delegationId: 1n, by: ADDRESSES.meterReadings }, { to: ADDRESSES.meterReadings })
    expect(() => delegations.endTransaction()).toThrow('for readings that are not there')
  })
})

describe('a delegation', () => {
  test('is made by the owner of an identity, readings by a metering operator alone', () => {
    const { delegate } = operatorWithGateway()
    expect(() => delegate(1n, {}, GATEWAY)).toThrow(`was called by ${GATEWAY}, who does not own`)
    const other = { identity: OTHER_OPERATOR }
    expect(() => delegate(1n, other, OTHER_OPERATOR)).toThrow('without the role of the metering-operator')
    delegate(1n, { ...other, purpose: FLEXIBILITY }, OTHER_OPERATOR)
    expect(() => delegate(3n)).toThrow('its number')
    expect(() => delegate(2n, { deviceCount: 0 })).toThrow('delegated nothing')
    expect(() => delegate(2n, { delegate: OPERATOR })).toThrow('or to nobody else')
  })

  test('takes no delegate from another operator', () => {
    const { delegate, issue, revoke } = operatorWithGateway()
    issue({ subject: OTHER_OPERATOR, role: 'metering-operator' })
    delegate(1n)
    const taken = () => delegate(2n, { identity: OTHER_OPERATOR }, OTHER_OPERATOR)
    expect(taken).toThrow(`was taken from ${OPERATOR}, whose delegation held`)
    revoke(OPERATOR)
    expect(taken).not.toThrow()
  })

  test('is revoked once, by who has part in it', () => {
    const { delegate, revoke } = operatorWithGateway()
    expect(() => revoke(OPERATOR)).toThrow('it was never made')
    delegate(1n)
    expect(() => revoke(OTHER_OPERATOR)).toThrow('who has no part in it')
    expect(() => revoke(OPERATOR, OTHER_OPERATOR)).toThrow(`and it was ${OTHER_OPERATOR}`)
    revoke(GATEWAY)
    expect(() => revoke(OPERATOR)).toThrow('revoked twice')
  })
})
