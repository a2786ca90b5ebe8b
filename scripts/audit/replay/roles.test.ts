import { describe, expect, test } from 'vitest'
import { CONTRACT_NAMES, type LedgerAddresses } from '../../../services/chain/ledger.ts'
import { eventForTest } from './event-for-test.ts'
import { ACCREDITATION, CONSORTIUM } from './role-rules.ts'
import { createRoles } from './roles.ts'

const addresses = Object.fromEntries(CONTRACT_NAMES.map((name) => [name, `0x${name}`])) as LedgerAddresses
const ADMINISTRATOR = '0xadministrator'
const OPERATOR = '0xoperator'

/** An access manager whose administrator let an operator accredit at time 100, from time 200 on. */
function rolesWithOperator() {
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
  manage('RoleGranted', { roleId: ACCREDITATION, account: OPERATOR, delay: 0, since: 200, newMember: true })
  manage('TargetFunctionRoleUpdated', {
    target: addresses.credentialRegistry,
    selector: 'accreditIssuer',
    roleId: ACCREDITATION,
  })
  const accredit = (time: number, facts: object = { from: OPERATOR, calls: ['accreditIssuer'] }) =>
    roles.see(
      eventForTest(
        'credentialRegistry',
        'AccreditationChanged',
        { accreditation: 1 },
        { to: addresses.credentialRegistry, time, ...facts },
      ),
    )
  return { roles, manage, accredit }
}

