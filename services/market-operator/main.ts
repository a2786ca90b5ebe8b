import { messageOf } from '../chain/errors.ts'
import { followLedgerClock } from '../chain/ledger-clock.ts'
import { connectLedger } from '../chain/ledger.ts'
import { createTransactionSender } from '../chain/transactions.ts'
import { readSigningKey } from '../chain/role-keys.ts'
import { createHealth } from '../runtime/health.ts'
import { runLoop } from '../runtime/loop.ts'
import { createSalts } from '../runtime/salts.ts'
import { runService } from '../runtime/service.ts'
import { connectStore } from '../store/connect.ts'
import { eraseOwnStatements } from '../store/erased-statements.ts'
import { eraseOwnFlexLeaves } from '../store/flexibility/erased-leaves.ts'
import { readLedgerAddresses } from '../store/ledger.ts'
import { holdLock } from '../store/lock.ts'
import { outboxOf } from '../store/outbox.ts'
import { listConnections } from '../store/readings.ts'
import { isStoreUnreachable } from '../store/unreachable.ts'
import { driveClock } from './clock.ts'
import { startDuties } from './duties.ts'

runService('market-operator', async ({ configuration, log, report }) => {
  const { databaseUrl, dataFolder, ledgerUrl, pollMs, speed } = configuration
  const health = createHealth(report, log)
  const releaseLock = await holdLock(databaseUrl, 'market-operator')
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
    key: await readSigningKey(dataFolder, 'market-operator'),
    outbox: outboxOf(store, 'operator'),
    pollMs,
    log,
    highestFeePerGas: configuration.highestFeePerGas,
    onTrouble: (detail) => {
      if (detail === null) health.recovered('transactions')
      else health.trouble('transactions', detail)
    },
  })
  const operation = { ledger, clock, store, sender, log, saltOf: await createSalts(dataFolder) }

  const time = await driveClock(ledger, clock, speed)
  const areas = [...new Set((await listConnections(store)).map(({ area }) => area))]
  const duties = await Promise.all(areas.map((area) => startDuties(operation, health, area)))
  const erasing = runLoop({
    ...{ name: 'erasures', clock, health, isStoreUnreachable },
    step: async () => {
      const isProgress = await eraseOwnStatements(store)
      return (await eraseOwnFlexLeaves(store)) || isProgress
    },
  })

  return async () => {
    sender.stop()
    await Promise.all([...duties, erasing].map((duty) => duty.stop()))
    await time.stop()
    clock.stop()
    ledger.close()
    await store.close()
    await releaseLock()
  }
})
