import { describe, expect, test } from 'vitest'
import { encodePayments } from '../../../../services/domain/settlement/payment.ts'
import { money } from '../../../../services/domain/units.ts'
import { formatEnergy, formatMoney, formatPrice } from '../../lib/formats.ts'
import { eventWordsOf, movedBy } from './event-words.ts'
import { contractOf, parseEventKind } from './kinds.ts'
import type { Phrase } from './phrases.ts'
import { transactionWordsOf } from './transaction-words.ts'

/** As a reader sees it, with periods and members by number. */
function textOf(phrases: readonly Phrase[]): string {
  return phrases.map(pieceOf).join('').replaceAll('\u00a0', ' ')
}

function pieceOf(phrase: Phrase): string {
  if (typeof phrase === 'string') return phrase
  switch (phrase.kind) {
    case 'session':
    case 'period':
      return `#${phrase.period}`
    case 'member':
      return `member ${phrase.memberId}`
    case 'energy':
      return `${formatEnergy(phrase.value, 'exact')} kWh`
    case 'price':
      return `${formatPrice(phrase.value)} /kWh`
    case 'money':
      return formatMoney(phrase.value)
    case 'hash':
      return phrase.value
  }
}

function wordsOf(name: string, given: Record<string, unknown>, contract = 'callAuction'): string {
  return textOf(eventWordsOf({ contract, name, arguments: given }))
}

describe('eventWordsOf', () => {
  test('says at what a session cleared', () => {
    const given = { area: '1', period: '100', price: '150000', volume: '3200', orderCount: '8', fills: '0x' }
    expect(wordsOf('SessionCleared', given)).toBe('Session #100 cleared at €0.1500 /kWh: 3.200 kWh from 8 orders.')
  })

  test('does not name a price where nothing was traded', () => {
    const given = { area: '1', period: '100', price: '0', volume: '0', orderCount: '1', fills: '0x' }
    expect(wordsOf('SessionCleared', given)).toBe(
      'Session #100 cleared without a trade: nothing crossed among 1 order.',
    )
  })

  test('says what the meters told', () => {
    const given = { period: '100', root: '0x1', count: '7', importTotal: '4120', exportTotal: '980' }
    expect(wordsOf('ReadingsCommitted', given)).toBe(
      'The readings of #100 were committed: 7 homes, 4.120 kWh in, 0.980 kWh out.',
    )
  })

  test('says how much money moved, counting it once', () => {
    const payments = encodePayments([
      { memberId: 1, amount: money(-2_500_000n) },
      { memberId: 2, amount: money(1_500_000n) },
      { memberId: 9, amount: money(1_000_000n) },
    ])
    expect(movedBy(payments)).toBe(2_500_000n)
    expect(wordsOf('PeriodSettled', { period: '100', paymentCount: '3', payments })).toBe(
      'Period #100 was settled: 3 payments moved €2.50 and summed to zero.',
    )
  })

  test('counts published rates by their bytes', () => {
    const given = { firstPeriod: '100', rates: `0x${'00'.repeat(6 * 96)}` }
    expect(wordsOf('EnergyRatesPublished', given)).toBe(
      'The supplier published its rates for 96 quarter-hours from #100.',
    )
  })

  test('tells money that is issued from money that moves', () => {
    const nobody = `0x${'0'.repeat(40)}`
    expect(wordsOf('Transfer', { from: nobody, to: '0xb', value: '5000000' })).toBe('€5.00 were issued to 0xb.')
    expect(wordsOf('Transfer', { from: '0xa', to: '0xb', value: '5000000' })).toBe('€5.00 moved from 0xa to 0xb.')
  })

  test('names an event that it does not know, or whose arguments it does not understand', () => {
    expect(wordsOf('TargetAdminDelayUpdated', {}, 'accessManager')).toBe('Access manager: target admin delay updated.')
    expect(wordsOf('GateClosed', { period: 100 })).toBe('Call auction: gate closed.')
  })
})

describe('transactionWordsOf', () => {
  test('says what was called', () => {
    expect(transactionWordsOf({ recipient: '0x1', contract: 'settlement', function: 'settle' })).toBe(
      'settled a delivery period',
    )
    expect(transactionWordsOf({ recipient: '0x1', contract: 'accessManager', function: 'setRoleAdmin' })).toBe(
      'called set role admin',
    )
  })

  test('tells the creation of a contract from an unknown call', () => {
    expect(transactionWordsOf({ recipient: null, contract: null, function: null })).toBe('created a contract')
    expect(transactionWordsOf({ recipient: '0x1', contract: null, function: null })).toContain('not known')
  })
})

test('a kind of event that is not known means all of them', () => {
  expect(parseEventKind('weather')).toBe('all')
  expect(contractOf(parseEventKind('market'))).toBe('callAuction')
  expect(contractOf('all')).toBeNull()
})
