import type { Calendar } from '../../domain/grid/calendar.ts'
import { DomainError } from '../../domain/errors.ts'
import { deliveryPeriod } from '../../domain/units.ts'
import type { Store } from '../connect.ts'

export type TariffView = {
  readonly retailMicroEuroPerKwh: bigint
  readonly feedInMicroEuroPerKwh: bigint
  readonly gridMicroEuroPerKwh: bigint
  readonly gridLocalMicroEuroPerKwh: bigint
  readonly levyMicroEuroPerKwh: bigint
  readonly platformFeeMicroEuroPerKwh: bigint
}

export type AreaView = {
  readonly id: number
  readonly calendar: Calendar
  /** What holds where nothing else was published. */
  readonly tariff: TariffView
  /** The community's guarantee fund and the market operator's bond. */
  readonly fundMicroEuro: bigint
  readonly bondMicroEuro: bigint
}

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
      operatorDeadlineSeconds: area.operatorDeadlineSeconds,
      challengeWindowSeconds: area.challengeWindowSeconds,
      correctionDelaySeconds: area.correctionDelaySeconds,
      finalDelaySeconds: area.finalDelaySeconds,
    },
    tariff: {
      retailMicroEuroPerKwh: BigInt(area.retailMicroEuroPerKwh),
      feedInMicroEuroPerKwh: BigInt(area.feedInMicroEuroPerKwh),
      gridMicroEuroPerKwh: BigInt(area.gridMicroEuroPerKwh),
      gridLocalMicroEuroPerKwh: BigInt(area.gridLocalMicroEuroPerKwh),
      levyMicroEuroPerKwh: BigInt(area.levyMicroEuroPerKwh),
      platformFeeMicroEuroPerKwh: BigInt(area.platformFeeMicroEuroPerKwh),
    },
    fundMicroEuro: area.fundMicroEuro,
    bondMicroEuro: area.bondMicroEuro,
  }
}

/** The tariff of one delivery period: published rates before the area's default ones. */
export async function readTariffOf(store: Store, area: AreaView, period: number): Promise<TariffView> {
  const where = { area_period: { area: area.id, period } }
  const [energy, grid] = await Promise.all([
    store.client.energyRate.findUnique({ where }),
    store.client.gridRate.findUnique({ where }),
  ])
  return {
    ...area.tariff,
    ...(energy && {
      retailMicroEuroPerKwh: BigInt(energy.retailMicroEuroPerKwh),
      feedInMicroEuroPerKwh: BigInt(energy.feedInMicroEuroPerKwh),
    }),
    ...(grid && {
      gridMicroEuroPerKwh: BigInt(grid.gridMicroEuroPerKwh),
      gridLocalMicroEuroPerKwh: BigInt(grid.gridLocalMicroEuroPerKwh),
    }),
  }
}
