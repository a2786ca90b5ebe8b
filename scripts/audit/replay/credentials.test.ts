import { describe, expect, test } from 'vitest'
import { ADDRESSES, addressOf, AREA, CONSORTIUM, identityForTest, ISSUER } from './identity-for-test.ts'

const HOLDER = addressOf(7)
const STRANGER = addressOf(8)
const ROLE = 'metering-operator'
const NOW = 1_000
const [ACTIVE, SUSPENDED, REVOKED] = [1, 2, 3]

describe('createCredentials', () => {
  test('knows who held which role when', () => {
    const { credentials, issue } = identityForTest()
    issue({ subject: HOLDER, role: ROLE, validFrom: 500, validUntil: 2_000 })
    const holdsAt = (time: number, area = AREA) => credentials.holds(HOLDER, ROLE, area, time)
    expect([499, 500, 1_999, 2_000].map((time) => holdsAt(time))).toEqual([false, true, true, false])
    expect(holdsAt(NOW, AREA + 1)).toBe(false)
    expect(credentials.holds(HOLDER, 'dso', AREA, NOW)).toBe(false)
  })

  test('takes a credential of every area where there is none of the area itself', () => {
    const { credentials, issue } = identityForTest()
    const everywhere = issue({ subject: HOLDER, role: ROLE, area: 0 })
    expect(credentials.heldBy(HOLDER, ROLE, AREA, NOW)?.credentialId).toBe(everywhere)
    const own = issue({ subject: HOLDER, role: ROLE })
    expect(credentials.heldBy(HOLDER, ROLE, AREA, NOW)?.credentialId).toBe(own)
  })

  test('remembers what a role was before it was revoked', () => {
    const { credentials, issue, change } = identityForTest()
    const id = issue({ subject: HOLDER, role: ROLE })
    change(id, SUSPENDED, ISSUER, { time: 1_100, calls: ['suspendCredentials'] })
    change(id, ACTIVE, CONSORTIUM, { time: 1_200, calls: ['reinstateCredentials'] })
    change(id, REVOKED, HOLDER, { time: 1_300, calls: ['renounceCredential'] })
    const heldAt = (time: number) => credentials.heldRoleAt(HOLDER, ROLE, AREA, time)
    expect([1_099, 1_100, 1_199, 1_200, 1_299, 1_300].map(heldAt)).toEqual([true, false, false, true, true, false])
    expect(credentials.all.get(id)?.changes.map(({ status, by }) => [status, by])).toEqual([
      ['suspended', ISSUER],
      ['active', CONSORTIUM],
      ['revoked', HOLDER],
    ])
  })

  test('judges a time by the credential that was the last then', () => {
    const { credentials, issue } = identityForTest()
    issue({ subject: HOLDER, role: ROLE, validFrom: 500, time: 1_000 })
    issue({ subject: HOLDER, role: ROLE, validFrom: 2_000, time: 2_000 })
    const heldAt = (time: number) => credentials.heldRoleAt(HOLDER, ROLE, AREA, time)
    expect([999, 1_000, 1_999, 2_000].map(heldAt)).toEqual([false, true, true, true])
  })

  test('lets only the consortium reinstate what it suspended, and no issuer who is not accredited any more', () => {
    const { issue, change, accredit } = identityForTest()
    const id = issue({ subject: HOLDER, role: ROLE })
    change(id, SUSPENDED, CONSORTIUM)
    expect(() => change(id, ACTIVE, ISSUER)).toThrow('who may not')
    change(id, ACTIVE, CONSORTIUM)
    change(id, SUSPENDED, ISSUER)
    accredit(ISSUER, ROLE, 2)
    expect(() => change(id, ACTIVE, ISSUER)).toThrow('who may not')
  })

  test('counts the last of several changes in a second', () => {
    const { credentials, issue, change } = identityForTest()
    const id = issue({ subject: HOLDER, role: ROLE })
    change(id, SUSPENDED, ISSUER, { time: 1_100 })
    change(id, ACTIVE, ISSUER, { time: 1_100 })
    expect(credentials.heldRoleAt(HOLDER, ROLE, AREA, 1_100)).toBe(true)
  })

  test('refuses an issuer who was never accredited, or is so no more', () => {
    const { issue, accredit } = identityForTest()
    const subject = HOLDER
    expect(() => issue({ subject, role: ROLE, issuer: STRANGER })).toThrow('was not accredited for it')
    accredit(STRANGER, ROLE, 1)
    issue({ subject, role: ROLE, issuer: STRANGER })
    accredit(STRANGER, ROLE, 1, AREA)
    accredit(STRANGER, ROLE, 2, AREA)
    expect(() => issue({ subject: addressOf(9), role: ROLE, issuer: STRANGER })).toThrow('was not accredited for it')
    issue({ subject: addressOf(9), role: ROLE, issuer: STRANGER, area: AREA + 1 })
  })

  test('refuses an accreditation that does not follow upon the one before', () => {
    const { accredit } = identityForTest()
    expect(() => accredit(STRANGER, ROLE, 2)).toThrow('was none, and then suspended')
    expect(() => accredit(STRANGER, ROLE, 0)).toThrow('was none, and then none')
    accredit(STRANGER, ROLE, 1)
    accredit(STRANGER, ROLE, 2)
    expect(() => accredit(STRANGER, ROLE, 2)).toThrow('was suspended, and then suspended')
  })

  test('refuses a forged event, whose sender is not the issuer that it names', () => {
    const { issue } = identityForTest()
    expect(() => issue({ subject: HOLDER, role: ROLE, from: STRANGER })).toThrow(
      `CredentialIssued says that ${ISSUER} called, and it was ${STRANGER}`,
    )
  })

  test('refuses a credential whose number is not the hash of what it says', () => {
    const { credentials, change, issue } = identityForTest()
    const id = issue({ subject: HOLDER, role: ROLE })
    expect(() => change(`0x${'11'.repeat(32)}`, REVOKED)).toThrow('was never issued')
    expect(credentials.all.get(id)?.number).toBe(1)
  })

  test('lets a credential take the place of one that is valid no more, or the same issuer of its own', () => {
    const { issue, accredit, change } = identityForTest()
    const id = issue({ subject: HOLDER, role: ROLE })
    accredit(STRANGER, ROLE, 1)
    expect(() => issue({ subject: HOLDER, role: ROLE, issuer: STRANGER })).toThrow('which was valid')
    expect(() => issue({ subject: HOLDER, role: ROLE, validFrom: NOW + 1 })).toThrow('which was valid')
    issue({ subject: HOLDER, role: ROLE, validFrom: 1 })
    change(id, REVOKED)
    expect(() => issue({ subject: HOLDER, role: ROLE, issuer: STRANGER })).toThrow('which was valid')
  })

  test('refuses what was issued twice, to nobody, or valid in the past alone', () => {
    const { issue } = identityForTest()
    issue({ subject: HOLDER, role: ROLE })
    expect(() => issue({ subject: HOLDER, role: ROLE })).toThrow('was issued twice')
    expect(() => issue({ subject: addressOf(0), role: ROLE })).toThrow('issued to nobody')
    expect(() => issue({ subject: STRANGER, role: ROLE, validFrom: 10, validUntil: NOW })).toThrow('valid from 10')
  })

  test('refuses a change by anybody but issuer, consortium and, to give it up, its subject', () => {
    const { issue, change } = identityForTest()
    const id = issue({ subject: HOLDER, role: ROLE })
    expect(() => change(id, REVOKED, STRANGER)).toThrow(`by ${STRANGER}, who is not its issuer`)
    expect(() => change(id, SUSPENDED, HOLDER)).toThrow(`by ${HOLDER}, who is not its issuer`)
    expect(() => change(id, SUSPENDED, ISSUER, { from: STRANGER })).toThrow(`and it was ${STRANGER}`)
    expect(() => change(id, SUSPENDED, ISSUER, { calls: ['reinstateCredentials'] })).toThrow(
      'says suspended, and what was called is reinstateCredentials',
    )
    expect(() => change(id, ACTIVE, ISSUER)).toThrow('was active, and then active')
    change(id, REVOKED, CONSORTIUM)
    expect(() => change(id, ACTIVE, ISSUER)).toThrow('was revoked, and then active')
  })

  test('takes a contract for the caller through which it was called, and says of whom it cannot see', () => {
    const { issue, change, hidden } = identityForTest()
    const wallet = addressOf(0x77)
    const id = issue({ subject: HOLDER, role: ROLE })
    change(id, SUSPENDED, CONSORTIUM, { from: STRANGER, to: CONSORTIUM })
    expect(hidden).toEqual([])
    change(id, ACTIVE, CONSORTIUM, { from: STRANGER, to: wallet })
    expect(hidden).toEqual(['credentialRegistry: CredentialStatusChanged'])
    expect(() => change(id, SUSPENDED, CONSORTIUM, { from: STRANGER, to: ADDRESSES.accounts })).toThrow(
      `and it was ${ADDRESSES.accounts}`,
    )
  })
})
