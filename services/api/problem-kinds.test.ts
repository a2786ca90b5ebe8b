import { glob, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { DomainError } from '../domain/errors.ts'
import { problemKindOf } from './problem-kinds.ts'

const SERVICES = fileURLToPath(new URL('..', import.meta.url))
/** Where refusals come from that a caller of the api can meet. */
const SOURCES = [
  'api/**/*.ts',
  'chain/relay.ts',
  'chain/account-calls.ts',
  'chain/passkey-accounts.ts',
  'chain/committed-orders.ts',
  'chain/contract-accounts.ts',
  'chain/sign-in-message.ts',
  'chain/dids.ts',
  'domain/identity/*.ts',
  'domain/joining/*.ts',
]
/** The process does not start, so nobody is answered; and nobody names a DID's attributes here. */
const NOT_ANSWERED = ['port-taken', 'did-name-invalid']

describe('problemKindOf', () => {
  test('knows every refusal that the api can make, by its name', async () => {
    const codes = new Set<string>()
    for await (const file of glob(SOURCES, { cwd: SERVICES })) {
      if (file.endsWith('.test.ts')) continue
      const text = await readFile(`${SERVICES}/${file}`, 'utf8')
      for (const [, code] of text.matchAll(/DomainError\(\s*'([a-z0-9-]+)'/g)) codes.add(code!)
    }
    expect(codes.size).toBeGreaterThan(20)
    const unknown = [...codes].filter((code) => problemKindOf(new DomainError(code, '')).title === 'Refused')
    expect(unknown.filter((code) => !NOT_ANSWERED.includes(code))).toEqual([])
  })

  test('says of what a contract refuses that nothing was sent', () => {
    const refusal = new DomainError('accounts-locked', 'words', { isLedgerRefusal: true })
    expect(problemKindOf(refusal)).toMatchObject({ status: 422, title: 'The ledger would refuse it' })
    expect(problemKindOf(new DomainError('accounts-locked', 'words'))).toMatchObject({ status: 422, title: 'Refused' })
  })
})
