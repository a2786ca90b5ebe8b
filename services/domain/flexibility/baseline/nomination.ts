import { DomainError } from '../../errors.ts'
import { startOf, type DeliveryPeriod, type SignedWh } from '../../units.ts'
import { ascending, useOf, type BaselineCase } from './baseline-case.ts'
import { fraction } from './fraction.ts'
import type { PeriodUse } from './similar-days.ts'

/** A D-prognosis: what the asset's side said beforehand that would flow, as it was committed to the ledger. */
export type Nomination = {
  /** Of several the one with the greatest revision counts, as in UFTP. */
  readonly revision: number
  /** Unix seconds of the block that committed it. */
  readonly committedAt: number
  /** Positive towards the prosumer. */
  readonly flows: ReadonlyMap<DeliveryPeriod, SignedWh>
}

export type NominationRule = {
  readonly name: 'nomination'
  /** Seconds before a period at which its nomination becomes binding. */
  readonly gateClosureLeadSeconds: number
}

/** Which nomination counted for a period. */
export type NominationEvidence = {
  readonly period: DeliveryPeriod
  readonly revision: number
  readonly committedAt: number
}

/**
 * What was nominated for each period before its gate closed, and before the notification where that came first: by then
 * the asset's side would know what a higher nomination earns.
 * Throws `nomination-late`, `nomination-missing`, or `nomination-ambiguous` where two have the same revision.
 */
export function nominatedUseOf(
  rule: NominationRule,
  activation: BaselineCase,
): { readonly uses: readonly PeriodUse[]; readonly evidence: readonly NominationEvidence[] } {
  const found = ascending(activation.activated).map((period) => ({ period, ...countingOf(rule, activation, period) }))
  return {
    uses: found.map(({ period, flows }) => {
      const use = fraction(useOf(activation.direction, flows.get(period)!))
      return { period, unadjusted: use, adjusted: use }
    }),
    evidence: found.map(({ period, revision, committedAt }) => ({ period, revision, committedAt })),
  }
}

function countingOf(
  { gateClosureLeadSeconds }: NominationRule,
  { nominations, notifiedAt }: BaselineCase,
  period: DeliveryPeriod,
): Nomination {
  const deadline = Math.min(startOf(period) - gateClosureLeadSeconds, notifiedAt)
  const naming = nominations.filter(({ flows }) => flows.has(period))
  const inTime = naming.filter(({ committedAt }) => committedAt < deadline)
  const latest = Math.max(...inTime.map(({ revision }) => revision))
  const [counting, other] = inTime.filter(({ revision }) => revision === latest)
  if (other !== undefined) {
    throw new DomainError(
      'nomination-ambiguous',
      `period ${period} was nominated twice as revision ${latest}: give each nomination a revision of its own`,
      { period, revision: latest },
    )
  }
  if (counting !== undefined) return counting
  if (naming.length === 0) {
    throw new DomainError('nomination-missing', `period ${period} was not nominated`, { period, deadline })
  }
  const committedAt = Math.min(...naming.map((late) => late.committedAt))
  throw new DomainError(
    'nomination-late',
    `period ${period} was nominated at ${committedAt}, and nominations had to be committed before ${deadline}`,
    { period, committedAt, deadline },
  )
}
