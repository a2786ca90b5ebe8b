import { describe, expect, test } from 'vitest'
import { requireChallenger } from './acting.ts'
import { eventForTest } from './event-for-test.ts'
import { ADDRESSES, addressOf, AREA, identityForTest } from './identity-for-test.ts'
import { fieldsOf } from './ledger-event.ts'

const [HOME, OTHER] = [1, 2]
const OWNER = addressOf(0x1000 + HOME)
const KEY = addressOf(0x2000 + HOME)

function challengeBy(isActive: boolean) {
  const { members, callers, registerHousehold, seeMember } = identityForTest()
  registerHousehold(HOME)
  registerHousehold(OTHER)
  if (!isActive) seeMember('MemberDeactivated', { memberId: HOME, area: AREA })
  return (from: string, member: number, name = 'challengePeriod') => {
    const event = eventForTest(
      'challenges',
      'StatementCorrected',
      {},
      { from, to: ADDRESSES.challenges, calls: [name] },
    )
    const calls = event.calls.map((call) => ({ ...call, fields: fieldsOf({ challenger: HOME }) }))
    requireChallenger({ ...event, calls }, { area: AREA, member, place: {} }, { members, callers })
  }
}

describe('requireChallenger', () => {
  test('takes who acts for the challenger', () => {
    const challenge = challengeBy(true)
    challenge(OWNER, OTHER)
    challenge(KEY, HOME)
    expect(() => challenge(addressOf(9), HOME)).toThrow(`who does not act for member ${HOME}`)
  })

  test("takes the owner of a member that has left for the member's own statement alone", () => {
    const challenge = challengeBy(false)
    challenge(OWNER, HOME)
    expect(() => challenge(KEY, HOME)).toThrow('who does not act')
    expect(() => challenge(OWNER, OTHER)).toThrow('who does not act')
  })

  test('takes nobody but the member itself for an order that was left out', () => {
    const challenge = challengeBy(true)
    challenge(KEY, HOME, 'proveLeftOut')
    expect(() => challenge(OWNER, OTHER, 'proveLeftOut')).toThrow('who does not act')
  })
})
