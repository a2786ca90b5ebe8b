import { formatCount, formatDuration, countOf } from '../../lib/formats.ts'
import {
  energyPhrase,
  hashPhrase,
  memberPhrase,
  moneyPhrase,
  periodPhrase,
  pricePhrase,
  sessionPhrase,
  wordsOf,
  type Phrase,
} from './phrases.ts'

type Arguments = Readonly<Record<string, unknown>>
type LedgerEvent = { readonly contract: string; readonly name: string; readonly arguments: Arguments }

const NO_ONE = /^0x0{40}$/
const PAYMENT_BYTES = 11
const RATE_BYTES = 6
const MEMBER_KINDS = ['a household', 'the supplier', 'the DSO'] as const

/** An event of the ledger as a sentence, in the words of the glossary. */
export function eventWordsOf({ contract, name, arguments: given }: LedgerEvent): readonly Phrase[] {
  try {
    return SENTENCES[name]?.(readerOf(given)) ?? [`${upperFirst(wordsOf(contract))}: ${wordsOf(name)}.`]
  } catch {
    // An event of a later contract may carry other arguments under a name that is known here.
    return [`${upperFirst(wordsOf(contract))}: ${wordsOf(name)}.`]
  }
}

type Reader = ReturnType<typeof readerOf>

function readerOf(given: Arguments) {
  const text = (name: string): string => {
    const value = given[name]
    if (typeof value !== 'string') throw new TypeError(`the event has no ${name}`)
    return value
  }
  const integer = (name: string) => BigInt(text(name))
  return { text, integer, number: (name: string) => Number(integer(name)) }
}

const SENTENCES: Readonly<Record<string, (event: Reader) => readonly Phrase[]>> = {
  GateClosed: (event) => [
    'The gate of session ',
    sessionPhrase(event.number('period')),
    ` closed on ${countOf(event.number('orderCount'), 'order')}.`,
  ],
  SessionCleared: (event) => {
    const session = ['Session ', sessionPhrase(event.number('period'))]
    const orders = countOf(event.number('orderCount'), 'order')
    if (event.integer('volume') === 0n)
      return [...session, ` cleared without a trade: nothing crossed among ${orders}.`]
    return [
      ...session,
      ' cleared at ',
      pricePhrase(event.integer('price')),
      ': ',
      energyPhrase(event.integer('volume')),
      ` from ${orders}.`,
    ]
  },
  ReadingsCommitted: (event) => [
    'The readings of ',
    sessionPhrase(event.number('period')),
    ` were committed: ${countOf(event.number('count'), 'home')}, `,
    energyPhrase(event.integer('importTotal')),
    ' in, ',
    energyPhrase(event.integer('exportTotal')),
    ' out.',
  ],
  PeriodSettled: (event) => [
    'Period ',
    sessionPhrase(event.number('period')),
    ` was settled: ${countOf(event.number('paymentCount'), 'payment')} moved `,
    moneyPhrase(movedBy(event.text('payments'))),
    ' and summed to zero.',
  ],
  MemberRegistered: (event) => [
    memberPhrase(event.number('memberId')),
    ` joined as ${MEMBER_KINDS[event.number('kind')] ?? 'a member'}.`,
  ],
  MemberDeactivated: (event) => [
    memberPhrase(event.number('memberId')),
    ' was deactivated and may not trade any more.',
  ],
  AreaOpened: (event) => [
    `Area ${formatCount(event.number('area'))} opened, with sessions from `,
    periodPhrase(event.number('firstPeriod')),
    `; gates close ${formatDuration(event.number('gateClosureLead'))} before delivery.`,
  ],
  DefaultEnergyRatesSet: (event) => [
    'The supplier set its rates: ',
    pricePhrase(event.integer('retail')),
    ' for a shortage, ',
    pricePhrase(event.integer('feedIn')),
    ' for a surplus.',
  ],
  EnergyRatesPublished: (event) => [
    `The supplier published its rates for ${countOf(byteLengthOf(event.text('rates')) / RATE_BYTES, 'quarter-hour')} from `,
    periodPhrase(event.number('firstPeriod')),
    '.',
  ],
  GridTariffSet: (event) => [
    'The DSO set its grid tariff: ',
    pricePhrase(event.integer('grid')),
    ', or ',
    pricePhrase(event.integer('gridLocal')),
    ' for energy from inside the area.',
  ],
  Deposited: (event) => [
    memberPhrase(event.number('memberId')),
    ' deposited ',
    moneyPhrase(event.integer('amount')),
    '.',
  ],
  Withdrawn: (event) => [
    memberPhrase(event.number('memberId')),
    ' withdrew ',
    moneyPhrase(event.integer('amount')),
    '.',
  ],
  DebtCarried: (event) => [
    'The supplier paid ',
    moneyPhrase(event.integer('amount')),
    ' for ',
    memberPhrase(event.number('memberId')),
    ', who now owes it ',
    moneyPhrase(event.integer('debt')),
    '.',
  ],
  DebtRepaid: (event) => [
    memberPhrase(event.number('memberId')),
    ' repaid ',
    moneyPhrase(event.integer('amount')),
    ' to the supplier and still owes ',
    moneyPhrase(event.integer('debt')),
    '.',
  ],
  Transfer: (event) => {
    const amount = moneyPhrase(event.integer('value'))
    if (NO_ONE.test(event.text('from'))) return [amount, ' were issued to ', hashPhrase(event.text('to')), '.']
    if (NO_ONE.test(event.text('to'))) return [amount, ' of ', hashPhrase(event.text('from')), ' were redeemed.']
    return [amount, ' moved from ', hashPhrase(event.text('from')), ' to ', hashPhrase(event.text('to')), '.']
  },
  Approval: (event) => [
    hashPhrase(event.text('owner')),
    ' allowed ',
    hashPhrase(event.text('spender')),
    ' to take up to ',
    moneyPhrase(event.integer('value')),
    '.',
  ],
  RoleGranted: (event) => [hashPhrase(event.text('account')), ` was given role ${event.text('roleId')}.`],
  RoleRevoked: (event) => [hashPhrase(event.text('account')), ` lost role ${event.text('roleId')}.`],
  RoleLabel: (event) => [`Role ${event.text('roleId')} was named “${event.text('label')}”.`],
  TargetFunctionRoleUpdated: (event) => [
    'A function of ',
    hashPhrase(event.text('target')),
    ` was reserved for role ${event.text('roleId')}.`,
  ],
}

/** Micro-euro that changed hands: the sum of what is paid, which is the sum of what is received. */
export function movedBy(payments: string): bigint {
  let moved = 0n
  for (let start = 2; start < payments.length; start += PAYMENT_BYTES * 2) {
    const amount = BigInt.asIntN(64, BigInt(`0x${payments.slice(start + 6, start + PAYMENT_BYTES * 2)}`))
    if (amount > 0n) moved += amount
  }
  return moved
}

function byteLengthOf(hex: string): number {
  return (hex.length - 2) / 2
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
