import { describe, expect, test } from 'vitest'
import { encodePayments } from '../../../../services/domain/settlement/payment.ts'
import { money } from '../../../../services/domain/units.ts'
import { formatEnergy, formatMoney, formatPrice } from '../../lib/formats.ts'
import { eventWordsOf } from './event-words.ts'
import { contractOf, parseEventKind } from './kinds.ts'
import { movedBy } from './money-sentences.ts'
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
    case 'day':
      return `day ${phrase.day}`
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
    const given = { area: '1', period: '100', price: '150000', volume: '3200', orderCount: '8' }
    expect(wordsOf('SessionCleared', given)).toBe('Session #100 cleared at €0.1500 /kWh: 3.200 kWh from 8 orders.')
  })

  test('does not name a price where nothing was traded', () => {
    const given = { area: '1', period: '100', price: '0', volume: '0', orderCount: '1' }
    expect(wordsOf('SessionCleared', given)).toBe(
      'Session #100 cleared without a trade: nothing crossed among 1 order.',
    )
  })

  test('says what the meters told', () => {
    const given = { period: '100', version: '0', root: '0x1', count: '7', importTotal: '4120', exportTotal: '980' }
    expect(wordsOf('ReadingsCommitted', given)).toBe(
      'The readings of #100 were committed: 7 homes, 4.120 kWh in, 0.980 kWh out.',
    )
    expect(wordsOf('ReadingsCommitted', { ...given, version: '1' })).toMatch(/^The corrected readings of #100/)
  })

  test('says how much money moved, counting it once', () => {
    const payments = encodePayments([
      { memberId: 1, amount: money(-2_500_000n) },
      { memberId: 2, amount: money(1_500_000n) },
      { memberId: 9, amount: money(1_000_000n) },
    ])
    expect(movedBy(payments)).toBe(2_500_000n)
    expect(wordsOf('RunPaid', { day: '20000', run: '1', paymentCount: '3', payments })).toBe(
      'The corrected run of day 20000 was paid: 3 payments moved €2.50 and summed to zero.',
    )
  })

  test('counts published rates by their bytes', () => {
    const given = { firstPeriod: '100', rates: `0x${'00'.repeat(6 * 96)}` }
    expect(wordsOf('EnergyRatesPublished', given)).toBe(
      'The supplier published its rates for 96 quarter-hours from #100.',
    )
  })

  test('says who closed a gate, and how an order came to the ledger', () => {
    const given = { area: '1', period: '100' }
    expect(wordsOf('GateClosed', { ...given, orderCount: '1', closedBy: '0xa' })).toBe(
      'The gate of session #100 was closed on 1 order by 0xa.',
    )
    expect(wordsOf('OrderOpened', { ...given, memberId: '3', side: '1' })).toBe(
      'member 3 opened an offer of session #100 on the ledger: it cannot be left out.',
    )
    const commitment = { ...given, memberId: '3', lane: '0' }
    expect(wordsOf('OrderCommitted', { ...commitment, commitment: '0x12' })).toContain('put a sealed order')
    expect(wordsOf('OrderCommitted', { ...commitment, commitment: `0x${'00'.repeat(32)}` })).toContain('took a sealed')
  })

  test('says what a challenge proved, about a quarter-hour or a whole day', () => {
    const given = { area: '1', day: '20000', run: '0', memberId: '3' }
    expect(wordsOf('StatementCorrected', { ...given, period: '100', delta: '-1500000', owed: '0' })).toBe(
      'A challenge proved the statement of member 3 wrong, in the initial run of #100: ' +
        'it receives €1.50 out of the operator’s bond.',
    )
    expect(wordsOf('StatementCorrected', { ...given, period: '0', delta: '1500000', owed: '0' })).toContain(
      'run of day 20000: it pays €1.50 to',
    )
    expect(wordsOf('StatementCorrected', { ...given, period: '0', delta: '-1500000', owed: '500000' })).toContain(
      'it receives €1.50 out of the operator’s bond, which still owes it €0.50.',
    )
    expect(wordsOf('CorrectionPaid', { ...given, moved: '-500000' })).toBe(
      'member 3 received €0.50 out of the operator’s bond, which corrections of the initial run of day 20000 still owed it.',
    )
    expect(wordsOf('RunWithheld', { ...given, amount: '500000' })).toBe(
      'The initial run of day 20000 is held back until the operator’s bond pays €0.50 of corrections.',
    )
    expect(wordsOf('RunWithheld', { ...given, amount: '0' })).toContain('is held back no more')
    expect(wordsOf('ChallengeRejected', { area: '1', period: '100', challenger: '4', orderDigest: '0x1' })).toBe(
      'member 4 challenged what was right, about #100: its stake went to the operator’s bond.',
    )
  })

  test('says who pays for a member that cannot, and whom it repays', () => {
    expect(wordsOf('GuaranteeFundPaid', { area: '1', memberId: '3', amount: '2000000', debt: '5000000' })).toBe(
      'The guarantee fund paid €2.00 for member 3, who now owes it €5.00.',
    )
    expect(wordsOf('DebtRepaid', { memberId: '3', toFund: '2000000', toSupplier: '0' })).toBe(
      'member 3 repaid €2.00 to the guarantee fund and €0.00 to the supplier.',
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
    expect(transactionWordsOf({ recipient: '0x1', contract: 'settlement', function: 'payRun' })).toBe('had a day paid')
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
