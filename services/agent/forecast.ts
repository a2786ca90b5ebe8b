import { z } from 'zod'
import { sameQuarterHourYesterday, type ForecastMethod } from '../domain/bidding/forecast.ts'
import { DomainError } from '../domain/errors.ts'
import { periodReadingOf } from '../domain/metering/estimation.ts'
import { periodEnergyOf } from '../domain/metering/period-energy.ts'
import { signedWh, type DeliveryPeriod, type SignedWh } from '../domain/units.ts'
import type { Store } from '../store/connect.ts'
import { readReadingsAround } from '../store/readings.ts'
import type { Expectations } from '../runtime/expectations.ts'

/** What a member is expected to take net in a period: null where nobody can tell, undefined where that may still come. */
export type Forecast = (
  period: DeliveryPeriod,
  memberIds: readonly number[],
) => Promise<(memberId: number) => SignedWh | null | undefined>

const setting = z.enum(['perfect', 'persistence']).default('persistence')

/** Throws `configuration-invalid`. */
export function readForecastMethod(environment: NodeJS.ProcessEnv = process.env): ForecastMethod {
  const parsed = setting.safeParse(environment.COMMONWATT_FORECAST)
  if (!parsed.success) {
    throw new DomainError('configuration-invalid', 'COMMONWATT_FORECAST must be perfect or persistence')
  }
  return parsed.data
}

/** What the homes say themselves. */
export function perfectForecast(expectations: Expectations): Forecast {
  return async (period) => {
    expectations.forgetBefore(period)
    return (memberId) => expectations.netOf(memberId, period)
  }
}

/** What each member was metered at in the same quarter-hour yesterday. */
export function persistenceForecast(store: Store): Forecast {
  return async (period, memberIds) => {
    const yesterday = sameQuarterHourYesterday(period)
    if (yesterday === null) return () => null
    const readings = await readReadingsAround(store, yesterday, memberIds)
    return (memberId) => {
      const reading = periodReadingOf(memberId, yesterday, readings.get(memberId) ?? [])
      if (reading === null) return null
      const { imported, exported } = periodEnergyOf(reading)
      return signedWh(imported - exported)
    }
  }
}
