import type { AreaTariffChange, ProjectionBatch } from '../store/projections.ts'
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
        operatorDeadlineSeconds: Number(values.operatorDeadline),
        challengeWindowSeconds: Number(values.challengeWindow),
        correctionDelaySeconds: Number(values.correctionDelay),
        finalDelaySeconds: Number(values.finalDelay),
      })
      break
    case 'DefaultEnergyRatesSet':
      changeTariff(batch, area, {
        retailMicroEuroPerKwh: Number(values.retail),
        feedInMicroEuroPerKwh: Number(values.feedIn),
      })
      break
    case 'GridTariffSet':
      changeTariff(batch, area, {
        gridMicroEuroPerKwh: Number(values.grid),
        gridLocalMicroEuroPerKwh: Number(values.gridLocal),
      })
      break
    case 'LevySet':
      changeTariff(batch, area, { levyMicroEuroPerKwh: Number(values.levy) })
      break
    case 'PlatformFeeSet':
      changeTariff(batch, area, { platformFeeMicroEuroPerKwh: Number(values.platformFee) })
      break
    case 'EnergyRatesPublished':
      for (const { period, first, second } of publishedRatesOf(values)) {
        batch.energyRates.push({ area, period, retailMicroEuroPerKwh: first, feedInMicroEuroPerKwh: second })
      }
      break
    case 'GridRatesPublished':
      for (const { period, first, second } of publishedRatesOf(values)) {
        batch.gridRates.push({ area, period, gridMicroEuroPerKwh: first, gridLocalMicroEuroPerKwh: second })
      }
      break
  }
}

function changeTariff(batch: ProjectionBatch, area: number, change: AreaTariffChange): void {
  batch.tariffs.set(area, { ...batch.tariffs.get(area), ...change })
}

/** Two signed rates of 3 bytes each for every delivery period. */
function publishedRatesOf(values: LedgerEvent['arguments']): { period: number; first: number; second: number }[] {
  const rates = Buffer.from((values.rates as string).slice(2), 'hex')
  return Array.from({ length: rates.length / BYTES_PER_PERIOD }, (_, index) => ({
    period: Number(values.firstPeriod) + index,
    first: rates.readIntBE(index * BYTES_PER_PERIOD, 3),
    second: rates.readIntBE(index * BYTES_PER_PERIOD + 3, 3),
  }))
}
