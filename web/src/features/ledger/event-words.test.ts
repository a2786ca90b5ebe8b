import { describe, expect, test } from 'vitest'
import { encodePayments } from '../../../../services/domain/settlement/payment.ts'
import { money } from '../../../../services/domain/units.ts'
import { formatEnergy, formatMoney, formatPower, formatPrice } from '../../lib/formats.ts'
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
    case 'power':
      return `${formatPower(phrase.value)} kW`
    case 'price':
      return `${formatPrice(phrase.value)} /kWh`
    case 'money':
      return formatMoney(phrase.value)
    case 'hash':
      return phrase.value
    case 'time':
      return `time ${phrase.at}`
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
    expect(wordsOf('OrderOpened', { ...given, trader: '3', side: '1' })).toBe(
      'Trader 3 opened an offer of session #100 on the ledger: it cannot be left out.',
    )
    const commitment = { ...given, trader: '3', lane: '0' }
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
      'member 3 repaid €2.00 to the guarantee fund and €0.00 to whoever carried its debt.',
    )
  })

  test('says who carries a debt, which is the supplier of a household and the DSO of an aggregator', () => {
    expect(wordsOf('DebtCarried', { memberId: '9', supplier: '7', amount: '2000000', debt: '5000000' })).toBe(
      'member 7 paid €2.00 for member 9, who now owes it €5.00.',
    )
    expect(wordsOf('MemberRegistered', { memberId: '9', kind: '5' })).toBe('member 9 joined as an aggregator.')
    expect(wordsOf('MemberRegistered', { memberId: '10', kind: '6' })).toBe('member 10 joined as the TSO.')
  })

  test('says what is asked for of flexibility, ordered and delivered', () => {
    const request = { requestId: '4', pointId: '1', productId: '2', priceCap: '500000', expiresAt: '2000000000' }
    expect(wordsOf('FlexRequested', { ...request, periods: `0x${'00'.repeat(26)}` })).toBe(
      'Flex request 4 asks for flexibility at congestion point 1, for product 2, in 2 quarter-hours, ' +
        'for €0.5000 /kWh at most; offers are taken until time 2000000000.',
    )
    const order = { orderId: '6', portfolioId: '3', productId: '2', price: '1500000', pledge: '200000' }
    expect(wordsOf('FlexOrdered', { ...order, isTest: false, periods: `0x${'00'.repeat(8)}` })).toBe(
      'Flex order 6 calls portfolio 3, for product 2, in 1 quarter-hour, for €1.50; the aggregator pledged €0.20.',
    )
    expect(wordsOf('FlexOrdered', { ...order, isTest: true, periods: '0x' })).toContain('order 6, a test, calls')
    const settled = { orderId: '6', period: '100', served: '2000', delivered: '1500', payment: '300000' }
    expect(wordsOf('DeliverySettled', { ...settled, penalty: '50000' })).toBe(
      'Of flex order 6 1.500 kWh were delivered in #100, of 2.000 kWh that were called: €0.30, less a penalty of €0.05.',
    )
    expect(wordsOf('DeliverySettled', { ...settled, penalty: '0' })).toMatch(/€0.30\.$/)
  })

  test('says whose flexibility was challenged, of an order or of a whole day', () => {
    const given = { area: '1', day: '20000', memberId: '3', challenger: '4' }
    expect(wordsOf('FlexChallengeUpheld', { ...given, orderId: '6', period: '100' })).toBe(
      'member 4 proved a statement of flexibility wrong, of member 3, flex order 6, in #100: ' +
        'it was rewarded out of the operator’s bond.',
    )
    expect(wordsOf('FlexChallengeRejected', { ...given, orderId: '0', period: '0' })).toBe(
      'member 4 challenged flexibility that was settled right, of member 3, on day 20000: ' +
        'its stake went to the operator’s bond.',
    )
  })

  test('says how far the clocks of an area are from UTC', () => {
    const given = { area: '1', from: '100' }
    expect(wordsOf('UtcOffsetSet', { ...given, quarters: '8' })).toBe(
      'Clocks in area 1 are 2 hours ahead of UTC from #100 on.',
    )
    expect(wordsOf('UtcOffsetSet', { ...given, quarters: '-4' })).toContain('1 hour behind UTC')
  })

  test('tells money that is issued from money that moves', () => {
    const nobody = `0x${'0'.repeat(40)}`
    expect(wordsOf('Transfer', { from: nobody, to: '0xb', value: '5000000' })).toBe('€5.00 were issued to 0xb.')
    expect(wordsOf('Transfer', { from: '0xa', to: '0xb', value: '5000000' })).toBe('€5.00 moved from 0xa to 0xb.')
  })

  test('says who may issue which credentials, and where', () => {
    const given = { issuer: '0xa', role: '10', area: '0', accreditation: '1' }
    expect(wordsOf('AccreditationChanged', given)).toBe('0xa may issue credentials as market operator in every area.')
    expect(wordsOf('AccreditationChanged', { ...given, role: '7', area: '3', accreditation: '2' })).toBe(
      '0xa may not issue credentials as DSO in area 3 for the time being.',
    )
    expect(wordsOf('AccreditationChanged', { ...given, accreditation: '0' })).toContain('in every area any more.')
  })

  test('says who vouched for whom, and what became of it', () => {
    const issued = {
      credentialId: '0xc',
      issuer: '0xa',
      subject: '0xb',
      role: '18',
      area: '1',
      validUntil: '2000000000',
    }
    expect(wordsOf('CredentialIssued', issued)).toBe(
      '0xa vouched for 0xb as meter in area 1, until time 2000000000: credential 0xc.',
    )
    const changed = { credentialId: '0xc', by: '0xa' }
    expect(wordsOf('CredentialStatusChanged', { ...changed, status: '1' })).toBe(
      'Credential 0xc was reinstated by 0xa.',
    )
    expect(wordsOf('CredentialStatusChanged', { ...changed, status: '2' })).toContain('was suspended by')
    expect(wordsOf('CredentialStatusChanged', { ...changed, status: '3' })).toContain('was revoked by')
  })

  test('says what credentials let a household do, and which key took the place of another', () => {
    const given = { memberId: '3', isStanding: true, sides: '1', tradesUntil: '2000000000' }
    expect(wordsOf('MemberStandingChanged', given)).toBe('member 3 holds the credentials to buy until time 2000000000.')
    expect(wordsOf('MemberStandingChanged', { ...given, sides: '3' })).toContain('to buy and sell until')
    expect(wordsOf('MemberStandingChanged', { ...given, sides: '0', tradesUntil: '0' })).toBe(
      'member 3 lost credentials that trading asks for, and trades no more.',
    )
    expect(wordsOf('TradingKeyReplaced', { memberId: '3', former: '0xa', key: '0xb' })).toBe(
      'member 3 replaced its trading key 0xa by 0xb.',
    )
  })

  test('says who owns an identity, who acts for it, and what it says of itself', () => {
    expect(wordsOf('DIDOwnerChanged', { identity: '0xa', owner: '0xb' })).toBe('Identity 0xa is owned by 0xb now.')
    expect(wordsOf('DIDOwnerChanged', { identity: '0xa', owner: `0x${'00'.repeat(20)}` })).toContain('deactivated')
    const delegate = { identity: '0xa', delegateType: bytes32Of('sigAuth'), delegate: '0xb', validTo: '2000000000' }
    expect(wordsOf('DIDDelegateChanged', delegate)).toBe(
      '0xb is a delegate of identity 0xa for “sigAuth” until time 2000000000.',
    )
    expect(wordsOf('DIDDelegateChanged', { ...delegate, validTo: '0' })).toBe(
      '0xb is a delegate of identity 0xa for “sigAuth” no more.',
    )
    const attribute = { identity: '0xa', name: bytes32Of('did/svc/MarketApi'), validTo: '2000000000' }
    expect(wordsOf('DIDAttributeChanged', attribute)).toBe(
      'Identity 0xa has the attribute “did/svc/MarketApi” until time 2000000000.',
    )
    expect(wordsOf('DIDAttributeChanged', { ...attribute, validTo: '0' })).toContain('took back its attribute')
  })

  test('shows as bytes what nobody can read', () => {
    const given = { identity: '0xa', validTo: '0' }
    // A mark that turns the text after it around.
    const name = `0x${'e280ae'.padEnd(64, '0')}`
    expect(wordsOf('DIDAttributeChanged', { ...given, name })).toBe(`Identity 0xa took back its attribute ${name}.`)
  })

  test('says how an identity comes to a new owner', () => {
    const plan = { identity: '0xa', guardians: ['0x1', '0x2'], threshold: '2', isManagerBarred: true }
    expect(wordsOf('PlanChosen', plan)).toBe(
      'Identity 0xa chose 2 guardians, of whom 2 together give it a new owner, and that no community manager proposes one.',
    )
    expect(wordsOf('PlanChosen', { ...plan, guardians: [], isManagerBarred: false })).toBe(
      'Identity 0xa chose that no guardians give it a new owner.',
    )
    const proposed = { identity: '0xa', manager: '0xc', newOwner: '0xb', executableFrom: '2000000000' }
    expect(wordsOf('RecoveryProposed', proposed)).toBe(
      'Community manager 0xc proposed 0xb as the new owner of identity 0xa, ' +
        'which the present one can refuse until time 2000000000.',
    )
    expect(wordsOf('RecoveryApproved', { identity: '0xa', guardian: '0x1', newOwner: '0xb' })).toBe(
      'Guardian 0x1 approved of 0xb as the new owner of identity 0xa.',
    )
    expect(wordsOf('RecoveryRefused', { identity: '0xa', manager: '0xc' })).toContain(
      'refused what community manager 0xc proposed',
    )
    expect(wordsOf('OwnerRecovered', { identity: '0xa', manager: '0xc', newOwner: '0xb' })).toMatch(
      /^Community manager 0xc/,
    )
    expect(wordsOf('OwnerRecovered', { identity: '0xa', manager: `0x${'00'.repeat(20)}`, newOwner: '0xb' })).toBe(
      'Guardians gave identity 0xa the owner 0xb, in place of one whose key is lost.',
    )
  })

  test('says who acts in whose place, and tells it from keys that trade for members', () => {
    const given = { delegationId: '5', identity: '0xa', delegate: '0xb', purpose: '0', area: '1', deviceCount: '12' }
    expect(wordsOf('Delegated', { ...given, validUntil: '2000000000' }, 'delegations')).toBe(
      '0xa lets 0xb commit the readings of 12 meters in area 1 until time 2000000000: delegation 5.',
    )
    expect(wordsOf('DelegationRevoked', { delegationId: '5', by: '0xb' }, 'delegations')).toBe(
      'Delegation 5 was revoked by 0xb.',
    )
    expect(wordsOf('DelegationRevoked', { memberId: '3', key: '0xb' }, 'memberRegistry')).toBe(
      '0xb signs no more orders for member 3.',
    )
    expect(wordsOf('DelegationUsed', { delegationId: '5', by: '0xc' }, 'delegations')).toContain('By delegation 5')
  })

  test('tells passkeys from secure elements', () => {
    const given = { account: '0xa', relyingParty: '0x12' }
    expect(wordsOf('PasskeyAccountCreated', given)).toBe('Account 0xa of a passkey was made.')
    expect(wordsOf('PasskeyAccountCreated', { ...given, relyingParty: '0x00' })).toContain('secure element')
  })

  test('only names an event with a time that is none', () => {
    const given = { memberId: '3', isStanding: true, sides: '3', tradesUntil: String(2n ** 200n) }
    expect(wordsOf('MemberStandingChanged', given, 'memberRegistry')).toBe('Member registry: member standing changed.')
  })

  test('names an event that it does not know, or whose arguments it does not understand', () => {
    expect(wordsOf('TargetAdminDelayUpdated', {}, 'accessManager')).toBe('Access manager: target admin delay updated.')
    expect(wordsOf('GateClosed', { period: 100 })).toBe('Call auction: gate closed.')
  })
})

/** Text in 32 bytes, padded with zeros. */
function bytes32Of(text: string): string {
  return `0x${Buffer.from(text).toString('hex').padEnd(64, '0')}`
}

describe('transactionWordsOf', () => {
  test('says what was called', () => {
    expect(transactionWordsOf({ recipient: '0x1', contract: 'settlement', function: 'payRun' })).toBe('had a day paid')
    expect(transactionWordsOf({ recipient: '0x1', contract: 'flexSettlement', function: 'payRun' })).toContain('flexib')
    expect(transactionWordsOf({ recipient: '0x1', contract: 'flexReservations', function: 'withdraw' })).toContain(
      'reserve',
    )
    expect(transactionWordsOf({ recipient: '0x1', contract: 'recovery', function: 'approve' })).toContain('new owner')
    expect(transactionWordsOf({ recipient: '0x1', contract: 'settlementCurrency', function: 'approve' })).toBe(
      'allowed a deposit',
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
