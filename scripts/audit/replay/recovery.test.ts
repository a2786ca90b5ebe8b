import { describe, expect, test } from 'vitest'
import { eventForTest } from './event-for-test.ts'
import { NO_ADDRESS } from '../abi.ts'
import { ADDRESSES, addressOf, AREA, identityForTest } from './identity-for-test.ts'
import { createRecovery } from './recovery.ts'

const IDENTITY = addressOf(0x1001)
const [FIRST, SECOND, STRANGER] = [addressOf(0x21), addressOf(0x22), addressOf(0x99)]
const MANAGER = addressOf(0x31)
const NEW_OWNER = addressOf(0x41)
const DAY = 86_400
const NOW = 1_000
const SUSPENDED = 2
const FROM = NOW + 7 * DAY

/** An identity of a household of the area, whose manager holds its role. */
function recoverable() {
  const identity = identityForTest()
  identity.registerHousehold(1)
  const managers = identity.issue({ subject: MANAGER, role: 'community-manager' })
  const recovery = createRecovery(identity.dids, identity.credentials, identity.callers, new Uint8Array(32))
  const see = (name: string, values: object, facts: object = {}) =>
    recovery.see(eventForTest('recovery', name, values as never, { to: ADDRESSES.recovery, ...facts }))

  const choose = (
    guardians: readonly string[],
    threshold: number,
    from = IDENTITY,
    isManagerBarred = false,
    nonce = 1n,
  ) => see('PlanChosen', { identity: IDENTITY, guardians, threshold, isManagerBarred, nonce }, { from })
  const approve = (guardian: string, facts: object = {}, newOwner = NEW_OWNER, nonce = 1n) => {
    const values = { identity: IDENTITY, guardian, newOwner, nonce, deadline: BigInt(NOW + DAY) }
    see('RecoveryApproved', values, { from: guardian, ...facts })
  }
  const propose = (from = MANAGER, time = NOW, nonce = 0n) => {
    const times = { executableFrom: BigInt(time + 7 * DAY), executableUntil: BigInt(time + 30 * DAY) }
    const values = { identity: IDENTITY, manager: MANAGER, area: AREA, newOwner: NEW_OWNER, nonce, ...times }
    see('RecoveryProposed', values, { from, time })
  }
  const replace = (manager = NO_ADDRESS, time = NOW, newOwner = NEW_OWNER) => {
    see('OwnerRecovered', { identity: IDENTITY, manager, newOwner }, { time })
    const change = { identity: IDENTITY, owner: newOwner, previousChange: 0n }
    identity.dids.see(eventForTest('didRegistry', 'DIDOwnerChanged', change, { to: ADDRESSES.recovery, time }))
  }
  return { ...identity, recovery, managers, see, choose, approve, propose, replace }
}

describe('guardians', () => {
  test('replace an owner when enough of them approved', () => {
    const { choose, approve, replace, dids, recovery } = recoverable()
    choose([FIRST, SECOND], 2)
    approve(FIRST)
    recovery.endTransaction()
    expect(() => replace()).toThrow('was replaced by 0 of 2 guardians')
    approve(SECOND)
    replace()
    recovery.endTransaction()
    expect(dids.ownerOf(IDENTITY)).toBe(NEW_OWNER)
    expect(recovery.nonceOf(IDENTITY)).toBe(2n)
  })

  test('replace it by whom they approved of, and at once', () => {
    const { choose, approve, replace, recovery } = recoverable()
    choose([FIRST], 1)
    approve(FIRST)
    expect(() => replace(NO_ADDRESS, NOW, STRANGER)).toThrow('was replaced by 1 of 1 guardians')
    expect(() => recovery.endTransaction()).toThrow('and its owner was not replaced')
  })

  test('are those that the owner chose, and approve themselves, once', () => {
    const { choose, approve } = recoverable()
    expect(() => choose([FIRST], 1, STRANGER)).toThrow(`was called by ${STRANGER}, who does not own`)
    expect(() => choose([FIRST], 2)).toThrow('against the rules')
    expect(() => choose([IDENTITY], 1)).toThrow('against the rules')
    choose([FIRST, SECOND], 2)
    expect(() => approve(STRANGER)).toThrow('is no guardian')
    expect(() => approve(FIRST, { from: STRANGER })).toThrow(`was called by ${STRANGER}, who does not own`)
    expect(() => approve(FIRST, { time: NOW + DAY + 1 })).toThrow('not in the time for it')
    expect(() => approve(FIRST, {}, NEW_OWNER, 0n)).toThrow('the nonce was 1')
    expect(() => approve(FIRST, {}, IDENTITY)).toThrow('that is no new owner')
    approve(FIRST)
    expect(() => approve(FIRST)).toThrow('had approved already')
  })

  test('are guardians no more when the owner gave the identity away', () => {
    const { choose, approve, dids } = recoverable()
    choose([FIRST], 1)
    const change = { identity: IDENTITY, owner: STRANGER, previousChange: 0n }
    dids.see(eventForTest('didRegistry', 'DIDOwnerChanged', change, { from: IDENTITY, to: ADDRESSES.didRegistry }))
    expect(() => approve(FIRST, {}, NEW_OWNER, 2n)).toThrow('is no guardian')
  })
})

describe('a community manager', () => {
  test('replaces an owner a week after it proposed to', () => {
    const { propose, replace, dids } = recoverable()
    propose()
    expect(() => replace(MANAGER, FROM - 1)).toThrow('outside the time for it')
    expect(() => replace(MANAGER, FROM, STRANGER)).toThrow('had not proposed it')
    replace(MANAGER, FROM)
    expect(dids.ownerOf(IDENTITY)).toBe(NEW_OWNER)
  })

  test('does so with its credential alone, then as well', () => {
    const { propose, replace, change, managers } = recoverable()
    expect(() => propose(STRANGER)).toThrow(`and it was ${STRANGER}`)
    propose()
    change(managers, SUSPENDED)
    expect(() => propose()).toThrow('did not hold the role of the community-manager')
    expect(() => replace(MANAGER, FROM)).toThrow('did not hold the role of the community-manager')
  })

  test('does nothing for whoever bars it, or refused it', () => {
    const { propose, replace, choose, see } = recoverable()
    const refuse = (from: string) => see('RecoveryRefused', { identity: IDENTITY, manager: MANAGER }, { from })
    expect(() => refuse(IDENTITY)).toThrow('was never proposed')
    propose()
    expect(() => refuse(MANAGER)).toThrow('who does not own')
    refuse(IDENTITY)
    expect(() => replace(MANAGER, FROM)).toThrow('had not proposed it')
    expect(() => propose(MANAGER, NOW + 90 * DAY - 1, 1n)).toThrow('and was refused before')
    propose(MANAGER, NOW + 90 * DAY, 1n)
    choose([], 0, IDENTITY, true, 2n)
    expect(() => propose(MANAGER, NOW + 91 * DAY, 2n)).toThrow('bars managers')
  })
})
