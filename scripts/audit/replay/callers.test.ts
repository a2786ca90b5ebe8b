import { describe, expect, test } from 'vitest'
import { CONTRACT_NAMES, type LedgerAddresses } from '../../../services/chain/ledger.ts'
import { createCallers } from './callers.ts'
import { eventForTest } from './event-for-test.ts'
import { fieldsOf } from './ledger-event.ts'

const addresses = Object.fromEntries(CONTRACT_NAMES.map((name) => [name, `0x${name}`])) as LedgerAddresses
const { callerOf } = createCallers(addresses, () => undefined)

/** A credential's change in a transaction in which the council calls these. */
function changeByCouncil(targets: readonly string[]) {
  const event = eventForTest('credentialRegistry', 'CredentialStatusChanged', {}, { to: addresses.council })
  const fields = fieldsOf({ calls: targets.map((target) => ({ target, data: new Uint8Array() })) })
  const execute = { contract: 'council' as const, name: 'execute', selector: '', fields, data: new Uint8Array() }
  return { ...event, calls: [execute] }
}

describe('callerOf', () => {
  test.each([
    ['the registry', [addresses.credentialRegistry], true],
    ['the registry and another of ours', [addresses.tradingPause, addresses.credentialRegistry], true],
    ['the access manager, which calls itself', [addresses.accessManager], false],
    ['a contract that is not ours', [addresses.credentialRegistry, '0xwallet'], false],
  ])('knows the council where it calls %s, if it can', (_, targets, isSure) => {
    expect(callerOf(changeByCouncil(targets))).toEqual({ account: addresses.council, isSure })
  })
})
