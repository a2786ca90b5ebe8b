import { countOf, formatCount } from '../../lib/formats.ts'
import { byteLengthOf, type EventReader, type Sentences } from './event-reader.ts'
import {
  dayPhrase,
  energyPhrase,
  hashPhrase,
  memberPhrase,
  moneyPhrase,
  periodPhrase,
  powerPhrase,
  pricePhrase,
  timePhrase,
  type Phrase,
} from './phrases.ts'

const [REQUESTED_BYTES, ORDERED_BYTES, WINDOW_BYTES, RELEASE_BYTES] = [13, 8, 12, 8]
/** Effects are in millionths. */
const PERCENT_PPM = 10_000

/** What can be congested, products, portfolios, reserves, requests, offers and orders of flexibility. */
export const FLEXIBILITY_SENTENCES: Sentences = {
  PointRegistered: (event) => [
    `${pointOf(event)} was registered as “${event.text('entityAddress')}”: it carries `,
    ...capacityOf(event),
    '.',
  ],
  CapacityChanged: (event) => [`${pointOf(event)} carries `, ...capacityOf(event), ' now.'],
  LimitSet: (event) => [
    `${pointOf(event)} carries `,
    ...capacityOf(event),
    ' from ',
    periodPhrase(event.number('firstPeriod')),
    ' to ',
    periodPhrase(event.number('lastPeriod')),
    '.',
  ],
  LimitRemoved: (event) => [
    `Limit ${formatCount(event.number('number'))} of `,
    `${lowerFirst(pointOf(event))} was taken away.`,
  ],
  ConnectionSet: (event) => [
    'Connection point ',
    hashPhrase(event.text('connectionPoint')),
    ` is behind ${lowerFirst(pointOf(event))}, where ${effectOf(event)} of its power is felt.`,
  ],
  ConnectionRemoved: (event) => [
    'Connection point ',
    hashPhrase(event.text('connectionPoint')),
    ` is behind ${lowerFirst(pointOf(event))} no more.`,
  ],
  ProductDefined: (event) => [
    hashPhrase(event.text('buyer')),
    ` defined flexibility product ${formatCount(event.number('productId'))}, “${event.text('name')}”, and may buy by it.`,
  ],
  ProductRetired: (event) => [
    `Flexibility product ${formatCount(event.number('productId'))} was retired: `,
    'nothing new is requested by it.',
  ],
  PortfolioOpened: (event) => [
    memberPhrase(event.number('aggregator')),
    ` opened portfolio ${formatCount(event.number('portfolioId'))}, “${event.text('name')}”, `,
    `and keeps ${formatTenths(event.number('feePermille'))} % of what is paid for delivery.`,
  ],
  MemberJoined: (event) => [
    memberPhrase(event.number('memberId')),
    ` joined ${portfolioOf(event)}, with its flexibility for ${productOf(event)}, until `,
    timePhrase(event.number('until')),
    '.',
  ],
  MemberLeft: (event) => [
    memberPhrase(event.number('memberId')),
    ` left ${portfolioOf(event)} for ${productOf(event)}.`,
  ],
  PrequalificationRequested: (event) => [
    `${upperFirst(portfolioOf(event))} asked to be prequalified with `,
    powerPhrase(event.integer('power')),
    ` for ${productOf(event)} at ${lowerFirst(pointOf(event))}.`,
  ],
  Prequalified: (event) => [
    `${upperFirst(portfolioOf(event))} is prequalified with `,
    powerPhrase(event.integer('power')),
    ` for ${productOf(event)} at ${lowerFirst(pointOf(event))}, where ${effectOf(event)} of it is felt, until `,
    timePhrase(event.number('until')),
    '.',
  ],
  PrequalificationRejected: (event) => [
    `${upperFirst(portfolioOf(event))} is not prequalified for ${productOf(event)} at ${lowerFirst(pointOf(event))}: `,
    `“${event.text('reason')}”.`,
  ],
  ReservationProposed: (event) => [
    `${reserveOf(event)} was proposed to ${portfolioOf(event)}, for ${productOf(event)}: `,
    `${countOf(recordsOf(event, 'windows', WINDOW_BYTES), 'window')}, and `,
    pricePhrase(event.integer('utilisationPrice')),
    ' for what is ordered of it.',
  ],
  ReservationAgreed: (event) => [`${reserveOf(event)} was agreed: `, 'its power is kept ready.'],
  ReservationWithdrawn: (event) => [
    `The proposal of ${lowerFirst(reserveOf(event))} was withdrawn by `,
    hashPhrase(event.text('by')),
    '.',
  ],
  ReservationReleased: (event) => [
    `Of ${lowerFirst(reserveOf(event))} the buyer released power in `,
    `${countOf(recordsOf(event, 'releases', RELEASE_BYTES), 'quarter-hour')}.`,
  ],
  FlexRequested: (event) => [
    `${requestOf(event)} asks for flexibility at ${lowerFirst(pointOf(event))}, for ${productOf(event)}, in `,
    `${countOf(recordsOf(event, 'periods', REQUESTED_BYTES), 'quarter-hour')}, for `,
    pricePhrase(event.integer('priceCap')),
    ' at most; offers are taken until ',
    timePhrase(event.number('expiresAt')),
    '.',
  ],
  RequestCancelled: (event) => [`${requestOf(event)} was cancelled: `, 'its offers bind nobody.'],
  OfferSealed: (event) => [
    `${upperFirst(portfolioOf(event))} put ${offerOf(event)} for ${lowerFirst(requestOf(event))} on the ledger, sealed: `,
    hashPhrase(event.text('commitment')),
    '.',
  ],
  OfferOpened: (event) => [
    `${upperFirst(offerOf(event))} for ${lowerFirst(requestOf(event))} was opened: `,
    'everybody can see it.',
  ],
  OfferRevoked: (event) => [
    `${upperFirst(offerOf(event))} for ${lowerFirst(requestOf(event))} was revoked: `,
    'it cannot be ordered any more.',
  ],
  SeedDrawn: (event) => [
    `What decides between equal offers for ${lowerFirst(requestOf(event))} was drawn: `,
    hashPhrase(event.text('seed')),
    '.',
  ],
  FlexOrdered: (event) => [
    `${orderOf(event)}${event.flag('isTest') ? ', a test,' : ''} calls ${portfolioOf(event)}, for ${productOf(event)}, in `,
    `${countOf(recordsOf(event, 'periods', ORDERED_BYTES), 'quarter-hour')}, for `,
    moneyPhrase(event.integer('price')),
    '; the aggregator pledged ',
    moneyPhrase(event.integer('pledge')),
    '.',
  ],
  CallDisplaced: (event) => [
    `Of what ${lowerFirst(orderOf(event))} calls in `,
    periodPhrase(event.number('period')),
    ', other services that come first leave ',
    powerPhrase(event.integer('served')),
    '.',
  ],
  OrderAnnulled: (event) => [
    `${orderOf(event)} crossed with a revocation of its offer: `,
    'the revocation wins, and the order binds nobody.',
  ],
  OrderCancelled: (event) => [
    `The buyer cancelled ${lowerFirst(orderOf(event))}: `,
    'it pays the whole price, and nobody is fined.',
  ],
  PledgeReleased: (event) => [
    `${orderOf(event)} holds `,
    moneyPhrase(event.integer('pledge')),
    ' of its aggregator no more.',
  ],
  BaselineNominated: (event) => [
    `${upperFirst(portfolioOf(event))} said before `,
    dayPhrase(event.number('day')),
    ` what its members would take and give without ${productOf(event)}: `,
    energyPhrase(event.integer('importTotal')),
    ' in, ',
    energyPhrase(event.integer('exportTotal')),
    ' out.',
  ],
  UtcOffsetSet: (event) => [
    `Clocks in area ${formatCount(event.number('area'))} are ${hoursFromUtc(event.number('quarters'))} from `,
    periodPhrase(event.number('from')),
    ' on.',
  ],
  HolidaysSet: (event) => [
    `Area ${formatCount(event.number('area'))} has `,
    `${countOf(event.list('localDays').length, 'more public holiday', 'more public holidays')}.`,
  ],
}