describe('createRoles', () => {
  test('lets a holder call from the time on at which it got the role', () => {
    const { accredit, roles } = rolesWithOperator()
    expect(() => accredit(199)).toThrow('did not hold the role of the accreditation')
    accredit(200)
    expect(roles.checkedCalls()).toBe(2)
  })

  test('refuses whoever lost the role', () => {
    const { accredit, manage } = rolesWithOperator()
    manage('RoleRevoked', { roleId: ACCREDITATION, account: OPERATOR })
    expect(() => accredit(300)).toThrow('did not hold the role')
  })

  test('lets the consortium suspend and remove issuers, and nobody else', () => {
    const { manage, roles } = rolesWithOperator()
    for (const selector of ['suspendIssuer', 'removeIssuer'])
      manage('TargetFunctionRoleUpdated', { target: addresses.credentialRegistry, selector, roleId: CONSORTIUM })
    manage('RoleGranted', { roleId: CONSORTIUM, account: '0xcouncil', delay: 0, since: 100, newMember: true })
    const remove = (from: string, accreditation: number) => {
      const facts = { from, to: addresses.credentialRegistry, calls: ['removeIssuer'] }
      roles.see(eventForTest('credentialRegistry', 'AccreditationChanged', { accreditation }, facts))
    }
    for (const accreditation of [0, 2]) {
      remove('0xcouncil', accreditation)
      expect(() => remove(OPERATOR, accreditation)).toThrow('did not hold the role of the consortium')
    }
  })

  test('asks the role of the contract through which somebody calls', () => {
    const market = rolesWithOperator()
    const { accredit } = market
    const { manage, roles } = market
    manage('RoleGranted', { roleId: ACCREDITATION, account: '0xwallet', delay: 0, since: 200, newMember: true })
    accredit(300, { from: OPERATOR, to: '0xwallet' })
    expect(roles.hidden).toEqual([])
    expect(() => accredit(300, { from: OPERATOR, to: addresses.accounts })).toThrow(
      `was called by ${addresses.accounts}`,
    )
  })

  test('counts as not checked what came through several contracts', () => {
    const { accredit, roles } = rolesWithOperator()
    const before = roles.checkedCalls()
    accredit(300, { from: OPERATOR, to: '0xentry' })
    expect(roles.hidden).toMatchObject([{ name: 'credentialRegistry.accreditIssuer', block: 7 }])
    expect(roles.checkedCalls()).toBe(before)
  })

  test('lets anybody give up its own role, through a wallet as well', () => {
    const { manage, roles } = rolesWithOperator()
    manage('RoleRevoked', { roleId: ACCREDITATION, account: OPERATOR }, OPERATOR)
    expect(roles.holds(ACCREDITATION, OPERATOR, 300)).toBe(false)
    expect(() => manage('RoleRevoked', { roleId: 0n, account: ADMINISTRATOR }, OPERATOR)).toThrow('changed who may')
  })

  test.each([
    [7n, '0xfriend', false],
    [7n, addresses.settlement, true],
    [7n, addresses.challenges, false],
    [9n, addresses.callAuction, true],
    [9n, '0xfriend', false],
  ])('keeps role %s for our contracts: %s', (roleId, account, isTheirs) => {
    const { manage } = rolesWithOperator()
    const grant = () => manage('RoleGranted', { roleId, account, delay: 0, since: 100, newMember: true })
    if (isTheirs) expect(grant).not.toThrow()
    else expect(grant).toThrow('which belongs to our contracts')
  })

  test('refuses that a function of contracts among themselves is opened to others', () => {
    const { manage } = rolesWithOperator()
    const open = (roleId: bigint) =>
      manage('TargetFunctionRoleUpdated', { target: addresses.accounts, selector: 'reward', roleId })
    expect(() => open(9n)).not.toThrow()
    expect(() => open(2n ** 64n - 1n)).toThrow('accounts.reward, which only our contracts call')
  })

  test.each([
    [10n, 0, true],
    [11n, 0, true],
    [11n, 60, false],
    [ACCREDITATION, 0, false],
  ])('lets role %s with a delay of %s s end a pause: %s', (roleId, delay, may) => {
    const { manage, roles } = rolesWithOperator()
    manage('RoleGranted', { roleId, account: '0xpauser', delay, since: 100, newMember: true })
    const end = () =>
      roles.see(
        eventForTest(
          'tradingPause',
          'PauseEnded',
          {},
          { from: '0xpauser', to: addresses.tradingPause, calls: ['endPause'] },
        ),
      )
    if (may) expect(end).not.toThrow()
    else expect(end).toThrow('who is neither guardian nor consortium')
  })

  test('refuses another access manager than the one that contracts were created with', () => {
    const { roles } = rolesWithOperator()
    const update = (authority: string, facts: object) =>
      roles.see(eventForTest('accounts', 'AuthorityUpdated', { authority }, facts))
    expect(() => update(addresses.accessManager, { to: null, created: addresses.accounts })).not.toThrow()
    expect(() => update('0xother', { to: null, created: addresses.accounts })).toThrow('the access manager 0xother')
    expect(() => update(addresses.accessManager, { to: addresses.accessManager })).toThrow('was put under')
  })

  test('refuses a grant by anybody but the administrator', () => {
    const { manage } = rolesWithOperator()
    const grant = { roleId: ACCREDITATION, account: '0xfriend', delay: 0, since: 100, newMember: true }
    expect(() => manage('RoleGranted', grant, OPERATOR)).toThrow('changed who may do what')
  })

  test('refuses a function that was given to another role than the rules give it', () => {
    const { accredit, manage } = rolesWithOperator()
    manage('TargetFunctionRoleUpdated', {
      target: addresses.credentialRegistry,
      selector: 'accreditIssuer',
      roleId: 9n,
    })
    expect(() => accredit(300)).toThrow('may be called by the challenges')
  })

  test('keeps every grant and revocation for the report', () => {
    const { manage, roles } = rolesWithOperator()
    manage('RoleRevoked', { roleId: ACCREDITATION, account: OPERATOR })
    expect(roles.changes.map(({ role, change }) => [role, change])).toEqual([
      [0n, 'granted'],
      [ACCREDITATION, 'granted'],
      [ACCREDITATION, 'revoked'],
    ])
  })
})

const wordOf = (value: bigint) => Buffer.from(value.toString(16).padStart(64, '0'), 'hex')
const selectorOf = (name: string) => `0x${Buffer.from(name).subarray(-4).toString('hex')}`
const COUNCIL = '0xc0'
const FRIEND = '0xf1'
const DAY = 86_400

