import { randomBytes } from 'node:crypto'
import { readCalendar, readTariff } from '../chain/areas.ts'
import { messageOf } from '../chain/errors.ts'
import { followLedgerClock } from '../chain/ledger-clock.ts'
import { connectLedger } from '../chain/ledger.ts'
import { readMembers } from '../chain/members.ts'
import { readKey, readSigningKey } from '../chain/role-keys.ts'
import { createTransactionSender } from '../chain/transactions.ts'
import { DomainError } from '../domain/errors.ts'
import { rate } from '../domain/units.ts'
import { createExpectations, EXPECTED_TOPICS } from '../runtime/expectations.ts'
import { eraseFlexConsents, readFlexConsents } from '../runtime/flex-consents.ts'
import { createHealth } from '../runtime/health.ts'
import { FLEXIBILITY_TOPICS } from '../runtime/home-flexibility.ts'
import { runLoop } from '../runtime/loop.ts'
import { createSalts } from '../runtime/salts.ts'
import { runService } from '../runtime/service.ts'
import { connectStore } from '../store/connect.ts'
import { listErasedMembers } from '../store/erasures.ts'
import { eraseOwnPool } from '../store/flexibility/erased-pool.ts'
import { readLedgerAddresses } from '../store/ledger.ts'
import { holdLock } from '../store/lock.ts'
import { listen } from '../store/notifications.ts'
import { outboxOf } from '../store/outbox.ts'
import { listConnections } from '../store/readings.ts'
import { isStoreUnreachable } from '../store/unreachable.ts'
import { announceOver } from './announcements.ts'
import { apiDeskOf } from './api-desk.ts'
import { createDispatching } from './dispatching.ts'
import { createHomes } from './homes.ts'
import { createNominating } from './nominating.ts'
import { createOffering } from './offering.ts'
import type { Operation } from './operation.ts'
import { readAggregatorSettings } from './settings.ts'
import { signalOver } from './signals.ts'
import { marketOfStore } from './store-market.ts'
import { recordsOfStore } from './store-records.ts'

/** Between looks at devices that have not answered; no block says that they have. */
const ANSWER_POLL_MS = 200
/** In real time a device that knows no schedules is told its set-point so shortly before the period. */
const REAL_LEAD_SECONDS = 60

runService('aggregator', async ({ configuration, log, broker, report }) => {
  const { apiPort, databaseUrl, dataFolder, ledgerUrl, pollMs, speed } = configuration
  const health = createHealth(report, log)
  const releaseLock = await holdLock(databaseUrl, 'aggregator')
  const store = connectStore(databaseUrl)
  const ledger = await connectLedger({
    url: ledgerUrl,
    addresses: await readLedgerAddresses(store),
    timeoutMs: configuration.ledgerTimeoutMs,
  })
  const clock = await followLedgerClock(ledger, pollMs, (error) => {
    if (error === null) health.recovered('ledger')
    else health.trouble('ledger', messageOf(error))
  })
  const sender = createTransactionSender({
    ledger,
    key: await readSigningKey(dataFolder, 'aggregator'),
    outbox: outboxOf(store, 'aggregator'),
    pollMs,
    log,
    highestFeePerGas: configuration.highestFeePerGas,
    onTrouble: (detail) => {
      if (detail === null) health.recovered('transactions')
      else health.trouble('transactions', detail)
    },
  })

  const homes = createHomes()
  const expectations = createExpectations()
  const listeners = new Set<() => void>()
  const wake = () => {
    for (const listener of listeners) listener()
  }
  broker.on('message', (topic, payload) => {
    try {
      if (topic.endsWith('/flexibility')) homes.note(topic, payload)
      else expectations.note(topic, payload)
    } catch (error) {
      if (!(error instanceof DomainError)) throw error
      log.warn({ topic, code: error.code }, error.message)
    }
    wake()
  })
  await broker.subscribeAsync([FLEXIBILITY_TOPICS, EXPECTED_TOPICS], { qos: 1 })
  // What was done on the ledger is read where the indexer keeps it, which is after its block.
  const stopListening = await listen(databaseUrl, 'projection', wake, { onReconnect: wake })
  const stopBlocks = clock.onBlock(wake)
  const news = {
    onBlock(listener: () => void) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }

  const areas = [...new Set((await listConnections(store)).map(({ area }) => area))]
  const calendar = await readCalendar(ledger, areas[0]!)
  const ownMembers = async (): Promise<readonly number[]> => {
    const members = (await Promise.all(areas.map((area) => readMembers(ledger, area)))).flat()
    const own = members.filter(({ kind, account }) => kind === 'aggregator' && account === sender.address)
    return own.map(({ memberId }) => memberId)
  }
  const operation: Operation = {
    ...{ clock, sender, homes, log },
    nowMs: () => performance.now(),
    market: marketOfStore(store, ledger, ownMembers),
    records: recordsOfStore(store),
    desk: apiDeskOf({
      ...{ store, ledger, apiUrl: `http://127.0.0.1:${apiPort}` },
      privateKey: await readKey(dataFolder, 'aggregator'),
    }),
    expectedOf: (memberId, period) => expectations.netOf(memberId, period),
    consents: await readFlexConsents(dataFolder),
    async readCompensation(area, period) {
      const { retail, feedIn } = await readTariff(ledger, area, period)
      return rate(retail - feedIn)
    },
    settings: readAggregatorSettings(speed === 'stepped' ? calendar.gateClosureLeadSeconds : REAL_LEAD_SECONDS),
    drawSalt: () => `0x${randomBytes(32).toString('hex')}`,
    saltOf: await createSalts(dataFolder),
    announce: announceOver(broker),
    signal: signalOver(broker),
  }
  const dispatching = createDispatching(operation)
  const duties: Readonly<Record<string, () => Promise<boolean>>> = {
    nominations: createNominating(operation),
    offers: createOffering(operation),
    dispatches: dispatching.step,
    async erasures() {
      const isProgress = await eraseOwnPool(store)
      return (await eraseFlexConsents(dataFolder, await listErasedMembers(store))) || isProgress
    },
  }
  const loops = Object.entries(duties).map(([name, step]) =>
    runLoop({ name, clock: news, health, step, isStoreUnreachable }),
  )
  const polling = setInterval(() => {
    if (dispatching.isWaiting()) wake()
  }, ANSWER_POLL_MS)

  return async () => {
    clearInterval(polling)
    sender.stop()
    await Promise.all(loops.map((loop) => loop.stop()))
    stopBlocks()
    await stopListening()
    clock.stop()
    ledger.close()
    await store.close()
    await releaseLock()
  }
})
