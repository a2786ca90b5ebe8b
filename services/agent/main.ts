import { readCalendar } from '../chain/areas.ts'
import { followLedgerClock } from '../chain/ledger-clock.ts'
import { connectLedger, type Ledger } from '../chain/ledger.ts'
import { createMemoryOutbox } from '../chain/memory-outbox.ts'
import { localSigningKey } from '../chain/signing-key.ts'
import { createTransactionSender, type TransactionSender } from '../chain/transactions.ts'
import { DomainError } from '../domain/errors.ts'
import { tradingDayOf, type DeliveryPeriod } from '../domain/units.ts'
import { readHouseholdKeys, type HouseholdKeys } from '../runtime/keys.ts'
import { createSalts } from '../runtime/salts.ts'
import { runService } from '../runtime/service.ts'
import { connectStore, type Store } from '../store/connect.ts'
import { findTraderWithOrder } from '../store/gate-closures.ts'
import { readLedgerAddresses } from '../store/ledger.ts'
import { listConnections } from '../store/readings.ts'
import { readDraws } from '../store/traders.ts'
import { readDelegatedKeys } from './delegated-keys.ts'
import { createExpectations, EXPECTED_TOPICS } from '../runtime/expectations.ts'
import { perfectForecast, persistenceForecast, readForecastMethod } from './forecast.ts'
import { readHomes } from './homes.ts'
import { startProvidingKeys } from './key-provision.ts'
import { startOrdering } from './ordering.ts'
import { startReplacing } from './replacement.ts'
import { createSignal } from './signal.ts'
import { readTraderKeys } from './trader-keys.ts'

const PLACED_TOPIC = 'commonwatt/v1/agent/placed'

runService('agent', async ({ configuration, log, broker, report }) => {
  const { apiPort, databaseUrl, dataFolder, ledgerUrl, pollMs } = configuration
  const method = readForecastMethod()
  const store = connectStore(databaseUrl)
  const ledger = await connectLedger({ url: ledgerUrl, addresses: await readLedgerAddresses(store) })
  const clock = await followLedgerClock(ledger, pollMs, (error) =>
    report(error === null ? 'up' : 'degraded', error === null ? undefined : 'the ledger does not answer'),
  )
  const news = createSignal()
  clock.onBlock(() => news.fire())

  const expectations = createExpectations()
  if (method === 'perfect') {
    broker.on('message', (topic, payload) => {
      try {
        expectations.note(topic, payload)
      } catch (error) {
        if (!(error instanceof DomainError)) throw error
        log.warn({ topic, code: error.code }, error.message)
      }
      news.fire()
    })
    await broker.subscribeAsync(EXPECTED_TOPICS, { qos: 1 })
  }

  const keys = await readHouseholdKeys(dataFolder)
  const areaOf = new Map((await listConnections(store)).map(({ memberId, area }) => [memberId, area]))
  const areas = [...new Set(areaOf.values())]
  const delegatedKeyOf = await readDelegatedKeys(dataFolder)
  const provision = startProvidingKeys(store, delegatedKeyOf, log)
  const placed = new Map<number, DeliveryPeriod>()
  const announce = (area: number, period: DeliveryPeriod) => {
    placed.set(area, period)
    if (placed.size < areas.length) return
    const message = JSON.stringify({ deliveryPeriod: Math.min(...placed.values()) })
    broker.publish(PLACED_TOPIC, message, { qos: 1, retain: true })
  }

  const saltOf = await createSalts(dataFolder)
  const forecast = method === 'perfect' ? perfectForecast(expectations) : persistenceForecast(store)
  const orderings = await Promise.all(
    areas.map(async (area) =>
      startOrdering({
        area,
        calendar: await readCalendar(ledger, area),
        readHomes: () => readHomes({ store, ownKeys: keys, delegatedKeyOf }, area),
        ledger,
        readDraws: (day) => readDraws(store, area, day),
        clock,
        forecast,
        news,
        apiUrl: `http://127.0.0.1:${apiPort}`,
        saltOf,
        log,
        onPlaced: (period) => announce(area, period),
        report,
      }),
    ),
  )
  // By the keys of the members that act: most never do.
  const senders = new Map<number, TransactionSender>()
  const newSender = ({ tradingKey }: HouseholdKeys) =>
    createTransactionSender({ ledger, key: localSigningKey(tradingKey), outbox: createMemoryOutbox(), pollMs, log })
  const senderOf = (memberId: number) => {
    const sender = senders.get(memberId) ?? newSender(keys.find((household) => household.memberId === memberId)!)
    senders.set(memberId, sender)
    return sender
  }
  const replacements = await Promise.all(
    areas.map(async (area) => {
      const homes = keys.filter(({ memberId }) => areaOf.get(memberId) === area)
      return startReplacing({
        area,
        calendar: await readCalendar(ledger, area),
        ledger,
        clock,
        news,
        actingMember: (period) => actingMemberOf({ ledger, store }, area, homes, period),
        senderOf,
        log,
      })
    }),
  )
  log.info({ households: keys.length, forecast: method }, `${keys.length} households order by ${method} forecast`)

  return async () => {
    for (const sender of senders.values()) sender.stop()
    await Promise.all([...orderings, ...replacements, provision].map((duty) => duty.stop()))
    clock.stop()
    ledger.close()
    await store.close()
  }
})

/** The first of the homes that has an order in the session; null where none has. */
async function actingMemberOf(
  { ledger, store }: { readonly ledger: Ledger; readonly store: Store },
  area: number,
  homes: readonly HouseholdKeys[],
  period: DeliveryPeriod,
): Promise<number | null> {
  const keyOf = await readTraderKeys(
    { ledger, area, readDraws: (day) => readDraws(store, area, day) },
    tradingDayOf(period),
  )
  const memberOf = new Map(
    homes.flatMap((home) => {
      const key = keyOf(home)
      return key === null || key === undefined ? [] : [[key.entry.trader, home.memberId] as const]
    }),
  )
  const trader = await findTraderWithOrder(store, area, period, [...memberOf.keys()])
  return trader === null ? null : memberOf.get(trader)!
}
