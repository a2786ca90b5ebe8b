import type { Calendar } from '../domain/grid/calendar.ts'
import type { Tariff } from '../domain/settlement/tariff.ts'
import { deliveryPeriod, rate, type DeliveryPeriod } from '../domain/units.ts'
import { readContract, type Ledger } from './ledger.ts'

/** Throws `area-registry-unknown-area`. */
export async function readCalendar(ledger: Ledger, area: number): Promise<Calendar> {
  const [calendar] = (await readContract(ledger, 'areaRegistry', 'calendarOf', area)) as unknown as [
    Record<
      | 'firstPeriod'
      | 'lastPeriod'
      | 'gateClosureLead'
      | 'readingDeadline'
      | 'operatorDeadline'
      | 'challengeWindow'
      | 'correctionDelay'
      | 'finalDelay',
      bigint
    >,
  ]
  return {
    firstPeriod: deliveryPeriod(Number(calendar.firstPeriod)),
    lastPeriod: deliveryPeriod(Number(calendar.lastPeriod)),
    gateClosureLeadSeconds: Number(calendar.gateClosureLead),
    readingDeadlineSeconds: Number(calendar.readingDeadline),
    operatorDeadlineSeconds: Number(calendar.operatorDeadline),
    challengeWindowSeconds: Number(calendar.challengeWindow),
    correctionDelaySeconds: Number(calendar.correctionDelay),
    finalDelaySeconds: Number(calendar.finalDelay),
  }
}

/** The rates that hold in the period: published ones, or the area's default. */
export async function readTariff(ledger: Ledger, area: number, period: DeliveryPeriod): Promise<Tariff> {
  const [tariff] = (await readContract(ledger, 'areaRegistry', 'tariffOf', area, period)) as unknown as [
    Record<keyof Tariff, bigint>,
  ]
  return {
    retail: rate(tariff.retail),
    feedIn: rate(tariff.feedIn),
    grid: rate(tariff.grid),
    gridLocal: rate(tariff.gridLocal),
    levy: rate(tariff.levy),
    platformFee: rate(tariff.platformFee),
  }
}
