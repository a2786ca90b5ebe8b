import { countOf } from '../../lib/formats.ts'
import type { EventReader, Sentences } from './event-reader.ts'
import {
  dayPhrase,
  hashPhrase,
  memberPhrase,
  moneyPhrase,
  periodPhrase,
  sessionPhrase,
  type Phrase,
} from './phrases.ts'

const PAYMENT_BYTES = 11
const NO_ONE = /^0x0{40}$/
const RUNS = ['initial run', 'corrected run', 'final run'] as const

/** Settlement runs, challenges, accounts, guarantee fund, bond and currency. */
export const MONEY_SENTENCES: Sentences = {
  StatementsCommitted: (event) => [
    `The statements of the ${runOf(event)} of `,
    dayOf(event),
    ` were committed: ${countOf(event.number('count'), 'member')}, `,
    moneyPhrase(event.integer('total')),
    ' to be paid.',
  ],
  RunWithheld: (event) =>
    event.integer('amount') === 0n
      ? [`The ${runOf(event)} of `, dayOf(event), ' is held back no more: its corrections are paid.']
      : [
          `The ${runOf(event)} of `,
          dayOf(event),
          ' is held back until the operator’s bond pays ',
          amountOf(event),
          ' of corrections.',
        ],
  RunPaid: (event) => [
    `The ${runOf(event)} of `,
    dayOf(event),
    ` was paid: ${countOf(event.number('paymentCount'), 'payment')} moved `,
    moneyPhrase(movedBy(event.text('payments'))),
    ' and summed to zero.',
  ],
  StatementCorrected: (event) => [
    'A challenge proved the statement of ',
    memberOf(event),
    ' wrong, in the ',
    `${runOf(event)} of `,
    ...aboutOf(event),
    ': ',
    ...correctionOf(event.integer('delta')),
    ...owedOf(event.integer('owed')),
    '.',
  ],
  CorrectionPaid: (event) => [
    memberOf(event),
    ' received ',
    moneyPhrase(-event.integer('moved')),
    ' out of the operator’s bond, which corrections of the ',
    `${runOf(event)} of `,
    dayOf(event),
    ' still owed it.',
  ],
  OrderLeftOut: (event) => [
    memberOf(event),
    ' proved that its order was left out of session ',
    sessionPhrase(event.number('period')),
    ', which its receipt had promised: the operator’s bond pays.',
  ],
  ChallengeRejected: (event) => [
    memberPhrase(event.number('challenger')),
    ' challenged what was right, about ',
    ...aboutOf(event),
    ': its stake went to the operator’s bond.',
  ],
  Corrected: (event) => [memberOf(event), ...movedWithBond(event.integer('moved')), ', as a challenge proved.'],
  Rewarded: (event) => [memberOf(event), ' was rewarded with ', amountOf(event), ' out of the operator’s bond.'],
  Fined: (event) => [
    'The operator, which was replaced, paid ',
    amountOf(event),
    ' out of its bond into the guarantee fund.',
  ],
  Forfeited: (event) => [memberOf(event), ' lost ', amountOf(event), ' to the operator’s bond.'],
  Deposited: (event) => [memberOf(event), ' deposited ', amountOf(event), '.'],
  Withdrawn: (event) => [memberOf(event), ' withdrew ', amountOf(event), '.'],
  Pledged: (event) => [
    memberOf(event),
    ' has pledged ',
    moneyPhrase(event.integer('pledged')),
    ' in all for flexibility that it may fail to deliver.',
  ],
  CreditLineSet: (event) => [memberOf(event), ' may trade up to ', amountOf(event), ' beyond its deposit.'],
  FundContributed: (event) => [hashPhrase(event.text('from')), ' gave ', amountOf(event), ' to the guarantee fund.'],
  BondDeposited: (event) => [hashPhrase(event.text('from')), ' put ', amountOf(event), ' into the operator’s bond.'],
  BondWithdrawalAnnounced: (event) => [
    'The operator announced that it will take ',
    amountOf(event),
    ' out of its bond.',
  ],
  BondWithdrawn: (event) => ['The operator took ', amountOf(event), ' out of its bond.'],
  GuaranteeFundPaid: (event) => [
    'The guarantee fund paid ',
    amountOf(event),
    ' for ',
    memberOf(event),
    ', who now owes it ',
    moneyPhrase(event.integer('debt')),
    '.',
  ],
  DebtCarried: (event) => [
    memberPhrase(event.number('supplier')),
    ' paid ',
    amountOf(event),
    ' for ',
    memberOf(event),
    ', who now owes it ',
    moneyPhrase(event.integer('debt')),
    '.',
  ],
  DebtRepaid: (event) => [
    memberOf(event),
    ' repaid ',
    moneyPhrase(event.integer('toFund')),
    ' to the guarantee fund and ',
    moneyPhrase(event.integer('toSupplier')),
    ' to whoever carried its debt.',
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

const memberOf = (event: EventReader) => memberPhrase(event.number('memberId'))
const amountOf = (event: EventReader) => moneyPhrase(event.integer('amount'))
const dayOf = (event: EventReader) => dayPhrase(event.number('day'))

function runOf(event: EventReader): string {
  return RUNS[event.number('run')] ?? `run ${event.number('run')}`
}

/** A delivery period, or the day where the event tells none. */
function aboutOf(event: EventReader): Phrase[] {
  const period = event.number('period')
  return period === 0 ? [dayOf(event)] : [periodPhrase(period)]
}

function correctionOf(delta: bigint): Phrase[] {
  if (delta === 0n) return ['nothing moved at once']
  if (delta < 0n) return ['it receives ', moneyPhrase(-delta), ' out of the operator’s bond']
  return ['it pays ', moneyPhrase(delta), ' to the operator’s bond']
}

function owedOf(owed: bigint): Phrase[] {
  return owed === 0n ? [] : [', which still owes it ', moneyPhrase(owed)]
}

function movedWithBond(moved: bigint): Phrase[] {
  if (moved < 0n) return [' received ', moneyPhrase(-moved), ' out of the operator’s bond']
  return [' paid ', moneyPhrase(moved), ' to the operator’s bond']
}
