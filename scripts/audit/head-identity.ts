import { NO_HASH } from './abi.ts'
import { roleNumberOf } from '../../services/domain/identity/role.ts'
import type { Question } from './head-state.ts'
import type { Books } from './replay/books.ts'
import { ACCREDITATIONS, statusOf, STATUSES } from './replay/credentials.ts'

/** Who is accredited, what became of each credential and who holds it, who owns which identity, and what members may do. */
export function identityQuestions(books: Books, now: number): Question[] {
  return [
    ...accreditationQuestions(books),
    ...credentialQuestions(books, now),
    ...ownerQuestions(books),
    ...delegationQuestions(books, now),
    ...standingQuestions(books),
  ]
}

function accreditationQuestions({ credentials }: Books): Question[] {
  return [...credentials.accreditations.values()].map(({ issuer, role, area, accreditation, ...place }) => ({
    contract: 'credentialRegistry',
    name: 'accreditationOf',
    parameters: [issuer, roleNumberOf(role), area],
    what: `the accreditation of ${issuer} as issuer of ${role}`,
    place,
    expect: (answer, ask) => ask('', answer.number('0'), ACCREDITATIONS.indexOf(accreditation)),
  }))
}

function credentialQuestions({ credentials }: Books, now: number): Question[] {
  return [...credentials.all.values()].flatMap((credential): Question[] => {
    const { credentialId, issuer, subject, role, area, connectionPoint, validFrom, validUntil } = credential
    const { block, transaction } = credential
    const place = { block, transaction }
    const what = `the credential ${credentialId}`
    return [
      {
        contract: 'credentialRegistry',
        name: 'credentialOf',
        parameters: [credentialId],
        what,
        place,
        expect: (answer, ask) => {
          ask('its issuer', answer.text('issuer'), issuer)
          ask('its subject', answer.text('subject'), subject)
          ask('its role', answer.number('role'), roleNumberOf(role))
          ask('its area', answer.number('area'), area)
          ask('its connection point', answer.text('connectionPoint'), connectionPoint)
          ask('the beginning of its validity', answer.number('validFrom'), validFrom)
          ask('the end of its validity', answer.number('validUntil'), validUntil)
          ask('its status', answer.number('status'), STATUSES.indexOf(statusOf(credential)))
        },
      },
      {
        contract: 'credentialRegistry',
        name: 'heldBy',
        parameters: [subject, roleNumberOf(role), area],
        what: `what ${subject} holds as ${role}`,
        place,
        expect: (answer, ask) =>
          ask('', answer.text('0'), credentials.heldBy(subject, role, area, now)?.credentialId ?? NO_HASH),
      },
    ]
  })
}

function ownerQuestions({ dids, recovery, members }: Books): Question[] {
  const accounts = [...members.all.values()].map(({ account }) => account)
  const identities = [...new Set([...dids.all.keys(), ...recovery.identities(), ...accounts])]
  return identities.flatMap((identity): Question[] => {
    const place = dids.all.get(identity)?.place ?? {}
    return [
      {
        contract: 'didRegistry',
        name: 'identityOwner',
        parameters: [identity],
        what: `the owner of ${identity}`,
        place,
        expect: (answer, ask) => ask('', answer.text('0'), dids.ownerOf(identity)),
      },
      {
        contract: 'recovery',
        name: 'nonceOf',
        parameters: [identity],
        what: `the number of changes of ${identity}`,
        place,
        expect: (answer, ask) => ask('', answer.big('0'), recovery.nonceOf(identity)),
      },
    ]
  })
}

function delegationQuestions({ delegations }: Books, now: number): Question[] {
  return [...delegations.all.values()].map((delegation): Question => ({
    contract: 'delegations',
    name: 'isValid',
    parameters: [delegation.delegationId],
    what: `whether delegation ${delegation.delegationId} holds`,
    place: delegation.place,
    expect: (answer, ask) => ask('', answer.flag('0'), delegations.isValid(delegation, now)),
  }))
}

/** What a day's keys are made of, member by member. */
function standingQuestions({ members, areas }: Books): Question[] {
  return areas.numbers().flatMap((area) =>
    members.membersOf(area).map((memberId, index): Question => {
      const { kind, tradingKey, deactivatedAt, standing, quantityLimit, delegation } = members.all.get(memberId)!
      const trades = kind === 'household' && BigInt(tradingKey) !== 0n && deactivatedAt === null && standing.sides !== 0
      return {
        contract: 'memberRegistry',
        name: 'tradersOf',
        parameters: [area, index, 1],
        what: 'what its keys are made of',
        place: { area, member: memberId },
        expect: (answer, ask) => {
          const [trader] = answer.value('0') as readonly Readonly<Record<string, unknown>>[]
          const delegated = trader?.delegation as Readonly<Record<string, unknown>> | undefined
          ask('its number', trader?.memberId, memberId)
          ask('its trading key', BigInt(trader?.tradingKey as string), trades ? BigInt(tradingKey) : 0n)
          if (!trades) return
          ask('its sides', trader?.sides, standing.sides)
          ask('the time up to which it trades', trader?.tradesUntil, standing.tradesUntil)
          ask('its quantity limit', trader?.quantityLimit, quantityLimit)
          ask('its delegated key', BigInt(delegated?.key as string), BigInt(delegation?.key ?? 0))
          ask('the expiry of its delegation', delegated?.expiry, delegation?.expiry ?? 0)
        },
      }
    }),
  )
}
