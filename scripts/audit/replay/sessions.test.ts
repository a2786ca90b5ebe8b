import { describe, expect, test } from 'vitest'
import { NO_HASH } from '../abi.ts'
import { createAreas } from './areas.ts'
import { eventForTest } from './event-for-test.ts'
import { ADDRESSES, addressOf, AREA, identityForTest } from './identity-for-test.ts'
import { createPauses } from './pauses.ts'
import { createSessions } from './sessions.ts'
import type { TradingDays } from './trading-days.ts'

const PERIOD = 100
const HOME = 1
const OWNER = addressOf(0x1000 + HOME)
const OPERATOR = addressOf(0x61)
const STRANGER = addressOf(0x99)
const [GATE_CLOSURE, OPERATOR_DEADLINE] = [PERIOD * 900 - 300, 600]
const SUSPENDED = 2
const CALENDAR = {
  firstPeriod: 0,
  lastPeriod: 1_000,
  gateClosureLead: 300,
  readingDeadline: 0,
  operatorDeadline: OPERATOR_DEADLINE,
  challengeWindow: 0,
  correctionDelay: 0,
  finalDelay: 0,
}

/** A session of an area with a household and an operator that holds its credential. */
function session() {
  const identity = identityForTest()
  identity.registerHousehold(HOME)
  const credential = identity.issue({ subject: OPERATOR, role: 'market-operator' })
  const areas = createAreas()
  areas.see(eventForTest('areaRegistry', 'AreaOpened', { area: AREA, ...CALENDAR }))
  const fined: number[] = []
  const sessions = createSessions({
    ...identity,
    areas,
    pauses: createPauses(),
    tradingDays: {
      isSealedDay: () => false,
      memberOf: (_area: number, _day: number, trader: number) => trader,
    } as unknown as TradingDays,
    domainSeparator: new Uint8Array(),
    requireBond: () => undefined,
    fine: (area) => fined.push(area),
  })
  const see = (name: string, values: object, facts: object) => {
    const event = eventForTest('callAuction', name, values as never, { to: ADDRESSES.callAuction, ...facts })
    sessions.see(event)
  }
  const close = (closedBy: string, { call = 'closeGate', from = closedBy, time = GATE_CLOSURE } = {}) =>
    see(
      'GateClosed',
      { area: AREA, period: PERIOD, orderCount: 0, ordersHash: NO_HASH, closedBy },
      { from, time, calls: [call] },
    )
  const commit = (from: string, commitment = `0x${'11'.repeat(32)}`, time = 1_000) =>
    see(
      'OrderCommitted',
      { area: AREA, period: PERIOD, trader: HOME, lane: 0, commitment },
      { from, time, calls: ['commitOrder'] },
    )
  return { ...identity, sessions, credential, fined, close, commit }
}

describe('a gate', () => {
  test('is closed by who holds the role of the market operator then', () => {
    const { close, sessions } = session()
    close(OPERATOR)
    expect(sessions.closedOf(AREA, PERIOD)).toMatchObject({ at: GATE_CLOSURE, isReplaced: false })
  })

  test('is not closed by one whose credential was suspended, or by a stranger', () => {
    const { close, change, credential } = session()
    expect(() => close(STRANGER)).toThrow('did not hold the role of the market-operator')
    change(credential, SUSPENDED, undefined, { time: GATE_CLOSURE - 1 })
    expect(() => close(OPERATOR)).toThrow('did not hold the role of the market-operator')
  })

  test('is not closed by another than the event says', () => {
    const { close } = session()
    expect(() => close(OPERATOR, { from: STRANGER })).toThrow(`and it was ${STRANGER}`)
  })

  test('is closed for a silent operator by who acts for a member, and by no former owner', () => {
    const { close, dids, fined } = session()
    const late = { call: 'replaceOperator', time: GATE_CLOSURE + OPERATOR_DEADLINE }
    const change = { identity: OWNER, owner: STRANGER, previousChange: 0n }
    dids.see(eventForTest('didRegistry', 'DIDOwnerChanged', change, { from: OWNER, to: ADDRESSES.didRegistry }))
    expect(() => close(OWNER, late)).toThrow('who acts for no member')
    close(STRANGER, late)
    expect(fined).toEqual([AREA])
  })
})

describe('an order on the ledger', () => {
  test('is committed by the member or, with its credential, an operator, which takes no place of the member', () => {
    const { commit } = session()
    expect(() => commit(STRANGER)).toThrow(`who may not commit orders of member ${HOME}`)
    commit(OPERATOR)
    commit(OWNER)
    expect(() => commit(OPERATOR)).toThrow('what its member committed was replaced by its operator')
    commit(OWNER, NO_HASH)
    commit(OPERATOR)
  })

  test('is committed by no operator whose credential was suspended', () => {
    const { commit, change, credential } = session()
    change(credential, SUSPENDED)
    expect(() => commit(OPERATOR)).toThrow('who may not commit orders')
  })

  test('is committed by a delegated key up to its expiry', () => {
    const { commit, seeMember } = session()
    const terms = { sides: 3, quantityLimit: 1, lowestPrice: 0, highestPrice: 0 }
    const delegate = (key: string, expiry: number) => {
      const facts = { from: OWNER, calls: ['delegateTrading'] }
      seeMember('TradingDelegated', { memberId: HOME, key, ...terms, expiry }, facts)
    }
    delegate(addressOf(0x71), GATE_CLOSURE - 1)
    expect(() => commit(addressOf(0x71))).toThrow('who may not commit orders')
    seeMember('DelegationRevoked', { memberId: HOME, key: addressOf(0x71) }, { from: OWNER })
    delegate(addressOf(0x72), GATE_CLOSURE)
    commit(addressOf(0x72))
  })
})
