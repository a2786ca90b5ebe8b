import { messageOf } from '../chain/errors.ts'
import { followLedgerClock } from '../chain/ledger-clock.ts'
import { connectLedger } from '../chain/ledger.ts'
import { readSigningKey } from '../chain/role-keys.ts'
import { createTransactionSender } from '../chain/transactions.ts'
import { DomainError } from '../domain/errors.ts'
import { createExpectations, EXPECTED_TOPICS } from '../runtime/expectations.ts'
import { readGridCalendar } from '../runtime/grid-calendar.ts'
import { createHealth } from '../runtime/health.ts'
import { runLoop } from '../runtime/loop.ts'
import { runService } from '../runtime/service.ts'
import { connectStore } from '../store/connect.ts'
import { eraseOwnGuardRecords } from '../store/flexibility/guard-records.ts'
import { readLedgerAddresses } from '../store/ledger.ts'
import { holdLock } from '../store/lock.ts'
import { outboxOf } from '../store/outbox.ts'
import { listConnections } from '../store/readings.ts'
import { isStoreUnreachable } from '../store/unreachable.ts'
import { announceOver } from './announcements.ts'
import { createDuties } from './duties.ts'
import type { Operation } from './operation.ts'
import { readGridSettings } from './settings.ts'
import { marketOfStore } from './store-market.ts'
import { recordsOfStore } from './store-records.ts'

runService('grid-operator', async ({ configuration, log, broker, report }) => {
  const { databaseUrl, dataFolder, ledgerUrl, pollMs } = configuration
  const settings = readGridSettings()
  const health = createHealth(report, log)
  const releaseLock = await holdLock(databaseUrl, 'grid-operator')
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
    key: await readSigningKey(dataFolder, 'grid-operator'),
    outbox: outboxOf(store, 'grid-operator'),
    pollMs,
    log,
    highestFeePerGas: configuration.highestFeePerGas,
    onTrouble: (detail) => {
      if (detail === null) health.recovered('transactions')
      else health.trouble('transactions', detail)
    },
  })
  const expectations = createExpectations()
  broker.on('message', (topic, payload) => {
    try {
      expectations.note(topic, payload)
    } catch (error) {
      if (!(error instanceof DomainError)) throw error
      log.warn({ topic, code: error.code }, error.message)
    }
  })
  await broker.subscribeAsync(EXPECTED_TOPICS, { qos: 1 })

  const now = () => clock.now()
  const operationOf = (area: number): Operation => ({
    ...{ ledger, clock, sender, settings, log },
    market: marketOfStore({ store, ledger, area, buyer: sender.address, now }),
    records: recordsOfStore(store, { expectations, now }),
    calendar: readGridCalendar(now()),
    announce: announceOver(broker),
  })
  const areas = [...new Set((await listConnections(store)).map(({ area }) => area))]
  const loops = areas.map((area) => {
    const operation = operationOf(area)
    return runLoop({
      ...{ name: `flexibility of area ${area}`, clock, health, isStoreUnreachable },
      step: createDuties(operation),
    })
  })

  const erasing = runLoop({
    ...{ name: 'erasures', clock, health, isStoreUnreachable },
    step: () => eraseOwnGuardRecords(store),
  })

  return async () => {
    sender.stop()
    await Promise.all([...loops, erasing].map((loop) => loop.stop()))
    clock.stop()
    ledger.close()
    await store.close()
    await releaseLock()
  }
})
