import type { Calendar } from '../../domain/grid/calendar.ts'
import { DomainError } from '../../domain/errors.ts'
import { deliveryPeriod } from '../../domain/units.ts'
import type { Store } from '../connect.ts'

export type TariffView = {
  readonly retailMicroEuroPerKwh: bigint
  readonly feedInMicroEuroPerKwh: bigint
  readonly gridMicroEuroPerKwh: bigint
  readonly gridLocalMicroEuroPerKwh: bigint
}

export type AreaView = { readonly id: number; readonly calendar: Calendar; readonly tariff: TariffView }

/** The area that this database follows, with the rates that hold where no others were published. Throws `area-not-indexed`. */
export async function readArea(store: Store): Promise<AreaView> {
  const area = await store.client.area.findFirst({ orderBy: { id: 'asc' } })
  if (area === null) {
    throw new DomainError('area-not-indexed', 'the market area has not been read from the ledger yet')
  }
  return {
    id: area.id,
    calendar: {
      firstPeriod: deliveryPeriod(Number(area.firstPeriod)),
      lastPeriod: deliveryPeriod(Number(area.lastPeriod)),
      gateClosureLeadSeconds: area.gateClosureLeadSeconds,
      readingDeadlineSeconds: area.readingDeadlineSeconds,
    },
    tariff: {
      retailMicroEuroPerKwh: BigInt(area.retailMicroEuroPerKwh),
      feedInMicroEuroPerKwh: BigInt(area.feedInMicroEuroPerKwh),
      gridMicroEuroPerKwh: BigInt(area.gridMicroEuroPerKwh),
      gridLocalMicroEuroPerKwh: BigInt(area.gridLocalMicroEuroPerKwh),
    },
  }
}

/** The tariff of one delivery period: published rates before the area's default ones. */
export async function readTariffOf(store: Store, area: AreaView, period: number): Promise<TariffView> {
  const rates = await store.client.energyRate.findUnique({ where: { area_period: { area: area.id, period } } })
  if (rates === null) return area.tariff
  return {
    ...area.tariff,
    retailMicroEuroPerKwh: BigInt(rates.retailMicroEuroPerKwh),
    feedInMicroEuroPerKwh: BigInt(rates.feedInMicroEuroPerKwh),
  }
}
