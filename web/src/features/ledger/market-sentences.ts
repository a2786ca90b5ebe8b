import { countOf } from '../../lib/formats.ts'
import { byteLengthOf, type Sentences } from './event-reader.ts'
import {
  dayPhrase,
  energyPhrase,
  hashPhrase,
  memberPhrase,
  periodPhrase,
  pricePhrase,
  sessionPhrase,
} from './phrases.ts'

const FILL_BYTES = 7
const SIDES = ['a bid', 'an offer'] as const
const RATE_BYTES = 6

/** Trading days, orders on the ledger, gate closure, clearing and readings. */
export const MARKET_SENTENCES: Sentences = {
  KeysPublished: (event) => [
    `The trading keys of `,
    dayPhrase(event.number('day')),
    ` were published: ${countOf(event.number('entryCount'), 'key')} on page ${event.number('page') + 1}.`,
  ],
  KeysSealed: (event) => [
    `In area ${event.number('area')} members trade under numbers and keys of the day from now on`,
    ': the market operator and the member alone know whose they are.',
  ],
  PageSealed: (event) => [
    `Page ${event.number('page') + 1} of the trading keys of `,
    dayPhrase(event.number('day')),
    ' is under numbers drawn for the day.',
  ],
  TraderRevealed: (event) => [
    `Trader ${event.number('trader')} of `,
    dayPhrase(event.number('day')),
    ' is revealed to be ',
    memberPhrase(event.number('memberId')),
    '.',
  ],
  DayReleased: (event) => [
    'What ',
    dayPhrase(event.number('day')),
    ' had locked of the members’ deposits is free again.',
  ],
  OrderCommitted: (event) => [
    `Trader ${event.number('trader')}`,
    /^0x0*$/.test(event.text('commitment'))
      ? ' took a sealed order back from session '
      : ' put a sealed order on the ledger for session ',
    sessionPhrase(event.number('period')),
    '.',
  ],
  OrderOpened: (event) => [
    `Trader ${event.number('trader')}`,
    ` opened ${SIDES[event.number('side')] ?? 'an order'} of session `,
    sessionPhrase(event.number('period')),
    ' on the ledger: it cannot be left out.',
  ],
  GateClosed: (event) => [
    'The gate of session ',
    sessionPhrase(event.number('period')),
    ` was closed on ${countOf(event.number('orderCount'), 'order')} by `,
    hashPhrase(event.text('closedBy')),
    '.',
  ],
  OrdersCleared: (event) => [
    `Part ${event.number('chunk') + 1} of the orders of session `,
    sessionPhrase(event.number('period')),
    ` was checked: ${countOf(byteLengthOf(event.text('fills')) / FILL_BYTES, 'order gets', 'orders get')} something.`,
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
    event.integer('version') === 0n ? 'The readings of ' : 'The corrected readings of ',
    sessionPhrase(event.number('period')),
    ` were committed: ${countOf(event.number('count'), 'home')}, `,
    energyPhrase(event.integer('importTotal')),
    ' in, ',
    energyPhrase(event.integer('exportTotal')),
    ' out.',
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
  GridRatesPublished: (event) => [
    `The DSO published its grid tariff for ${countOf(byteLengthOf(event.text('rates')) / RATE_BYTES, 'quarter-hour')} from `,
    periodPhrase(event.number('firstPeriod')),
    '.',
  ],
  LevySet: (event) => ['The levies on energy taken were set to ', pricePhrase(event.integer('levy')), '.'],
  PlatformFeeSet: (event) => [
    'The platform’s fee on energy bought was set to ',
    pricePhrase(event.integer('platformFee')),
    '.',
  ],
}
