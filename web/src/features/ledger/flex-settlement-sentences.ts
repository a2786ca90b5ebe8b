import { countOf, formatCount } from '../../lib/formats.ts'
import type { EventReader, Sentences } from './event-reader.ts'
import { movedBy } from './money-sentences.ts'
import {
  dayPhrase,
  energyPhrase,
  memberPhrase,
  moneyPhrase,
  periodPhrase,
  powerPhrase,
  type Phrase,
} from './phrases.ts'

/** What flexibility came to on a day, its payments, and challenges of it. */
export const FLEX_SETTLEMENT_SENTENCES: Sentences = {
  FlexStatementsCommitted: (event) => [
    'What flexibility came to on ',
    dayOf(event),
    ` was committed: ${countOf(event.number('count'), 'statement')}, `,
    moneyPhrase(event.integer('total')),
    ' to be paid.',
  ],
  DeliverySettled: (event) => [
    `Of flex order ${formatCount(event.number('orderId'))} `,
    energyPhrase(event.integer('delivered')),
    ' were delivered in ',
    periodOf(event),
    ', of ',
    energyPhrase(event.integer('served')),
    ' that were called: ',
    moneyPhrase(event.integer('payment')),
    ...fineOf(event.integer('penalty')),
    '.',
  ],
  AvailabilitySettled: (event) => [
    `Reserve ${formatCount(event.number('reservationId'))} had `,
    powerPhrase(event.integer('available')),
    ' ready in ',
    periodOf(event),
    ': ',
    moneyPhrase(event.integer('payment')),
    '.',
  ],
  FlexRunVoided: (event) => [
    'What was committed of flexibility on ',
    dayOf(event),
    ' is void, as a challenge proved it wrong: it is drawn up anew.',
  ],
  FlexRunPaid: (event) => [
    'Flexibility on ',
    dayOf(event),
    ` was paid: ${countOf(event.number('paymentCount'), 'payment')} moved `,
    moneyPhrase(movedBy(event.text('payments'))),
    ' and summed to zero.',
  ],
  PledgesReleased: (event) => ['What aggregators had pledged for ', dayOf(event), ' is free again.'],
  FlexChallengeUpheld: (event) => [
    memberPhrase(event.number('challenger')),
    ' proved a statement of flexibility wrong, ',
    ...aboutOf(event),
    ': it was rewarded out of the operator’s bond.',
  ],
  FlexChallengeRejected: (event) => [
    memberPhrase(event.number('challenger')),
    ' challenged flexibility that was settled right, ',
    ...aboutOf(event),
    ': its stake went to the operator’s bond.',
  ],
}

const dayOf = (event: EventReader) => dayPhrase(event.number('day'))
const periodOf = (event: EventReader) => periodPhrase(event.number('period'))

function fineOf(penalty: bigint): Phrase[] {
  return penalty === 0n ? [] : [', less a penalty of ', moneyPhrase(penalty)]
}

/** Whose it was, and of which order and quarter-hour where the event tells one; else of the day. */
function aboutOf(event: EventReader): Phrase[] {
  const [order, period] = [event.number('orderId'), event.number('period')]
  return [
    'of ',
    memberPhrase(event.number('memberId')),
    ...(order === 0 ? [] : [`, flex order ${formatCount(order)}`]),
    ...(period === 0 ? [', on ', dayOf(event)] : [', in ', periodOf(event)]),
  ]
}
