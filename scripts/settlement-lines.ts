import { deliveryPeriod, endOf, PERIODS_PER_DAY, startOf } from '../services/domain/units.ts'
import { listen } from '../services/store/notifications.ts'
import type { Platform } from './platform.ts'
import { AREA } from './setup/neighbourhood.ts'

const RUNS = ['initial', 'corrected', 'final'] as const
const LINES_AT_ONCE = 100

type Client = Platform['store']['client']

/** Says a line for every delivery period that is drawn up, and for every day that is paid; resolves to what stops it. */
export async function reportSettlements(platform: Platform, say: (line: string) => void): Promise<() => Promise<void>> {
  const { client, url } = platform.store
  const latest = await client.statement.findFirst({ where: { area: AREA }, orderBy: { period: 'desc' } })
  let saidPeriod = latest?.period ?? -1
  const saidRuns = new Set((await paidRuns(client, 0)).map(keyOf))
  let work = Promise.resolve()

  async function sayNew(): Promise<void> {
    const drawnUp = await client.statement.findMany({
      where: { area: AREA, run: 0, position: 0, period: { gt: saidPeriod } },
      orderBy: { period: 'asc' },
      take: LINES_AT_ONCE,
    })
    for (const { period } of drawnUp) {
      saidPeriod = period
      say(await periodLine(client, period))
    }
    for (const run of await paidRuns(client, Math.floor(saidPeriod / PERIODS_PER_DAY) - 7)) {
      if (saidRuns.has(keyOf(run))) continue
      saidRuns.add(keyOf(run))
      const date = new Date(run.day * 86_400_000).toISOString().slice(0, 10)
      say(`${date} paid, ${RUNS[run.run]} run  ·  ${run.statementCount} statements  ·  ${euro(run.totalMicroEuro)} EUR`)
    }
  }

  return listen(url, 'projection', () => {
    work = work.then(sayNew).catch(() => undefined)
  })
}

async function periodLine(client: Client, period: number): Promise<string> {
  const where = { area: AREA, period }
  const [session, statements, households] = await Promise.all([
    client.session.findFirst({ where }),
    client.statement.findMany({ where: { ...where, run: 0, tariffOnlyMicroEuro: { not: null } } }),
    client.household.count({ where: { area: AREA } }),
  ])
  const bill = statements.reduce(
    (sum, line) =>
      sum +
      line.energyMicroEuro +
      line.imbalanceMicroEuro +
      line.gridTariffMicroEuro +
      line.leviesMicroEuro +
      line.platformFeeMicroEuro,
    0n,
  )
  const alone = statements.reduce((sum, line) => sum + (line.tariffOnlyMicroEuro ?? 0n), 0n)
  const metered = statements.filter(({ quality }) => quality === 'metered').length
  const isTraded = (session?.volumeWh ?? 0n) > 0n
  return [
    `${clockTime(startOf(deliveryPeriod(period)))}-${clockTime(endOf(deliveryPeriod(period)))} UTC metered`,
    isTraded
      ? `${(Number(session?.volumeWh) / 1000).toFixed(2)} kWh at ${(Number(session?.priceMicroEuroPerKwh) / 1_000_000).toFixed(3)} EUR/kWh`
      : 'no trade',
    `${session?.orderCount ?? 0} orders`,
    `${metered} of ${households} readings`,
    `households owe ${euro(bill)} EUR, ${euro(alone)} EUR by the tariff alone`,
  ].join('  ·  ')
}

function paidRuns(client: Client, firstDay: number) {
  return client.settlementRun.findMany({
    where: { area: AREA, day: { gte: firstDay }, paidTransaction: { not: null } },
    orderBy: [{ day: 'asc' }, { run: 'asc' }],
  })
}

function keyOf({ day, run }: { day: number; run: number }): string {
  return `${day}:${run}`
}

function clockTime(unixSeconds: number): string {
  return new Date(unixSeconds * 1000).toISOString().slice(11, 16)
}

function euro(microEuro: bigint): string {
  return (Number(microEuro) / 1_000_000).toFixed(2)
}
