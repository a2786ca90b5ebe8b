import { z } from 'zod'
import { DomainError } from '../domain/errors.ts'

/** How the aggregator goes about its pools. */
export type AggregatorSettings = {
  /** How likely all of an offer is delivered, in thousandths. */
  readonly targetPermille: number
  /** On top of what an offer costs, in thousandths. */
  readonly marginPermille: number
  /** In so many offers a request is answered at most. */
  readonly mostOffers: number
  /** So many tests a device has passed when it was taken into the pool: as many deliveries it counts for. */
  readonly passedTests: number
  /** Seconds before a period at which devices that know no schedules are told their set-point. */
  readonly setPointLeadSeconds: number
  /** Milliseconds after which a device that has not answered is given up for an order. */
  readonly patienceMs: number
}

const whole = (least: number, most: number) => z.coerce.number().int().min(least).max(most)
const schema = z.object({
  COMMONWATT_POOL_TARGET_PERMILLE: whole(1, 999).default(900),
  COMMONWATT_POOL_MARGIN_PERMILLE: whole(0, 10_000).default(50),
  // A portfolio has at most 16 offers of a request.
  COMMONWATT_POOL_MOST_OFFERS: whole(1, 16).default(8),
  COMMONWATT_POOL_PASSED_TESTS: whole(0, 1_000).default(49),
  COMMONWATT_POOL_SET_POINT_LEAD_SECONDS: whole(0, 86_400).optional(),
  COMMONWATT_POOL_PATIENCE_MS: whole(100, 3_600_000).default(15_000),
})

/** Throws `configuration-invalid`, naming every variable that is wrong. `leadSeconds` is the lead of set-points unless told. */
export function readAggregatorSettings(
  leadSeconds: number,
  environment: NodeJS.ProcessEnv = process.env,
): AggregatorSettings {
  const parsed = schema.safeParse(environment)
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => `${String(path[0])} ${message}`)
    throw new DomainError('configuration-invalid', problems.join('; '))
  }
  const values = parsed.data
  return {
    targetPermille: values.COMMONWATT_POOL_TARGET_PERMILLE,
    marginPermille: values.COMMONWATT_POOL_MARGIN_PERMILLE,
    mostOffers: values.COMMONWATT_POOL_MOST_OFFERS,
    passedTests: values.COMMONWATT_POOL_PASSED_TESTS,
    setPointLeadSeconds: values.COMMONWATT_POOL_SET_POINT_LEAD_SECONDS ?? leadSeconds,
    patienceMs: values.COMMONWATT_POOL_PATIENCE_MS,
  }
}
