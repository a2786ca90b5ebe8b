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
    const { commit } = rolesWithGateway()
    expect(() => commit(300, { from: GATEWAY, to: '0xwallet' })).toThrow('was called by 0xwallet')
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
