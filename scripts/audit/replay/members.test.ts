import { describe, expect, test } from 'vitest'
import { eventForTest } from './event-for-test.ts'
import { NO_ADDRESS } from '../abi.ts'
import { ADDRESSES, addressOf, AREA, identityForTest } from './identity-for-test.ts'

const HOME = 1
const ACCOUNT = addressOf(0x1000 + HOME)
const KEY = addressOf(0x2000 + HOME)
const METER = addressOf(0x3000 + HOME)
const STRANGER = addressOf(0x99)
const [ACTIVE, SUSPENDED, REVOKED] = [1, 2, 3]
const FAR = 2 ** 39

function home() {
  const identity = identityForTest()
  const credentials = identity.registerHousehold(HOME)
  const noted = (sides: number, tradesUntil: number, time: number) =>
    identity.seeMember(
      'MemberStandingChanged',
      { memberId: HOME, isStanding: sides !== 0, sides, tradesUntil },
      { time },
    )
  const endTransaction = (call?: { readonly account: string; readonly time: number }) => {
    const calls = call === undefined ? [] : ['noteCredentials']
    const values = call === undefined ? {} : { account: call.account, area: AREA }
    const event = eventForTest('memberRegistry', 'none', values, { calls })
    const withFields = event.calls.map((each) => ({ ...each, fields: event.fields }))
    const transaction = { ...event, calls: withFields, events: [], isUnknown: false }
    identity.members.endTransaction(transaction, call?.time ?? 1_000)
  }
  return { ...identity, ...credentials, noted, endTransaction }
}

describe('registration', () => {
  test('takes a household with its credentials, on the sides and for the time that they say', () => {
    const { members } = home()
    expect(members.all.get(HOME)?.standing).toEqual({ sides: 3, tradesUntil: FAR })
    const other = identityForTest()
    other.registerHousehold(HOME, 'consumer', 5_000)
    expect(other.members.all.get(HOME)?.standing).toEqual({ sides: 1, tradesUntil: 5_000 })
  })

  test('refuses a household without credentials, or with one of them missing', () => {
    const { register, issue } = identityForTest()
    expect(() => register(HOME, 0)).toThrow(`the key ${METER}, which held no credential as a meter`)
    issue({ subject: METER, role: 'meter' })
    expect(() => register(HOME, 0)).toThrow('without the credentials of a household')
    issue({ subject: ACCOUNT, role: 'prosumer' })
    expect(() => register(HOME, 0)).toThrow('without the credentials of a household')
    issue({ subject: ACCOUNT, role: 'connection-point', connectionPoint: `0x${'22'.repeat(32)}` })
    expect(() => register(HOME, 0)).toThrow('and its credential names 0x2222')
  })

  test('takes no credential of every area for one of the area itself', () => {
    const { register, issue } = identityForTest()
    issue({ subject: METER, role: 'meter' })
    const connectionPoint = `0x${'0'.repeat(63)}1`
    issue({ subject: ACCOUNT, role: 'prosumer', area: 0 })
    issue({ subject: ACCOUNT, role: 'connection-point', connectionPoint })
    expect(() => register(HOME, 0)).toThrow('without the credentials of a household')
  })

  test('refuses an institution without the credential of its name', () => {
    const { register, registerInstitution } = identityForTest()
    const values = { meterKey: NO_ADDRESS, tradingKey: NO_ADDRESS }
    expect(() => register(1, 1, values)).toThrow('it was registered as supplier, and held no credential of that role')
    registerInstitution(1, 1, 'supplier')
  })

  test('takes several aggregators of an area, and one TSO', () => {
    const { members, registerInstitution } = identityForTest()
    registerInstitution(1, 5, 'aggregator')
    registerInstitution(2, 5, 'aggregator')
    registerInstitution(3, 6, 'tso')
    expect([1, 2, 3].map((member) => members.all.get(member)?.kind)).toEqual(['aggregator', 'aggregator', 'tso'])
    expect(() => registerInstitution(4, 6, 'tso')).toThrow('has a tso already')
  })

  test('refuses a household whose account is another one of the area already', () => {
    const { register } = home()
    const keys = { account: ACCOUNT, meterKey: METER, connectionPoint: `0x${'0'.repeat(63)}1` }
    expect(() => register(2, 0, { ...keys, meterKey: NO_ADDRESS })).toThrow(`its account is that of member ${HOME}`)
  })
})

