import type { ProjectionBatch } from '../store/projections.ts'
import type { LedgerEvent } from './projection-batch.ts'

const BYTES_PER_PERIOD = 6

/** Areas, their calendar and their tariffs. */
export function projectAreaRegistry(batch: ProjectionBatch, { name, arguments: values }: LedgerEvent): void {
  const area = Number(values.area)
  switch (name) {
    case 'AreaOpened':
      batch.areas.push({
        id: area,
        firstPeriod: values.firstPeriod as bigint,
        lastPeriod: values.lastPeriod as bigint,
        gateClosureLeadSeconds: Number(values.gateClosureLead),
        readingDeadlineSeconds: Number(values.readingDeadline),
      })
      break
    case 'DefaultEnergyRatesSet':
      batch.defaultRates.set(area, {
        retailMicroEuroPerKwh: Number(values.retail),
        feedInMicroEuroPerKwh: Number(values.feedIn),
      })
      break
    case 'GridTariffSet':
      batch.gridTariffs.set(area, {
        gridMicroEuroPerKwh: Number(values.grid),
        gridLocalMicroEuroPerKwh: Number(values.gridLocal),
      })
      break
    case 'EnergyRatesPublished': {
      const rates = Buffer.from((values.rates as string).slice(2), 'hex')
      for (let start = 0; start < rates.length; start += BYTES_PER_PERIOD) {
        batch.energyRates.push({
          area,
          period: Number(values.firstPeriod) + start / BYTES_PER_PERIOD,
          retailMicroEuroPerKwh: rates.readIntBE(start, 3),
          feedInMicroEuroPerKwh: rates.readIntBE(start + 3, 3),
        })
      }
      break
    }
  }
}
