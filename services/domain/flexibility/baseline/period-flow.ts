import { DomainError } from '../../errors.ts'
import { periodEnergyOf, type PeriodReading, type ReadingQuality } from '../../metering/period-energy.ts'
import { signedWh, type DeliveryPeriod, type SignedWh } from '../../units.ts'

/** The net energy of a delivery period from committed registers, positive towards the prosumer. */
export type PeriodFlow = {
  readonly period: DeliveryPeriod
  readonly flow: SignedWh
  readonly quality: ReadingQuality
}

/** The flows of one connection point or device, by period. */
export type FlowSeries = ReadonlyMap<DeliveryPeriod, PeriodFlow>

/** Imported minus exported energy. */
export function periodFlowOf(reading: PeriodReading): PeriodFlow {
  const { imported, exported } = periodEnergyOf(reading)
  return { period: reading.period, flow: signedWh(imported - exported), quality: reading.quality }
}

/** Throws `period-read-twice` where two flows of a period are given: the caller chooses the version that counts. */
export function flowSeriesOf(flows: Iterable<PeriodFlow>): FlowSeries {
  const series = new Map<DeliveryPeriod, PeriodFlow>()
  for (const flow of flows) {
    if (series.has(flow.period)) {
      throw new DomainError('period-read-twice', `period ${flow.period} has two readings: give the one that counts`, {
        period: flow.period,
      })
    }
    series.set(flow.period, flow)
  }
  return series
}

/** The flow of the period where it was metered; null where it is estimated or missing. */
export function meteredFlowAt(series: FlowSeries, period: DeliveryPeriod): SignedWh | null {
  const found = series.get(period)
  return found?.quality === 'metered' ? found.flow : null
}
