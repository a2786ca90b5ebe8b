import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { findFlexOrder, isAggregatorOf } from '../chain/flex-order-authority.ts'
import { readPortfolioAt } from '../chain/flex-portfolios.ts'
import { followLedgerClock, readLatestBlock } from '../chain/ledger-clock.ts'
import { connectLedger, type Ledger } from '../chain/ledger.ts'
import { passkeyAccountOf } from '../chain/passkey-accounts.ts'
import { relayTransaction } from '../chain/relay.ts'
import { addressOfKey } from '../chain/typed-data.ts'
import { DomainError } from '../domain/errors.ts'
import type { Log } from '../runtime/log.ts'
import { readKey } from '../chain/role-keys.ts'
import { PRESENCE_TOPICS } from '../runtime/presence.ts'
import type { ServiceContext } from '../runtime/service.ts'
import { connectStore, type Store } from '../store/connect.ts'
import { readLedgerAddresses } from '../store/ledger.ts'
import { listen as listenToStore } from '../store/notifications.ts'
import { isStoreUnreachable } from '../store/unreachable.ts'
import { readIndexedBlock } from '../store/views/database.ts'
import { readIdentitiesOf, readRolesOf } from '../store/views/credentials.ts'
import type { FlexOrdersOnLedger } from './aggregator-signer.ts'
import { accountCallsOf } from './account-calls.ts'
import { accountsOf, wallClock, type AccountsOptions } from './accounts.ts'
import { createCatchUp } from './catch-up.ts'
import { createClientOf, createRateLimit } from './client-rate.ts'
import { deviceCommandsOf } from './device-commands.ts'
import { createEventStream, type EventStream } from './event-stream.ts'
import { erasuresOf, startErasing } from './erasures.ts'
import { deviceHealthOf } from './device-health.ts'
import { devicesOf } from './devices.ts'
import { deviceUpkeepOf } from './device-upkeep.ts'
import { evidenceOf } from './evidence.ts'
import { exportsOf } from './exports.ts'
import { flexOversightOf } from './flex-oversight.ts'
import { flexibilityOf } from './flexibility.ts'
import { governanceOf } from './governance.ts'
import { createHealthCheck } from './health.ts'
import { householdFlexibilityOf } from './household-flexibility.ts'
import { identitiesOf } from './identities.ts'
import { invitationsOf } from './invitations.ts'
import { joiningsOf } from './joinings.ts'
import { ledgerIdentityOf } from './ledger-identity.ts'
import { ngsiLdOf } from './ngsi-ld/entities.ts'
import { orderIntakeOf } from './order-intake.ts'
import { createOrderRate } from './order-rate.ts'
import { presentationsOf, startForgettingPresentations } from './presentations.ts'
import { meterImportsOf } from './meter-imports.ts'
import { createPresences } from './process-presence.ts'
import { deliveryPeriod, blockNumber } from './schemas/scalars.ts'
import { refusalsOf } from './refusals.ts'
import { createApi, listen } from './server.ts'
import { LOCAL_HOSTS } from './guards.ts'
import { tradersOf } from './traders.ts'
import { viewsOf } from './views.ts'

const WEB_FOLDER = fileURLToPath(new URL('../../web/dist', import.meta.url))
const HEALTH_PERIOD_MS = 2_000

/** What the ledger says of accounts, and of the keys that own them. */
export type LedgerIdentity = Pick<AccountsOptions, 'identity' | 'passkeyAccountOf'>

/** By what the indexer has read; `now` is the ledger's clock, in unix seconds. */
function ledgerIdentityFrom(store: Store, ledger: Ledger, now: () => number): LedgerIdentity {
  return {
    identity: {
      accountsOwnedBy: (account) => readIdentitiesOf(store, account),
      rolesOf: (account) => readRolesOf(store, account, now()),
    },
    passkeyAccountOf: (x, y, relyingParty) =>
      Promise.resolve(passkeyAccountOf(ledger.addresses.passkeyAccounts, { x, y, relyingParty })),
  }
}

