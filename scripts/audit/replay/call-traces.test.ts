import { describe, expect, test } from 'vitest'
import type { ContractName } from '../../../services/chain/ledger.ts'
import type { AbiValue } from '../abi.ts'
import { requireTraces } from './call-traces.ts'
import { eventForTest } from './event-for-test.ts'
import { fieldsOf, type LedgerCall, type LedgerEvent } from './ledger-event.ts'

type Values = Readonly<Record<string, AbiValue>>
const callOf = (contract: ContractName, name: string, values: Values): LedgerCall => ({
  contract,
  name,
  selector: '',
  fields: fieldsOf(values),
  data: new Uint8Array(),
})
const { transaction } = eventForTest('accounts', 'Deposited', {})
const require = (calls: readonly LedgerCall[], events: readonly LedgerEvent[], isUnknown = false) =>
  requireTraces({ block: 7, transaction, calls, events, isUnknown })

describe('requireTraces', () => {
  const setLevy = callOf('areaRegistry', 'setLevy', { area: 1, levy: 20 })
  const levySet = (levy: number) => eventForTest('areaRegistry', 'LevySet', { area: 1, levy })

  test('finds what a call said in its event', () => {
    expect(() => require([setLevy], [levySet(20)])).not.toThrow()
    expect(() => require([setLevy], [levySet(21)])).toThrow('levy of LevySet is 21, and the call said 20')
  })

  test('misses an event that a successful call leaves', () => {
    expect(() => require([setLevy], [])).toThrow('areaRegistry.setLevy was called and succeeded, and left no LevySet')
    expect(() => require([setLevy, setLevy], [levySet(20)])).toThrow('left no LevySet')
  })

  test('compares the parts of a structure', () => {
    const commit = callOf('meterReadings', 'commitReadings', {
      area: 1,
      period: 9,
      commitment: { root: '0xaa', count: 2, importTotal: 10n, exportTotal: 3n },
    })
    const committed = (root: string) =>
      eventForTest('meterReadings', 'ReadingsCommitted', { area: 1, period: 9, version: 0, root, importTotal: 10n })
    expect(() => require([commit], [committed('0xaa')])).not.toThrow()
    expect(() => require([commit], [committed('0xab')])).toThrow('root of ReadingsCommitted')
  })

  test('takes one event for each element of a list, in their sequence', () => {
    const register = callOf('memberRegistry', 'registerMembers', {
      area: 1,
      registrations: [
        { kind: 1, account: '0xa1' },
        { kind: 0, account: '0xa2' },
      ],
    })
    const registered = (kind: number, account: string) =>
      eventForTest('memberRegistry', 'MemberRegistered', { memberId: 5, area: 1, kind, account })
    expect(() => require([register], [registered(1, '0xa1'), registered(0, '0xa2')])).not.toThrow()
    expect(() => require([register], [registered(1, '0xa1'), registered(1, '0xa2')])).toThrow(
      'kind of MemberRegistered',
    )
    expect(() => require([register], [registered(1, '0xa1')])).toThrow('left no MemberRegistered')
    const grant = callOf('accessManager', 'setTargetFunctionRole', { target: '0xt', selectors: ['0x01'], roleId: 2n })
    const updated = (selector: string) =>
      eventForTest('accessManager', 'TargetFunctionRoleUpdated', { target: '0xt', selector, roleId: 2n })
    expect(() => require([grant], [updated('0x01')])).not.toThrow()
    expect(() => require([grant], [updated('0x02')])).toThrow('selector of TargetFunctionRoleUpdated')
  })

  test('takes one event for each credential that was issued or revoked', () => {
    const issuances = [
      { subject: '0xa1', role: 6, area: 1 },
      { subject: '0xa2', role: 6, area: 1 },
    ]
    const issue = callOf('credentialRegistry', 'issueCredentials', { issuances })
    const issued = (subject: string) =>
      eventForTest('credentialRegistry', 'CredentialIssued', { subject, role: 6, area: 1 })
    expect(() => require([issue], [issued('0xa1'), issued('0xa2')])).not.toThrow()
    expect(() => require([issue], [issued('0xa1'), issued('0xa3')])).toThrow('subject of CredentialIssued is 0xa3')
    expect(() => require([issue], [issued('0xa1')])).toThrow('left no CredentialIssued')
    const revoke = callOf('credentialRegistry', 'revokeCredentials', { credentialIds: ['0x01', '0x02'] })
    const changed = (credentialId: string) =>
      eventForTest('credentialRegistry', 'CredentialStatusChanged', { credentialId, status: 3 })
    expect(() => require([revoke], [changed('0x01'), changed('0x02')])).not.toThrow()
    expect(() => require([revoke], [changed('0x01')])).toThrow('left no CredentialStatusChanged')
  })

  test('misses what sealing keys and publishing a sealed page leave', () => {
    const seal = callOf('tradingDays', 'sealKeys', { area: 1 })
    expect(() => require([seal], [eventForTest('tradingDays', 'KeysSealed', { area: 1 })])).not.toThrow()
    expect(() => require([seal], [])).toThrow('left no KeysSealed')

    const publish = callOf('tradingDays', 'publishSealedKeys', { area: 1, day: 9, entries: '0x0b', linksRoot: '0xaa' })
    const published = eventForTest('tradingDays', 'KeysPublished', { area: 1, day: 9, page: 0, code: '0xc0' })
    const sealed = (linksRoot: string) =>
      eventForTest('tradingDays', 'PageSealed', { area: 1, day: 9, page: 0, lockCode: '0xc1', linksRoot })
    expect(() => require([publish], [published, sealed('0xaa')])).not.toThrow()
    expect(() => require([publish], [published, sealed('0xab')])).toThrow('linksRoot of PageSealed is 0xab')
    expect(() => require([publish], [published])).toThrow('left no PageSealed')
    expect(() => require([publish], [sealed('0xaa')])).toThrow('left no KeysPublished')
  })

  test('refuses a function that the contract does not have', () => {
    expect(() => require([], [], true)).toThrow('a function that the contract does not have')
  })
})
