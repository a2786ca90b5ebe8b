import { describe, expect, test } from 'vitest'
import { CONTRACT_NAMES, type LedgerAddresses } from '../../../services/chain/ledger.ts'
import { eventForTest } from './event-for-test.ts'
import { CONSORTIUM, createRoles } from './roles.ts'

const addresses = Object.fromEntries(CONTRACT_NAMES.map((name) => [name, `0x${name}`])) as LedgerAddresses
const ADMINISTRATOR = '0xadministrator'
const OPERATOR = '0xoperator'

/** An access manager whose administrator made an operator the consortium at time 100, from time 200 on. */
function rolesWithConsortium() {
  const roles = createRoles(addresses, (_, name) => name)
  const manage = (name: string, values: object, from = ADMINISTRATOR) =>
    roles.see(eventForTest('accessManager', name, values as never, { from, to: addresses.accessManager, time: 100 }))
  roles.see(
    eventForTest(
      'accessManager',
      'RoleGranted',
      { roleId: 0n, account: ADMINISTRATOR, delay: 0, since: 50, newMember: true },
      { to: null, time: 50 },
    ),
  )
  manage('RoleGranted', { roleId: CONSORTIUM, account: OPERATOR, delay: 0, since: 200, newMember: true })
  manage('TargetFunctionRoleUpdated', {
    target: addresses.credentialRegistry,
    selector: 'accreditIssuer',
    roleId: CONSORTIUM,
  })
  const accredit = (time: number, facts: object = { from: OPERATOR, calls: ['accreditIssuer'] }) =>
    roles.see(
      eventForTest(
        'credentialRegistry',
        'AccreditationChanged',
        {},
        { to: addresses.credentialRegistry, time, ...facts },
      ),
    )
  return { roles, manage, accredit }
}

describe('createRoles', () => {
  test('lets a holder call from the time on at which it got the role', () => {
    const { accredit, roles } = rolesWithConsortium()
    expect(() => accredit(199)).toThrow('did not hold the role of the consortium')
    accredit(200)
    expect(roles.checkedCalls()).toBe(2)
  })

  test('refuses whoever lost the role', () => {
    const { accredit, manage } = rolesWithConsortium()
    manage('RoleRevoked', { roleId: CONSORTIUM, account: OPERATOR })
    expect(() => accredit(300)).toThrow('did not hold the role')
  })

  test('asks the role of the contract through which somebody calls', () => {
    const market = rolesWithConsortium()
    const { accredit } = market
    const { manage, roles } = market
    manage('RoleGranted', { roleId: CONSORTIUM, account: '0xwallet', delay: 0, since: 200, newMember: true })
    accredit(300, { from: OPERATOR, to: '0xwallet' })
    expect(roles.hidden).toEqual([])
    expect(() => accredit(300, { from: OPERATOR, to: addresses.accounts })).toThrow(
      `was called by ${addresses.accounts}`,
    )
  })

  test('counts as not checked what came through several contracts', () => {
    const { accredit, roles } = rolesWithConsortium()
    const before = roles.checkedCalls()
    accredit(300, { from: OPERATOR, to: '0xentry' })
    expect(roles.hidden).toMatchObject([{ name: 'credentialRegistry.accreditIssuer', block: 7 }])
    expect(roles.checkedCalls()).toBe(before)
  })

  test('lets anybody give up its own role, through a wallet as well', () => {
    const { manage, roles } = rolesWithConsortium()
    manage('RoleRevoked', { roleId: CONSORTIUM, account: OPERATOR }, OPERATOR)
    expect(roles.holds(CONSORTIUM, OPERATOR, 300)).toBe(false)
    expect(() => manage('RoleRevoked', { roleId: 0n, account: ADMINISTRATOR }, OPERATOR)).toThrow('changed who may')
  })

  test.each([
    [7n, '0xfriend', false],
    [7n, addresses.settlement, true],
    [7n, addresses.challenges, false],
    [9n, addresses.callAuction, true],
    [9n, '0xfriend', false],
  ])('keeps role %s for our contracts: %s', (roleId, account, isTheirs) => {
    const { manage } = rolesWithConsortium()
    const grant = () => manage('RoleGranted', { roleId, account, delay: 0, since: 100, newMember: true })
    if (isTheirs) expect(grant).not.toThrow()
    else expect(grant).toThrow('which belongs to our contracts')
  })

  test('refuses that a function of contracts among themselves is opened to others', () => {
    const { manage } = rolesWithConsortium()
    const open = (roleId: bigint) =>
      manage('TargetFunctionRoleUpdated', { target: addresses.accounts, selector: 'reward', roleId })
    expect(() => open(9n)).not.toThrow()
    expect(() => open(2n ** 64n - 1n)).toThrow('accounts.reward, which only our contracts call')
  })

  test('refuses another access manager than the one that contracts were created with', () => {
    const { roles } = rolesWithConsortium()
    const update = (authority: string, facts: object) =>
      roles.see(eventForTest('accounts', 'AuthorityUpdated', { authority }, facts))
    expect(() => update(addresses.accessManager, { to: null, created: addresses.accounts })).not.toThrow()
    expect(() => update('0xother', { to: null, created: addresses.accounts })).toThrow('the access manager 0xother')
    expect(() => update(addresses.accessManager, { to: addresses.accessManager })).toThrow('was put under')
  })

  test('refuses a grant by anybody but the administrator', () => {
    const { manage } = rolesWithConsortium()
    const grant = { roleId: CONSORTIUM, account: '0xfriend', delay: 0, since: 100, newMember: true }
    expect(() => manage('RoleGranted', grant, OPERATOR)).toThrow('changed who may do what')
  })

  test('refuses a function that was given to another role than the rules give it', () => {
    const { accredit, manage } = rolesWithConsortium()
    manage('TargetFunctionRoleUpdated', {
      target: addresses.credentialRegistry,
      selector: 'accreditIssuer',
      roleId: 9n,
    })
    expect(() => accredit(300)).toThrow('may be called by the challenges')
  })

  test('keeps every grant and revocation for the report', () => {
    const { manage, roles } = rolesWithConsortium()
    manage('RoleRevoked', { roleId: CONSORTIUM, account: OPERATOR })
    expect(roles.changes.map(({ role, change }) => [role, change])).toEqual([
      [0n, 'granted'],
      [CONSORTIUM, 'granted'],
      [CONSORTIUM, 'revoked'],
    ])
  })
})
