import { endOf, deliveryPeriod, startOf } from '../services/domain/units.ts'
import { listen } from '../services/store/notifications.ts'
import type { Platform } from './platform.ts'
import { AREA } from './setup/neighbourhood.ts'

/** Says a line for every delivery period as it settles; resolves to the function that stops it. */
export async function reportSettlements(platform: Platform, say: (line: string) => void): Promise<() => Promise<void>> {
  const { client, url } = platform.store
  const latest = await client.session.findFirst({
    where: { area: AREA, settledTransaction: { not: null } },
    orderBy: { period: 'desc' },
  })
  let said = latest?.period ?? -1
  let work = Promise.resolve()

  async function sayNew(): Promise<void> {
    const sessions = await client.session.findMany({
      where: { area: AREA, period: { gt: said }, settledTransaction: { not: null } },
      orderBy: { period: 'asc' },
      take: 100,
    })
    for (const session of sessions) {
      said = session.period
      const [statements, households] = await Promise.all([
        client.statement.findMany({
          where: { area: AREA, period: session.period, tariffOnlyMicroEuro: { not: null } },
        }),
        client.household.count({ where: { area: AREA } }),
      ])
      const bill = statements.reduce(
        (sum, line) => sum + line.marketMicroEuro + line.imbalanceMicroEuro + line.gridTariffMicroEuro,
        0n,
      )
      const alone = statements.reduce((sum, line) => sum + (line.tariffOnlyMicroEuro ?? 0n), 0n)
      say(
        [
          `${clockTime(startOf(deliveryPeriod(session.period)))}-${clockTime(endOf(deliveryPeriod(session.period)))} UTC settled`,
          session.volumeWh === null || session.volumeWh === 0n || session.priceMicroEuroPerKwh === null
            ? 'no trade'
            : `${(Number(session.volumeWh) / 1000).toFixed(2)} kWh at ${(session.priceMicroEuroPerKwh / 1_000_000).toFixed(3)} EUR/kWh`,
          `${session.orderCount} orders`,
          `${session.readingCount ?? 0} of ${households} readings`,
          `households pay ${euro(bill)} EUR, ${euro(alone)} EUR by the tariff alone`,
        ].join('  ·  '),
      )
    }
  }

  return listen(url, 'projection', () => {
    work = work.then(sayNew).catch(() => undefined)
  })
}

function clockTime(unixSeconds: number): string {
  return new Date(unixSeconds * 1000).toISOString().slice(11, 16)
}

function euro(microEuro: bigint): string {
  return (Number(microEuro) / 1_000_000).toFixed(2)
}
