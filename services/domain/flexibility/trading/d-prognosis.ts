import { DomainError } from '../../errors.ts'
import { deliveryPeriod, signedW, startOf, type DeliveryPeriod } from '../../units.ts'
import { parseEntityAddress, type EntityAddress } from './entity-address.ts'
import type { FlexPower } from './flex-offer.ts'
import { requirePeriods } from './flex-periods.ts'
import { amountOf, fieldsOf, listOf, textOf, wholeOf } from './message-fields.ts'
import { parseMessageId } from './message-identity.ts'

/** What an aggregator's portfolio is going to take from the grid at a congestion point, all flexibility that was ordered included. */
export type DPrognosis = {
  readonly id: string
  readonly congestionPoint: EntityAddress
  readonly portfolio: string
  readonly revision: number
  /** Of every period of a local day, ascending; positive is consumption. */
  readonly periods: readonly FlexPower[]
}

/** Throws what its parts do, `d-prognosis-invalid`, and the codes of `requirePeriods`. */
export function parseDPrognosis(input: unknown): DPrognosis {
  const fields = fieldsOf(input, 'a D-prognosis')
  const revision = wholeOf(fields, 'revision')
  if (revision < 0) throw new DomainError('d-prognosis-invalid', `${revision} is no revision`, { revision })
  return {
    id: parseMessageId(textOf(fields, 'id')),
    congestionPoint: parseEntityAddress(textOf(fields, 'congestionPoint')),
    portfolio: textOf(fields, 'portfolio'),
    revision,
    periods: requirePeriods(
      listOf(fields, 'periods', (period) => ({
        period: deliveryPeriod(wholeOf(period, 'deliveryPeriod')),
        power: signedW(amountOf(period, 'powerW')),
      })),
    ),
  }
}

/**
 * Throws `d-prognosis-incomplete` unless it names exactly the periods of the local day, and `d-prognosis-superseded` unless
 * its revision is above the last one.
 */
export function requireDPrognosis(
  prognosis: DPrognosis,
  context: { readonly day: readonly DeliveryPeriod[]; readonly lastRevision: number | null },
): void {
  const named = new Set(prognosis.periods.map(({ period }) => period))
  const missing = context.day.filter((period) => !named.has(period))
  if (missing.length > 0 || named.size !== context.day.length) {
    throw new DomainError(
      'd-prognosis-incomplete',
      `a prognosis names each of the ${context.day.length} periods of its day, and no other`,
      { missing, named: named.size },
    )
  }
  if (context.lastRevision !== null && prognosis.revision <= context.lastRevision) {
    throw new DomainError(
      'd-prognosis-superseded',
      `revision ${prognosis.revision} does not follow revision ${context.lastRevision}`,
      { revision: prognosis.revision, lastRevision: context.lastRevision },
    )
  }
}

/**
 * The powers that count of a revision taken in at a time (unix seconds): of periods that had begun by then those of the one
 * before stay, since a prognosis cannot change what has happened.
 */
export function revisedPowers(
  before: DPrognosis | null,
  revision: DPrognosis,
  takenInAt: number,
): readonly FlexPower[] {
  const known = new Map(before?.periods.map((power) => [power.period, power]))
  return revision.periods.map((power) =>
    startOf(power.period) <= takenInAt ? (known.get(power.period) ?? power) : power,
  )
}