const pointOf = (event: EventReader) => `Congestion point ${formatCount(event.number('pointId'))}`
const portfolioOf = (event: EventReader) => `portfolio ${formatCount(event.number('portfolioId'))}`
const productOf = (event: EventReader) => `product ${formatCount(event.number('productId'))}`
const requestOf = (event: EventReader) => `Flex request ${formatCount(event.number('requestId'))}`
const offerOf = (event: EventReader) => `flex offer ${formatCount(event.number('offerId'))}`
const orderOf = (event: EventReader) => `Flex order ${formatCount(event.number('orderId'))}`
const reserveOf = (event: EventReader) => `Reserve ${formatCount(event.number('reservationId'))}`

function capacityOf(event: EventReader): Phrase[] {
  return [
    powerPhrase(event.integer('consumption')),
    ' of consumption and ',
    powerPhrase(event.integer('feedIn')),
    ' of feed-in',
  ]
}

function effectOf(event: EventReader): string {
  return `${formatCount(Math.round(event.number('effect') / PERCENT_PPM))} %`
}

function recordsOf(event: EventReader, name: string, bytes: number): number {
  return byteLengthOf(event.text(name)) / bytes
}

function formatTenths(permille: number): string {
  return String(permille / 10)
}

function hoursFromUtc(quarters: number): string {
  if (quarters === 0) return 'those of UTC'
  return `${countOf(Math.abs(quarters) / 4, 'hour')} ${quarters > 0 ? 'ahead of' : 'behind'} UTC`
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
