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
    dayPhrase(event.number('day')),
    ` were committed: ${countOf(event.number('count'), 'member')}, `,
    moneyPhrase(event.integer('total')),
    ' to be paid.',
  ],
  RunWithheld: (event) =>
    event.integer('amount') === 0n
      ? [`The ${runOf(event)} of `, dayPhrase(event.number('day')), ' is held back no more: its corrections are paid.']
      : [
          `The ${runOf(event)} of `,
          dayPhrase(event.number('day')),
          ' is held back until the operator’s bond pays ',
          moneyPhrase(event.integer('amount')),
          ' of corrections.',
        ],
  RunPaid: (event) => [
    `The ${runOf(event)} of `,
    dayPhrase(event.number('day')),
    ` was paid: ${countOf(event.number('paymentCount'), 'payment')} moved `,
    moneyPhrase(movedBy(event.text('payments'))),
    ' and summed to zero.',
  ],
  StatementCorrected: (event) => [
    'A challenge proved the statement of ',
    memberPhrase(event.number('memberId')),
    ' wrong, in the ',
    `${runOf(event)} of `,
    ...aboutOf(event),
    ': ',
    ...correctionOf(event.integer('delta')),
    ...owedOf(event.integer('owed')),
    '.',
  ],
  CorrectionPaid: (event) => [
    memberPhrase(event.number('memberId')),
    ' received ',
    moneyPhrase(-event.integer('moved')),
    ' out of the operator’s bond, which corrections of the ',
    `${runOf(event)} of `,
    dayPhrase(event.number('day')),
    ' still owed it.',
  ],
  OrderLeftOut: (event) => [
    memberPhrase(event.number('memberId')),
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
  Corrected: (event) => [
    memberPhrase(event.number('memberId')),
    ...movedWithBond(event.integer('moved')),
    ', as a challenge proved.',
  ],
  Rewarded: (event) => [
    memberPhrase(event.number('memberId')),
    ' was rewarded with ',
    moneyPhrase(event.integer('amount')),
    ' out of the operator’s bond.',
  ],
  Fined: (event) => [
    'The operator, which was replaced, paid ',
    moneyPhrase(event.integer('amount')),
    ' out of its bond into the guarantee fund.',
  ],
  Forfeited: (event) => [
    memberPhrase(event.number('memberId')),
    ' lost ',
    moneyPhrase(event.integer('amount')),
    ' to the operator’s bond.',
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
  CreditLineSet: (event) => [
    memberPhrase(event.number('memberId')),
    ' may trade up to ',
    moneyPhrase(event.integer('amount')),
    ' beyond its deposit.',
  ],
  FundContributed: (event) => [
    hashPhrase(event.text('from')),
    ' gave ',
    moneyPhrase(event.integer('amount')),
    ' to the guarantee fund.',
  ],
  BondDeposited: (event) => [
    hashPhrase(event.text('from')),
    ' put ',
    moneyPhrase(event.integer('amount')),
    ' into the operator’s bond.',
  ],
  BondWithdrawalAnnounced: (event) => [
    'The operator announced that it will take ',
    moneyPhrase(event.integer('amount')),
    ' out of its bond.',
  ],
  BondWithdrawn: (event) => ['The operator took ', moneyPhrase(event.integer('amount')), ' out of its bond.'],
  GuaranteeFundPaid: (event) => [
    'The guarantee fund paid ',
    moneyPhrase(event.integer('amount')),
    ' for ',
    memberPhrase(event.number('memberId')),
    ', who now owes it ',
    moneyPhrase(event.integer('debt')),
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
    moneyPhrase(event.integer('toFund')),
    ' to the guarantee fund and ',
    moneyPhrase(event.integer('toSupplier')),
    ' to the supplier.',
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

function runOf(event: EventReader): string {
  return RUNS[event.number('run')] ?? `run ${event.number('run')}`
}

/** A delivery period, or the day where the event tells none. */
function aboutOf(event: EventReader): Phrase[] {
  const period = event.number('period')
  return period === 0 ? [dayPhrase(event.number('day'))] : [periodPhrase(period)]
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
