import { roleWordsOf } from '../../../../services/domain/identity/role-words.ts'
import { countOf, formatCount } from '../../lib/formats.ts'
import type { EventReader, Sentences } from './event-reader.ts'
import { hashPhrase, memberPhrase, timePhrase, type Phrase } from './phrases.ts'

const NOBODY = /^0x0*$/
const [NO_MORE, FOR_NOW] = [0, 2]
const STATUSES = ['unknown', 'reinstated', 'suspended', 'revoked'] as const
const BUYS = 1
const PURPOSES = [
  ['commit the readings of', 'meter'],
  ['offer the flexibility of', 'device'],
] as const

/** Accreditations, credentials and what they let members do, owners of identities, recovery and passkeys. */
export const IDENTITY_SENTENCES: Sentences = {
  AccreditationChanged: (event) => {
    const [issuer, accreditation] = [hashPhrase(event.text('issuer')), event.number('accreditation')]
    const what = `credentials as ${roleWordsOf(event.number('role'))} ${whereOf(event)}`
    if (accreditation === NO_MORE) return [issuer, ` may not issue ${what} any more.`]
    if (accreditation === FOR_NOW) return [issuer, ` may not issue ${what} for the time being.`]
    return [issuer, ` may issue ${what}.`]
  },
  CredentialIssued: (event) => [
    hashPhrase(event.text('issuer')),
    ' vouched for ',
    hashPhrase(event.text('subject')),
    ` as ${roleWordsOf(event.number('role'))} ${whereOf(event)}, until `,
    timePhrase(event.number('validUntil')),
    ': credential ',
    hashPhrase(event.text('credentialId')),
    '.',
  ],
  CredentialStatusChanged: (event) => [
    'Credential ',
    hashPhrase(event.text('credentialId')),
    ` was ${STATUSES[event.number('status')] ?? 'changed'} by `,
    hashPhrase(event.text('by')),
    '.',
  ],
  MemberStandingChanged: (event) => {
    const member = memberPhrase(event.number('memberId'))
    const sides = event.number('sides')
    if (sides === 0) return [member, ' lost credentials that trading asks for, and trades no more.']
    const trading = sides === BUYS ? 'buy' : 'buy and sell'
    return [member, ` holds the credentials to ${trading} until `, timePhrase(event.number('tradesUntil')), '.']
  },
  TradingKeyReplaced: (event) => [
    memberPhrase(event.number('memberId')),
    ' replaced its trading key ',
    hashPhrase(event.text('former')),
    ' by ',
    hashPhrase(event.text('key')),
    '.',
  ],
  DIDOwnerChanged: (event) => {
    const [identity, owner] = [hashPhrase(event.text('identity')), event.text('owner')]
    if (NOBODY.test(owner)) return ['Identity ', identity, ' was deactivated for ever.']
    return ['Identity ', identity, ' is owned by ', hashPhrase(owner), ' now.']
  },
  DIDDelegateChanged: (event) => [
    hashPhrase(event.text('delegate')),
    ' is a delegate of identity ',
    hashPhrase(event.text('identity')),
    ' for ',
    ...nameOf(event.text('delegateType')),
    ...(isOver(event) ? [' no more'] : untilOf(event)),
    '.',
  ],
  DIDAttributeChanged: (event) => [
    'Identity ',
    hashPhrase(event.text('identity')),
    isOver(event) ? ' took back its attribute ' : ' has the attribute ',
    ...nameOf(event.text('name')),
    ...untilOf(event),
    '.',
  ],
  PlanChosen: (event) => {
    const guardians = event.list('guardians').length
    const chosen =
      guardians === 0
        ? ' chose that no guardians give it a new owner'
        : ` chose ${countOf(guardians, 'guardian')}, of whom ${formatCount(event.number('threshold'))} together give it a new owner`
    const barred = event.flag('isManagerBarred') ? ', and that no community manager proposes one.' : '.'
    return ['Identity ', hashPhrase(event.text('identity')), chosen, barred]
  },
  RecoveryApproved: (event) => [
    'Guardian ',
    hashPhrase(event.text('guardian')),
    ' approved of ',
    hashPhrase(event.text('newOwner')),
    ' as the new owner of identity ',
    hashPhrase(event.text('identity')),
    '.',
  ],
  RecoveryProposed: (event) => [
    'Community manager ',
    hashPhrase(event.text('manager')),
    ' proposed ',
    hashPhrase(event.text('newOwner')),
    ' as the new owner of identity ',
    hashPhrase(event.text('identity')),
    ', which the present one can refuse until ',
    timePhrase(event.number('executableFrom')),
    '.',
  ],
  RecoveryRefused: (event) => [
    'The owner of identity ',
    hashPhrase(event.text('identity')),
    ' refused what community manager ',
    hashPhrase(event.text('manager')),
    ' proposed, who proposes nothing more for 90 days.',
  ],
  OwnerRecovered: (event) => {
    const manager = event.text('manager')
    const who = NOBODY.test(manager) ? ['Guardians'] : ['Community manager ', hashPhrase(manager)]
    const given = [' gave identity ', hashPhrase(event.text('identity')), ' the owner ']
    return [...who, ...given, hashPhrase(event.text('newOwner')), ', in place of one whose key is lost.']
  },
  Delegated: (event) => {
    const [to, of] = PURPOSES[event.number('purpose')] ?? ['act with', 'device']
    return [
      hashPhrase(event.text('identity')),
      ' lets ',
      hashPhrase(event.text('delegate')),
      ` ${to} ${countOf(event.number('deviceCount'), of)} ${whereOf(event)} until `,
      timePhrase(event.number('validUntil')),
      `: delegation ${formatCount(event.number('delegationId'))}.`,
    ]
  },
  'delegations.DelegationRevoked': (event) => [
    `Delegation ${formatCount(event.number('delegationId'))} was revoked by `,
    hashPhrase(event.text('by')),
    '.',
  ],
  DelegationUsed: (event) => [
    `By delegation ${formatCount(event.number('delegationId'))} somebody acted in another’s place, as contract `,
    hashPhrase(event.text('by')),
    ' let it.',
  ],
  PasskeyAccountCreated: (event) => [
    'Account ',
    hashPhrase(event.text('account')),
    NOBODY.test(event.text('relyingParty')) ? ' of a secure element’s key' : ' of a passkey',
    ' was made.',
  ],
}

function whereOf(event: EventReader): string {
  const area = event.number('area')
  return area === 0 ? 'in every area' : `in area ${formatCount(area)}`
}

/** Whether a delegate or an attribute was revoked. */
function isOver(event: EventReader): boolean {
  return event.integer('validTo') === 0n
}

function untilOf(event: EventReader): Phrase[] {
  return isOver(event) ? [] : [' until ', timePhrase(event.number('validTo'))]
}

/** What stands in 32 bytes: text where somebody wrote some that can be read. */
function nameOf(bytes: string): Phrase[] {
  const written = bytes.slice(2).replace(/(00)+$/, '')
  const isReadable = /^([2-7][0-9a-f])+$/i.test(written) && !/7f/i.test(written)
  if (!isReadable) return [hashPhrase(bytes)]
  return [`“${(written.match(/../g) ?? []).map((code) => String.fromCharCode(parseInt(code, 16))).join('')}”`]
}