function flexOrdersOn(ledger: Ledger): FlexOrdersOnLedger {
  return {
    readFlexOrder: (orderId) => findFlexOrder(ledger, orderId),
    readPortfolioAt: (productId, memberId, time) => readPortfolioAt(ledger, productId, memberId, time),
    isAggregatorOf: (portfolioId, account) => isAggregatorOf(ledger, portfolioId, account),
  }
}

const projectionNotice = z.object({ blockNumber: blockNumber.nullable(), periods: z.array(deliveryPeriod) })

/** Starts the api with everything that it stands on; resolves to what stops it. Throws `port-taken`. */
export async function startApi(
  { configuration, log, broker, report }: ServiceContext,
  identityFrom: typeof ledgerIdentityFrom = ledgerIdentityFrom,
  flexOrdersFrom: typeof flexOrdersOn = flexOrdersOn,
): Promise<() => Promise<void>> {
  const store = connectStore(configuration.databaseUrl, { connections: 10 })
  const ledger = await connectLedger({ url: configuration.ledgerUrl, addresses: await readLedgerAddresses(store) })
  const clock = await followLedgerClock(ledger, configuration.pollMs)
  const receiptKey = await readKey(configuration.dataFolder, 'receipts')
  const relayKey = await readKey(configuration.dataFolder, 'relay')

  const presences = createPresences()
  broker.on('message', presences.receive)
  await broker.subscribeAsync(PRESENCE_TOPICS, { qos: 1 })

  const stream = createEventStream({ mostClients: 200, mostBufferedBytes: 256 * 1_024, heartbeatMs: 15_000 })
  const stopListening = await listenToStore(
    configuration.databaseUrl,
    'projection',
    (payload) => {
      const notice = projectionNotice.parse(JSON.parse(payload))
      if (notice.blockNumber !== null) stream.send('projection', notice)
    },
    // What was said while the connection was broken is lost: without periods the notice still says how far things are.
    { onReconnect: () => void sendLatestBlock(store, stream, log) },
  )
  const checkHealth = createHealthCheck({
    readIndexedBlock: () => readIndexedBlock(store),
    readLatestBlock: () => readLatestBlock(ledger),
    isBrokerConnected: () => broker.connected,
    presences: presences.latest,
    now: Date.now,
  })
  const requireCaughtUp = createCatchUp(clock.blockNumber(), () => readIndexedBlock(store))
  const isOrderWelcome = createOrderRate({ perSecond: 10_000, burst: 20_000 })
  const isRelayWelcome = createOrderRate({ perSecond: 20, burst: 200 })

  const { apiOrigin: publicOrigin, retentionDays = 0 } = configuration
  const clientOf = createClientOf(publicOrigin)
  const stopErasing = startErasing(store, log, wallClock)
  const stopForgetting = startForgettingPresentations(store, log, wallClock)

  const access = accountsOf({ store, ledger, publicOrigin, ...identityFrom(store, ledger, () => clock.now()) })
  const accountCalls = accountCallsOf({ store, ledger, access, relayKey })
  const { isUnderway } = accountCalls

  const app = createApi({
    ...access,
    ...accountCalls,
    ...invitationsOf({ store, access, now: wallClock }),
    ...joiningsOf({ store, ledger, access, isUnderway, ledgerNow: () => clock.now(), now: wallClock }),
    ...tradersOf({ store, ledger, access }),
    ...viewsOf(store, () => clock.now()),
    ...evidenceOf(store, ledger, () => clock.now()),
    ...exportsOf(store, ledger, () => clock.now()),
    ...erasuresOf(store, { now: () => clock.now(), retentionDays }),
    requireExportWelcome: createRateLimit({ perSecond: 0.2, burst: 30 }, 'too-many-requests', clientOf),
    ...identitiesOf(store, ledger, () => clock.now()),
    requireDocumentWelcome: createRateLimit({ perSecond: 5, burst: 60 }, 'too-many-requests', clientOf),
    ...governanceOf({ store, ledger, clock }),
    ...flexibilityOf({ store, access, now: () => clock.now() }),
    ...flexOversightOf(store, access),
    ...householdFlexibilityOf(store),
    ...presentationsOf({ store, ledger, publicOrigin, access, now: wallClock }),
    requirePresentationWelcome: createRateLimit({ perSecond: 2, burst: 60 }, 'too-many-requests', clientOf),
    ...meterImportsOf({ store, access, ledgerNow: () => clock.now(), now: wallClock }),
    requireMeterImportWelcome: createRateLimit({ perSecond: 0.2, burst: 40 }, 'too-many-requests', clientOf),
    ...ngsiLdOf({ store, chainId: ledger.chainId, access }),
    requireEntitiesWelcome: createRateLimit({ perSecond: 10, burst: 100 }, 'too-many-requests', clientOf),
    ...deviceHealthOf({ store, access, now: () => clock.now() }),
    ...refusalsOf(store, () => clock.now()),
    ...devicesOf({ store, ledger, access, ledgerNow: () => clock.now(), now: wallClock }),
    ...deviceUpkeepOf({ store, access, ledgerNow: () => clock.now() }),
    requireDeviceWelcome: createRateLimit({ perSecond: 0.2, burst: 40 }, 'too-many-requests', clientOf),
    ...deviceCommandsOf({ store, ledger, access, flexOrders: flexOrdersFrom(ledger), ledgerNow: () => clock.now() }),
    requireCommandWelcome: createRateLimit({ perSecond: 5, burst: 60 }, 'too-many-requests', clientOf),
    requireActivationWelcome: createRateLimit({ perSecond: 100, burst: 1_000 }, 'too-many-requests', clientOf),
    placeOrders: orderIntakeOf({ store, ledger, receiptKey, requireCaughtUp }),
    requireWelcome: (request, orders) => {
      if (isOrderWelcome(clientOf(request), orders, performance.now())) return
      throw new DomainError('too-many-orders', 'orders come faster than they are taken')
    },
    relayTransaction: (rawTransaction) => relayTransaction(ledger, rawTransaction),
    requireRelayWelcome: (request) => {
      if (isRelayWelcome(clientOf(request), 1, performance.now())) return
      throw new DomainError('too-many-transactions', 'transactions come faster than they are relayed')
    },
    ledgerIdentity: ledgerIdentityOf(ledger, addressOfKey(receiptKey)),
    checkHealth,
    stream,
    log,
    isDatabaseUnreachable: isStoreUnreachable,
    webFolder: WEB_FOLDER,
    hosts: publicOrigin === undefined ? LOCAL_HOSTS : [...LOCAL_HOSTS, new URL(publicOrigin).hostname],
  })
  const server = await listen(app, configuration.apiPort)
  log.info({ address: `http://127.0.0.1:${server.port}` }, 'listening')

  const stopWatching = watchHealth(checkHealth, (status, problems) => {
    stream.greetWith('health', { status, problems })
    stream.send('health', { status, problems })
    if (status === 'down') report('degraded', problems.join('; '))
    else report('up')
  })

  return async () => {
    stopWatching()
    stream.close()
    await server.close()
    await stopErasing()
    await stopForgetting()
    await stopListening()
    clock.stop()
    ledger.close()
    await store.close()
  }
}

async function sendLatestBlock(store: Store, stream: EventStream, log: Log): Promise<void> {
  try {
    const blockNumber = await readIndexedBlock(store)
    if (blockNumber !== null) stream.send('projection', { blockNumber, periods: [] })
  } catch (error) {
    if (!isStoreUnreachable(error)) throw error
    log.warn('the database went away again')
  }
}

/** Looks at the health again and again, and tells when it changed; the first time at once. */
function watchHealth(
  check: ReturnType<typeof createHealthCheck>,
  onChange: (status: 'ok' | 'degraded' | 'down', problems: string[]) => void,
): () => void {
  let last = ''
  let timer: NodeJS.Timeout | undefined
  let isStopped = false
  const look = async () => {
    const { status, problems } = await check()
    if (isStopped) return
    const key = JSON.stringify([status, problems])
    if (key !== last) onChange(status, problems)
    last = key
    timer = setTimeout(() => void look(), HEALTH_PERIOD_MS)
  }
  void look()
  return () => {
    isStopped = true
    clearTimeout(timer)
  }
}
