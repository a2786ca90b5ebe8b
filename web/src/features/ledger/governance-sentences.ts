import { countOf, formatLongDay, formatTime } from '../../lib/formats.ts'
import { type EventReader, type Sentences } from './event-reader.ts'
import { hashPhrase, sessionPhrase } from './phrases.ts'

/** The council, and pauses of trading. */
export const GOVERNANCE_SENTENCES: Sentences = {
  ProposalMade: (event) => [
    hashPhrase(event.text('proposer')),
    ` made proposal ${event.number('proposalId')} to the council, which stands until ${timeOf(event, 'expiry')}.`,
  ],
  ProposalApproved: (event) => [
    hashPhrase(event.text('member')),
    ` approved proposal ${event.number('proposalId')} of the council.`,
  ],
  ApprovalWithdrawn: (event) => [
    hashPhrase(event.text('member')),
    ` took its approval of proposal ${event.number('proposalId')} back.`,
  ],
  ProposalExecuted: (event) => [
    `Proposal ${event.number('proposalId')} of the council was executed, by `,
    hashPhrase(event.text('executor')),
    '.',
  ],
  MembersChanged: (event) => [
    'The members of the council changed: ',
    `${countOf(event.number('threshold'), 'of them decides', 'of them decide')} from now on.`,
  ],
  TradingPaused: (event) => [
    hashPhrase(event.text('by')),
    ` paused trading ${placeOf(event)} until ${timeOf(event, 'until')}.`,
  ],
  PauseExtended: (event) => [
    hashPhrase(event.text('by')),
    ` extended the pause of trading ${placeOf(event)} until ${timeOf(event, 'until')}.`,
  ],
  PauseEnded: (event) => [hashPhrase(event.text('by')), ` ended the pause of trading ${placeOf(event)}.`],
  SessionPaused: (event) => [
    'Session ',
    sessionPhrase(event.number('period')),
    ' has no orders: trading was paused when its gate closed.',
  ],
}

function placeOf(event: EventReader): string {
  const area = event.number('area')
  return area === 0 ? 'in every area' : `in area ${area}`
}

function timeOf(event: EventReader, name: string): string {
  const time = event.number(name)
  return `${formatTime(time)} on ${formatLongDay(time)}`
}
