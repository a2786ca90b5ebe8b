import { z } from 'zod'
import { DomainError } from '../domain/errors.ts'
import { powerW, rate, type PowerW, type Rate } from '../domain/units.ts'

/** How the DSO goes about buying flexibility. */
export type GridSettings = {
  /** Hours after midnight (UTC) at which the day after is forecast. */
  readonly dayAheadHour: number
  /** After so many periods what is left of a day is forecast again; 0 for never. */
  readonly intradayPeriods: number
  /** With which likelihood, in thousandths, a congestion point may be overloaded in a period. */
  readonly riskPermille: number
  /** How wrong forecasts are taken to be before there are past ones, in W. */
  readonly marginW: PowerW
  /** Requests are for whole steps of so many W. */
  readonly stepW: bigint
  /** The most that is paid for a kWh of effect, in micro-euro. */
  readonly priceCap: Rate
  /** Seconds for which offers are taken, and then opened. */
  readonly offerSeconds: number
  readonly openingSeconds: number
  /** Whether requests that the system proposes are made at once, or wait for a person who approves them. */
  readonly approval: 'rule' | 'person'
  /** Whether portfolios are prequalified by their evidence, or wait for a person. */
  readonly prequalification: 'rule' | 'person'
  /** Metered days that a home needs to count as evidence. */
  readonly evidenceDays: number
}

const whole = (least: number, most: number) => z.coerce.number().int().min(least).max(most)
const schema = z.object({
  COMMONWATT_FLEX_DAY_AHEAD_HOUR: whole(0, 23).default(12),
  COMMONWATT_FLEX_INTRADAY_PERIODS: whole(0, 96).default(4),
  COMMONWATT_FLEX_RISK_PERMILLE: whole(1, 499).default(50),
  COMMONWATT_FLEX_MARGIN_W: whole(0, 1_000_000_000).default(0),
  COMMONWATT_FLEX_STEP_W: whole(1, 1_000_000).default(100),
  COMMONWATT_FLEX_PRICE_CAP: whole(0, 100_000_000).default(2_000_000),
  COMMONWATT_FLEX_OFFER_SECONDS: whole(1, 86_400).default(1_800),
  COMMONWATT_FLEX_OPENING_SECONDS: whole(1, 86_400).default(900),
  COMMONWATT_FLEX_APPROVAL: z.enum(['rule', 'person']).default('rule'),
  COMMONWATT_FLEX_PREQUALIFICATION: z.enum(['rule', 'person']).default('rule'),
  COMMONWATT_FLEX_EVIDENCE_DAYS: whole(0, 366).default(7),
})

/** Throws `configuration-invalid`, naming every variable that is wrong. */
export function readGridSettings(environment: NodeJS.ProcessEnv = process.env): GridSettings {
  const parsed = schema.safeParse(environment)
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => `${String(path[0])} ${message}`)
    throw new DomainError('configuration-invalid', problems.join('; '))
  }
  const values = parsed.data
  return {
    dayAheadHour: values.COMMONWATT_FLEX_DAY_AHEAD_HOUR,
    intradayPeriods: values.COMMONWATT_FLEX_INTRADAY_PERIODS,
    riskPermille: values.COMMONWATT_FLEX_RISK_PERMILLE,
    marginW: powerW(BigInt(values.COMMONWATT_FLEX_MARGIN_W)),
    stepW: BigInt(values.COMMONWATT_FLEX_STEP_W),
    priceCap: rate(BigInt(values.COMMONWATT_FLEX_PRICE_CAP)),
    offerSeconds: values.COMMONWATT_FLEX_OFFER_SECONDS,
    openingSeconds: values.COMMONWATT_FLEX_OPENING_SECONDS,
    approval: values.COMMONWATT_FLEX_APPROVAL,
    prequalification: values.COMMONWATT_FLEX_PREQUALIFICATION,
    evidenceDays: values.COMMONWATT_FLEX_EVIDENCE_DAYS,
  }
}