/** An access manager whose administrator is a council that waits two days, with a guardian; from time 100 on. */
function rolesOfCouncil() {
  const roles = createRoles({ ...addresses, council: COUNCIL }, (_, name) => selectorOf(name))
  let block = 0
  const see = (time: number, ...events: (readonly [name: string, values: object])[]) => {
    block += 1
    for (const [name, values] of events)
      roles.see(eventForTest('accessManager', name, values as never, { to: COUNCIL, time, block }))
  }
  const granted = (roleId: bigint, account: string, delay: number): readonly [string, object] => [
    'RoleGranted',
    { roleId, account, delay, since: 100, newMember: true },
  ]
  for (const [name, values] of [granted(0n, COUNCIL, 2 * DAY), granted(11n, '0xa1', 0)])
    roles.see(eventForTest('accessManager', name, values as never, { to: null, time: 100 }))
  const data = Buffer.concat([
    Buffer.from(selectorOf('grantRole').slice(2), 'hex'),
    wordOf(ACCREDITATION),
    wordOf(BigInt(FRIEND)),
    wordOf(0n),
  ])
  const operation = { operationId: '0x1d', nonce: 1 }
  const schedule = (time: number, readyAt: number) =>
    see(time, [
      'OperationScheduled',
      { ...operation, schedule: readyAt, caller: COUNCIL, target: addresses.accessManager, data },
    ])
  const execute = (time: number, ...events: (readonly [string, object])[]) =>
    see(time, ['OperationExecuted', operation], ...events)
  return { roles, see, schedule, execute, granted, operation }
}

describe('createRoles, of a council that waits', () => {
  test('lets it grant what it scheduled two days before', () => {
    const { roles, schedule, execute, granted } = rolesOfCouncil()
    schedule(200, 200 + 2 * DAY)
    execute(200 + 2 * DAY, granted(ACCREDITATION, FRIEND, 0))
    expect(roles.holds(ACCREDITATION, FRIEND, 200 + 2 * DAY)).toBe(true)
  })

  test('refuses what it did not schedule, or otherwise, or in another transaction', () => {
    const { see, schedule, execute, granted } = rolesOfCouncil()
    const message = `grantRole was called by ${COUNCIL} without the ${2 * DAY} s that the administrator waits`
    expect(() => see(300, granted(ACCREDITATION, FRIEND, 0))).toThrow(message)
    schedule(200, 200 + 2 * DAY)
    expect(() => execute(200 + 2 * DAY, granted(ACCREDITATION, '0xf2', 0))).toThrow(message)
    expect(() => see(201 + 2 * DAY, granted(ACCREDITATION, FRIEND, 0))).toThrow(message)
  })

  test('refuses what it scheduled for too soon, or executed before or a week after its time', () => {
    const tooSoon = rolesOfCouncil()
    tooSoon.schedule(200, 200 + DAY)
    const grant = tooSoon.granted(ACCREDITATION, FRIEND, 0)
    expect(() => tooSoon.execute(200 + 2 * DAY, grant)).toThrow('without the')
    for (const time of [199 + 2 * DAY, 200 + 9 * DAY]) {
      const { schedule, execute } = rolesOfCouncil()
      schedule(200, 200 + 2 * DAY)
      expect(() => execute(time, grant)).toThrow(`an operation was executed at ${time}`)
    }
  })

  test('lets itself and the guardian cancel, and nobody execute it then', () => {
    const cancelled = (by: string) => {
      const { roles, schedule, execute, operation } = rolesOfCouncil()
      const target = addresses.accessManager
      const functionRole = { target, selector: selectorOf('grantRole'), roleId: 14n }
      const facts = { to: null, time: 150 }
      roles.see(eventForTest('accessManager', 'TargetFunctionRoleUpdated', functionRole, facts))
      roles.see(eventForTest('accessManager', 'RoleGuardianChanged', { roleId: 14n, guardian: 11n }, facts))
      schedule(200, 200 + 2 * DAY)
      const cancel = { from: by, to: by === COUNCIL ? COUNCIL : target, time: 300 }
      roles.see(eventForTest('accessManager', 'OperationCanceled', operation, cancel))
      execute(200 + 2 * DAY)
    }
    expect(() => cancelled('0xa1')).toThrow('was executed or cancelled, and was not scheduled')
    expect(() => cancelled(COUNCIL)).toThrow('was executed or cancelled, and was not scheduled')
    expect(() => cancelled(FRIEND)).toThrow(`${FRIEND} cancelled what ${COUNCIL} had scheduled`)
  })

  test('lets go on with the delay before until a shorter one holds', () => {
    const { roles, see, granted } = rolesOfCouncil()
    const shorten = { roleId: 0n, account: COUNCIL, delay: 0, since: 400, newMember: false }
    roles.see(eventForTest('accessManager', 'RoleGranted', shorten, { to: null, time: 200 }))
    expect(() => see(399, granted(ACCREDITATION, FRIEND, 0))).toThrow('grantRole was called')
    see(400, granted(ACCREDITATION, FRIEND, 0))
    expect(roles.holds(ACCREDITATION, FRIEND, 400)).toBe(true)
  })
})