describe('standing', () => {
  test('is lost with a credential, from that block on until it is regained', () => {
    const { members, membership, change, noted } = home()
    change(membership, SUSPENDED, undefined, { time: 2_000 })
    noted(0, 0, 2_000)
    change(membership, ACTIVE, undefined, { time: 3_000 })
    noted(3, FAR, 3_000)
    const isRevokedAt = (time: number) => members.isKeyRevoked(HOME, KEY, time)
    expect([1_999, 2_000, 2_999, 3_000].map(isRevokedAt)).toEqual([false, true, true, false])
    expect(members.hasRevocation(HOME)).toBe(true)
  })

  test('has to be noted at once, and as it is', () => {
    const { membership, change, noted, endTransaction, seeMember } = home()
    change(membership, REVOKED, undefined, { time: 2_000 })
    expect(() => noted(1, FAR, 2_000)).toThrow('whether it has its credentials is true')
    expect(() => endTransaction()).toThrow('the register did not note it')
    expect(() => seeMember('MemberDeactivated', { memberId: HOME, area: AREA })).toThrow('the register did not note it')
    noted(0, 0, 2_000)
    endTransaction()
    expect(() => noted(0, 0, 2_000)).toThrow('was noted where there was none')
  })

  test('changes with the time that credentials have, which anybody may have noted', () => {
    const identity = home()
    const { issue, noted, endTransaction } = identity
    issue({ subject: ACCOUNT, role: 'prosumer', validUntil: 4_000 })
    noted(3, 4_000, 1_000)
    endTransaction({ account: ACCOUNT, time: 3_999 })
    expect(() => endTransaction({ account: ACCOUNT, time: 4_000 })).toThrow('did not note that they changed')
    noted(0, 0, 4_000)
    endTransaction({ account: ACCOUNT, time: 4_000 })
  })

  test('cannot be taken by a forged event', () => {
    const { noted } = home()
    expect(() => noted(0, 0, 2_000)).toThrow('a change of its credentials was noted where there was none')
  })
})

describe('keys', () => {
  const replace = (identity: ReturnType<typeof home>, from: string, key = addressOf(0x44)) =>
    identity.seeMember(
      'TradingKeyReplaced',
      { memberId: HOME, former: KEY, key },
      { from, time: 2_000, calls: ['replaceTradingKey'] },
    )
  const delegation = { sides: 3, quantityLimit: 10, lowestPrice: 0, highestPrice: 100, expiry: 9_000 }
  const delegate = (identity: ReturnType<typeof home>, from: string, key = addressOf(0x55)) =>
    identity.seeMember('TradingDelegated', { memberId: HOME, key, ...delegation }, { from, calls: ['delegateTrading'] })

  test('are replaced by the owner alone, and sign nothing from then on', () => {
    const identity = home()
    expect(() => replace(identity, KEY)).toThrow(`was called by ${KEY}, who is not the member`)
    replace(identity, ACCOUNT)
    const { members } = identity
    expect([1_999, 2_000].map((time) => members.isKeyRevoked(HOME, KEY, time))).toEqual([false, true])
    expect(members.actsFor(AREA, HOME, KEY)).toBe(false)
    expect(members.actsFor(AREA, HOME, addressOf(0x44))).toBe(true)
    expect(() => delegate(identity, KEY)).toThrow('who is not the member')
    expect(() => delegate(identity, ACCOUNT, KEY)).toThrow('which it had revoked')
  })

  test('are never one of another member', () => {
    const identity = home()
    identity.registerHousehold(2)
    expect(() => replace(identity, ACCOUNT, addressOf(0x2002))).toThrow("was member 2's already")
  })

  test('are delegated by who owns the account, and by nobody who owned it before', () => {
    const identity = home()
    identity.dids.see(
      eventForTest(
        'didRegistry',
        'DIDOwnerChanged',
        { identity: ACCOUNT, owner: STRANGER, previousChange: 0n },
        { from: ACCOUNT, to: ADDRESSES.didRegistry },
      ),
    )
    expect(() => delegate(identity, ACCOUNT)).toThrow(`was called by ${ACCOUNT}, who is not the member`)
    expect(() => delegate(identity, STRANGER, STRANGER)).toThrow('delegated to itself')
    delegate(identity, STRANGER)
    expect(identity.members.actsFor(AREA, HOME, ACCOUNT)).toBe(false)
  })
})
