import { describe, expect, test } from 'vitest'
import { CONTRACT_NAMES, type LedgerAddresses } from '../../../services/chain/ledger.ts'
import { eventForTest } from './event-for-test.ts'
import { createRoles } from './roles.ts'

const addresses = Object.fromEntries(CONTRACT_NAMES.map((name) => [name, `0x${name}`])) as LedgerAddresses
const ADMINISTRATOR = '0xadministrator'
const GATEWAY = '0xgateway'
const METERING_OPERATOR = 3n

/** An access manager whose administrator gave a gateway its role at time 100, from time 200 on. */
function rolesWithGateway() {
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
  manage('RoleGranted', { roleId: METERING_OPERATOR, account: GATEWAY, delay: 0, since: 200, newMember: true })
  manage('TargetFunctionRoleUpdated', {
    target: addresses.meterReadings,
    selector: 'commitReadings',
    roleId: METERING_OPERATOR,
  })
  const commit = (time: number, facts: object = { from: GATEWAY, calls: ['commitReadings'] }) =>
    roles.see(eventForTest('meterReadings', 'ReadingsCommitted', {}, { to: addresses.meterReadings, time, ...facts }))
  return { roles, manage, commit }
}

describe('createRoles', () => {
  test('lets a holder call from the time on at which it got the role', () => {
    const { commit, roles } = rolesWithGateway()
    expect(() => commit(199)).toThrow('did not hold the role of the metering operator')
    commit(200)
    expect(roles.checkedCalls()).toBe(2)
  })

  test('refuses whoever lost the role', () => {
    const { commit, manage } = rolesWithGateway()
    manage('RoleRevoked', { roleId: METERING_OPERATOR, account: GATEWAY })
    expect(() => commit(300)).toThrow('did not hold the role')
  })

  test('asks the role of the contract through which somebody calls', () => {
    const market = rolesWithGateway()
    const { commit } = market
    const { manage, roles } = market
    manage('RoleGranted', { roleId: METERING_OPERATOR, account: '0xwallet', delay: 0, since: 200, newMember: true })
    commit(300, { from: GATEWAY, to: '0xwallet' })
    expect(roles.hidden).toEqual([])
    expect(() => commit(300, { from: GATEWAY, to: addresses.accounts })).toThrow(`was called by ${addresses.accounts}`)
  })

  test('counts as not checked what came through several contracts', () => {
    const { commit, roles } = rolesWithGateway()
    const before = roles.checkedCalls()
    commit(300, { from: GATEWAY, to: '0xentry' })
    expect(roles.hidden).toMatchObject([{ name: 'meterReadings.commitReadings', block: 7 }])
    expect(roles.checkedCalls()).toBe(before)
  })

  test('lets anybody give up its own role, through a wallet as well', () => {
    const { manage, roles } = rolesWithGateway()
    manage('RoleRevoked', { roleId: METERING_OPERATOR, account: GATEWAY }, GATEWAY)
    expect(roles.holds(METERING_OPERATOR, GATEWAY, 300)).toBe(false)
    expect(() => manage('RoleRevoked', { roleId: 0n, account: ADMINISTRATOR }, GATEWAY)).toThrow('changed who may')
  })

  test.each([
    [7n, '0xfriend', false],
    [7n, addresses.settlement, true],
    [7n, addresses.challenges, false],
    [9n, addresses.callAuction, true],
    [9n, '0xfriend', false],
  ])('keeps role %s for our contracts: %s', (roleId, account, isTheirs) => {
    const { manage } = rolesWithGateway()
    const grant = () => manage('RoleGranted', { roleId, account, delay: 0, since: 100, newMember: true })
    if (isTheirs) expect(grant).not.toThrow()
    else expect(grant).toThrow('which belongs to our contracts')
  })

  test('refuses that a function of contracts among themselves is opened to others', () => {
    const { manage } = rolesWithGateway()
    const open = (roleId: bigint) =>
      manage('TargetFunctionRoleUpdated', { target: addresses.accounts, selector: 'reward', roleId })
    expect(() => open(9n)).not.toThrow()
    expect(() => open(2n ** 64n - 1n)).toThrow('accounts.reward, which only our contracts call')
  })

  test('refuses another access manager than the one that contracts were created with', () => {
    const { roles } = rolesWithGateway()
    const update = (authority: string, facts: object) =>
      roles.see(eventForTest('accounts', 'AuthorityUpdated', { authority }, facts))
    expect(() => update(addresses.accessManager, { to: null, created: addresses.accounts })).not.toThrow()
    expect(() => update('0xother', { to: null, created: addresses.accounts })).toThrow('the access manager 0xother')
    expect(() => update(addresses.accessManager, { to: addresses.accessManager })).toThrow('was put under')
  })

  test('refuses a grant by anybody but the administrator', () => {
    const { manage } = rolesWithGateway()
    const grant = { roleId: METERING_OPERATOR, account: '0xfriend', delay: 0, since: 100, newMember: true }
    expect(() => manage('RoleGranted', grant, GATEWAY)).toThrow('changed who may do what')
  })

  test('refuses a function that was given to another role than the rules give it', () => {
    const { commit, manage } = rolesWithGateway()
    manage('TargetFunctionRoleUpdated', { target: addresses.meterReadings, selector: 'commitReadings', roleId: 2n })
    expect(() => commit(300)).toThrow('may be called by the market operator')
  })

  test('keeps every grant and revocation for the report', () => {
    const { manage, roles } = rolesWithGateway()
    manage('RoleRevoked', { roleId: METERING_OPERATOR, account: GATEWAY })
    expect(roles.changes.map(({ role, change }) => [role, change])).toEqual([
      [0n, 'granted'],
      [METERING_OPERATOR, 'granted'],
      [METERING_OPERATOR, 'revoked'],
    ])
  })
})
