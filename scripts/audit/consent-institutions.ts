import { statementsOf, type MeteredEnergy } from '../../services/domain/settlement/statement.ts'
import { differ } from './difference.ts'
import type { Books } from './replay/books.ts'
import { isAnonymous, periodFactsOf, type MemberOf } from './replay/member-statement.ts'
import type { Run } from './replay/runs.ts'

const INSTITUTIONS = ['supplier', 'dso', 'tax-authority', 'platform-operator'] as const

/** The readings on which a run rests for a period, or null unless all of them are known. */
export type MeteredOf = (
  run: Run,
  period: number,
) => { readonly version: number; readonly metered: readonly MeteredEnergy[] } | null

/**
 * Where all readings of a day are known: what supplier, DSO, tax authority and platform operator receive in a run of it is
 * what the households' lines come to, less what they received before. Returns false where it cannot be told: readings are
 * missing, somebody traded of whom nobody knows who that is, or a statement of it was corrected, so that somebody received what was wrong.
 */
export function requireInstitutions(
  run: Run,
  books: Books & { readonly memberOf: MemberOf },
  meteredOf: MeteredOf,
): boolean {
  const { area, day } = run
  if (wasCorrected(run, books)) return false
  const due = new Map<number, bigint>()
  for (const period of books.areas.tradedPeriodsOf(area, day)) {
    const known = meteredOf(run, period)
    const session = books.sessions.clearedOf(area, period)
    if (known === null || session === null) return false
    const tariff = books.areas.tariffOf(area, period)
    const facts = periodFactsOf(session, tariff, books.members, known.version, known.metered, books.memberOf)
    if (facts.fills.some(({ memberId }) => isAnonymous(memberId))) return false
    for (const { memberId, energy, imbalance, gridTariff, levies, platformFee } of statementsOf(facts)) {
      const sum = energy + imbalance + gridTariff + levies + platformFee
      due.set(memberId, (due.get(memberId) ?? 0n) + sum)
    }
  }
  for (const kind of INSTITUTIONS) {
    const member = books.members.counterpartyOf(area, kind)
    const expected = (due.get(member) ?? 0n) - chargedBefore(run, member, kind, books)
    const found = paymentOf(run, member)
    if (found === expected) continue
    const message = `the ${kind} ${wordsOf(found)} in the run; by the lines of all households it ${wordsOf(expected)}`
    differ('consent-institutions', message, { ...run.place, area, day, member })
  }
  return true
}

/** Earlier runs' payments; the platform operator, whose bond paid corrections, gets back what they cost. */
function chargedBefore({ area, day, run }: Run, member: number, kind: string, books: Books): bigint {
  let charged = 0n
  for (let number = 0; number < run; number += 1) {
    const earlier = books.runs.runOf(area, day, number)
    charged += earlier === undefined ? 0n : paymentOf(earlier, member)
    for (const other of kind === 'platform-operator' ? books.members.membersOf(area) : []) {
      charged -= books.challenges.correctionOf(area, day, number, other)
    }
  }
  return charged
}

function wasCorrected({ area, day, run }: Run, { challenges }: Books): boolean {
  return challenges.outcomes.some(
    (each) => each.kind === 'statement' && each.upheld && each.area === area && each.day === day && each.run === run,
  )
}

function paymentOf(run: Run, member: number): bigint {
  return run.payments.find(({ memberId }) => memberId === member)?.amount ?? 0n
}

function wordsOf(amount: bigint): string {
  return amount > 0n ? `paid ${amount} micro-euro` : `receives ${-amount} micro-euro`
}
