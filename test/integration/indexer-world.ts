import { fork, type ChildProcess } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { expect } from 'vitest'
import { startPostgres, type RunningPostgres } from '../../scripts/embedded/postgres.ts'
import { readBond, readCreditLine, readFund } from '../../services/chain/accounts.ts'
import { readBalance, readDebt } from '../../services/chain/members.ts'
import { localSigningKey } from '../../services/chain/signing-key.ts'
import { createTransactionSender, type Call, type MinedTransaction } from '../../services/chain/transactions.ts'
import { deliveryPeriod, type DeliveryPeriod } from '../../services/domain/units.ts'
import { connectStore, type Store } from '../../services/store/connect.ts'
import { writeLedger } from '../../services/store/ledger.ts'
import { migrateStore } from '../../services/store/migrate.ts'
import { PROJECTIONS } from '../../services/store/projection-tables.ts'
import {
  AREA,
  clearCall,
  closeGateCall,
  commitCall,
  DSO,
  FIRST_PERIOD,
  HOUSEHOLDS,
  memoryOutbox,
  PLATFORM_OPERATOR,
  POLL_MS,
  signedOrders,
  SILENT_LOG,
  SUPPLIER,
  TAX_AUTHORITY,
  type Market,
} from './ledger-fixture.ts'

const INDEXER = fileURLToPath(new URL('../../services/indexer/main.ts', import.meta.url))

export async function startTestPostgres(port: number): Promise<RunningPostgres> {
  const folder = path.join(tmpdir(), `commonwatt-test-${process.pid}-${port}`)
  const postgres = await startPostgres({ folder, port })
  return {
    url: postgres.url,
    async stop() {
      await postgres.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** A new database that follows the market's ledger. */
export async function createFollower(
  postgres: RunningPostgres,
  name: string,
  { ledger, deploymentHash }: Market,
): Promise<Store> {
  const url = await createDatabase(postgres, name)
  await migrateStore(url)
  const store = connectStore(url)
  await writeLedger(store, { chainId: Number(ledger.chainId), deploymentHash, addresses: ledger.addresses })
  return store
}

export async function createDatabase(postgres: RunningPostgres, name: string): Promise<string> {
  const url = new URL(postgres.url)
  await withClient(postgres.url, (client) => client.query(`CREATE DATABASE ${name}`))
  url.pathname = `/${name}`
  return url.href
}

/** Every row of every projection as text, in the order of the primary keys. */
export async function dumpProjections(url: string): Promise<Record<string, string>> {
  return withClient(url, async (client) => {
    const dump: Record<string, string> = {}
    for (const table of PROJECTIONS) {
      // Keys come first in every table, so that the text of a row sorts by them.
      const { rows } = await client.query<{ row: string }>(`SELECT t::text AS row FROM "${table}" t ORDER BY 1`)
      dump[table] = rows.map(({ row }) => row).join('\n')
    }
    return dump
  })
}

export async function withClient<Result>(url: string, work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

export type Actor = { readonly address: string; send(call: Call): Promise<MinedTransaction> }

/** Makes calls with one of the market's keys. */
export function actorOf(market: Market, privateKey: string): Actor {
  const { ledger } = market
  const sender = createTransactionSender({
    ledger,
    key: localSigningKey(privateKey),
    outbox: memoryOutbox(),
    pollMs: POLL_MS,
    log: SILENT_LOG,
  })
  let calls = 0
  return { address: sender.address, send: (call) => sender.send(`${(calls += 1)}`, call) }
}

/** One period from gate closure to its readings: member 3 buys what 4 sells. */
export async function holdSession(
  market: Market,
  actors: { operator: Actor; gateway: Actor },
  period: DeliveryPeriod,
): Promise<void> {
  const orders = signedOrders(market.ledger, period, [
    [3, 'bid', 1_000n, 200_000n],
    [4, 'offer', 1_500n, 100_000n],
  ])
  await actors.operator.send(closeGateCall(period, orders))
  await actors.operator.send(clearCall(period, orders))
  await actors.gateway.send(commitCall(period, 2))
}

/** Balances, debts, credit lines, fund and bond: what the projections say, which is what the ledger says. */
export async function requireMoneyAsOnTheLedger({ ledger }: Market, store: Store) {
  const members = await store.client.member.findMany({ orderBy: { id: 'asc' } })
  expect(members.map(({ id }) => id)).toEqual([SUPPLIER, DSO, ...HOUSEHOLDS, TAX_AUTHORITY, PLATFORM_OPERATOR])
  for (const { id, balanceMicroEuro, debtMicroEuro, creditLineMicroEuro } of members) {
    expect([id, balanceMicroEuro, debtMicroEuro, creditLineMicroEuro]).toEqual([
      id,
      await readBalance(ledger, id),
      await readDebt(ledger, id),
      await readCreditLine(ledger, id),
    ])
  }
  const { fundMicroEuro, bondMicroEuro } = await store.client.area.findUniqueOrThrow({ where: { id: AREA } })
  expect({ fundMicroEuro, bondMicroEuro }).toEqual({
    fundMicroEuro: await readFund(ledger, AREA),
    bondMicroEuro: await readBond(ledger, AREA),
  })
  return { members, fundMicroEuro, bondMicroEuro }
}

export const periodAfter = (count: number): DeliveryPeriod => deliveryPeriod(FIRST_PERIOD + count)

export type IndexerProcess = { readonly process: ChildProcess; readonly lines: string[] }

export function startIndexer(options: { databaseUrl: string; ledgerUrl: string; brokerUrl: string }): IndexerProcess {
  const child = fork(INDEXER, {
    silent: true,
    env: {
      ...process.env,
      COMMONWATT_DATABASE_URL: options.databaseUrl,
      COMMONWATT_LEDGER_URL: options.ledgerUrl,
      COMMONWATT_BROKER_URL: options.brokerUrl,
      COMMONWATT_DATA: tmpdir(),
      COMMONWATT_POLL_MS: '10',
    },
  })
  const lines: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => lines.push(...chunk.toString().split('\n').filter(Boolean)))
  }
  return { process: child, lines }
}
