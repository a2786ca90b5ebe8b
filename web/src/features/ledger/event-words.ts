import { formatCount, formatDuration } from '../../lib/formats.ts'
import { eventReaderOf, type Sentences } from './event-reader.ts'
import { FLEX_SETTLEMENT_SENTENCES } from './flex-settlement-sentences.ts'
import { FLEXIBILITY_SENTENCES } from './flexibility-sentences.ts'
import { GOVERNANCE_SENTENCES } from './governance-sentences.ts'
import { IDENTITY_SENTENCES } from './identity-sentences.ts'
import { MARKET_SENTENCES } from './market-sentences.ts'
import { MONEY_SENTENCES } from './money-sentences.ts'
import { energyPhrase, hashPhrase, memberPhrase, periodPhrase, wordsOf, type Phrase } from './phrases.ts'

type LedgerEvent = {
  readonly contract: string
  readonly name: string
  readonly arguments: Readonly<Record<string, unknown>>
}

const MEMBER_KINDS = [
  'a household',
  'the supplier',
  'the DSO',
  'the tax authority',
  'the platform operator',
  'an aggregator',
  'the TSO',
] as const
const SIDES = ['nothing', 'bids', 'offers', 'bids and offers'] as const

/** An event of the ledger as a sentence, in the words of the glossary. */
export function eventWordsOf({ contract, name, arguments: given }: LedgerEvent): readonly Phrase[] {
  try {
    return (
      (SENTENCES[`${contract}.${name}`] ?? SENTENCES[name])?.(eventReaderOf(given)) ?? [
        `${upperFirst(wordsOf(contract))}: ${wordsOf(name)}.`,
      ]
    )
  } catch {
    // An event of a later contract may carry other arguments under a name that is known here.
    return [`${upperFirst(wordsOf(contract))}: ${wordsOf(name)}.`]
  }
}

const SENTENCES: Sentences = {
  ...MARKET_SENTENCES,
  ...MONEY_SENTENCES,
  ...GOVERNANCE_SENTENCES,
  ...IDENTITY_SENTENCES,
  ...FLEXIBILITY_SENTENCES,
  ...FLEX_SETTLEMENT_SENTENCES,
  MemberRegistered: (event) => [
    memberPhrase(event.number('memberId')),
    ` joined as ${MEMBER_KINDS[event.number('kind')] ?? 'a member'}.`,
  ],
  MemberDeactivated: (event) => [
    memberPhrase(event.number('memberId')),
    ' was deactivated and may not trade any more.',
  ],
  TradingDelegated: (event) => [
    memberPhrase(event.number('memberId')),
    ' lets ',
    hashPhrase(event.text('key')),
    ` sign its ${SIDES[event.number('sides')] ?? 'orders'}, up to `,
    energyPhrase(event.integer('quantityLimit')),
    ' each.',
  ],
  DelegationRevoked: (event) => [
    hashPhrase(event.text('key')),
    ' signs no more orders for ',
    memberPhrase(event.number('memberId')),
    '.',
  ],
  AreaOpened: (event) => [
    `Area ${formatCount(event.number('area'))} opened, with sessions from `,
    periodPhrase(event.number('firstPeriod')),
    `; gates close ${formatDuration(event.number('gateClosureLead'))} before delivery.`,
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

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
