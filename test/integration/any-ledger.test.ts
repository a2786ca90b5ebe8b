import { fork, type ChildProcess } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startBroker, type RunningBroker } from '../../scripts/embedded/broker.ts'
import { startPostgres, type RunningPostgres } from '../../scripts/embedded/postgres.ts'
import { projectFolder } from '../../scripts/project-folder.ts'
import { freePort } from '../../scripts/settings.ts'
import { AREA, DEFAULT_RATES } from '../../scripts/setup/neighbourhood.ts'
import { untilIndexed } from '../../scripts/platform.ts'
import { withoutCredentials } from '../../scripts/simulation/device-url.ts'
import { drive } from '../../scripts/simulation/driver.ts'
import { driveMeters } from '../../scripts/simulation/driven-fleet.ts'
import { startMeterFleet } from '../../scripts/simulation/meter-fleet.ts'
import { reportOf } from '../../scripts/simulation/report.ts'
import { deliveryPeriod, startOf } from '../../services/domain/units.ts'
import { readHouseholdKeys } from '../../services/runtime/keys.ts'
import { listHouseholds } from '../../services/store/households.ts'
import { FIRST_PERIOD, launchForTest } from './running-platform.ts'

/**
 * A ledger, a database and a broker that someone else runs. The ledger makes a block a second, as Besu does, has no
 * unlocked account and mines nothing on demand; the accounts hold no ether, and fees are zero.
 */
describe('the platform on a ledger with a block a second, and an external database and broker', () => {
  let folder: string
  let postgres: RunningPostgres
  let broker: RunningBroker
  let ledger: ChildProcess
  let platform: Awaited<ReturnType<typeof launchForTest>>
  const periods = 3
  const servicePassword = 'a-password-of-the-service'
  const names = ['sunny', 'shady']
  const plan = {
    households: names.map((name) => ({ name, connectionCapacityW: 17_250, pvCapacityW: 4_000 })),
    firstPeriod: FIRST_PERIOD,
    lastPeriod: deliveryPeriod(FIRST_PERIOD + periods - 1),
    gateClosureLeadSeconds: 300,
    readingDeadlineSeconds: 300,
    ...DEFAULT_RATES,
  }

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'commonwatt-external-'))
    chmodSync(folder, 0o711)
    postgres = await startPostgres({ folder: path.join(folder, 'postgres'), port: await freePort() })
    broker = await startBroker({ port: await freePort(), servicePassword })
    const port = await freePort()
    const configuration = { port, genesisTime: startOf(FIRST_PERIOD) - 3600, mining: 'interval', privateKeys: [] }
    ledger = fork(path.join(projectFolder, 'scripts', 'embedded', 'ledger.ts'), [], {
      cwd: projectFolder,
      env: { ...process.env, COMMONWATT_EMBEDDED_LEDGER: JSON.stringify(configuration) },
    })
    await new Promise((resolve, reject) => ledger.once('message', resolve).once('exit', reject))
    platform = await launchForTest(names, {
      plan,
      dataFolder: path.join(folder, 'data'),
      ledgerUrl: `http://127.0.0.1:${port}`,
      databaseUrl: postgres.url,
      brokerUrl: broker.url,
    })
  })
  afterAll(async () => {
    await platform?.stop()
    ledger?.kill()
    await broker?.stop()
    await postgres?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  test('starts none of its own', () => {
    expect(['postgres', 'broker', 'ledger'].map((name) => platform.supervisor.pidOf(name))).toEqual([
      undefined,
      undefined,
      undefined,
    ])
    expect(platform.supervisor.pidOf('gateway')).toBeGreaterThan(0)
  })

  test('trades, meters and settles', async () => {
    const recording = {
      firstPeriod: FIRST_PERIOD,
      periods,
      zone: 'Z',
      gaps: [],
      households: [
        {
          name: 'sunny',
          loadWh: [100, 100, 100],
          pvWh: [600, 500, 100],
          pvCapacityW: 4_000,
          connectionCapacityW: 17_250,
        },
        { name: 'shady', loadWh: [300, 700, 400], pvWh: [0, 0, 0], pvCapacityW: 0, connectionCapacityW: 17_250 },
      ],
    }
    const registered = new Map(
      (await listHouseholds(platform.store, AREA)).map(({ name, memberId }) => [name, memberId]),
    )
    const memberIds = names.map((name) => registered.get(name)!)
    const fleet = await startMeterFleet({
      brokerUrl: withoutCredentials(platform.brokerUrl),
      area: AREA,
      ledgerIdentity: { chainId: platform.ledger.chainId, addresses: platform.ledger.addresses },
      meters: await readHouseholdKeys(platform.dataFolder),
    })
    try {
      await drive({
        ...platform,
        fleet: driveMeters(fleet),
        recording,
        memberIds,
        pollMs: 50,
        onProgress: () => undefined,
        signal: new AbortController().signal,
      })
    } finally {
      await fleet.stop()
    }
    await untilIndexed(platform.store, platform.ledger)
    const report = await reportOf({ ...platform, recording, memberIds, forecast: 'perfect', wallSeconds: 0 })
    expect(report.energyWh).toEqual({
      load: 1_700,
      pv: 1_200,
      traded: 300 + 400,
      gridImport: 300 + 400,
      gridExport: 200,
    })
    expect(report.moneyMicroEuro.sum).toBe(0)
    expect(report.invariants.filter(({ violations }) => violations > 0)).toEqual([])
    expect(platform.notices).toEqual([])
  })

  test('goes on where it was when it is stopped and started again', async () => {
    const { client } = platform.store
    const before = { sessions: await client.session.findMany(), members: await client.member.findMany() }
    expect(before.sessions).toHaveLength(periods)
    const {
      ledger: { url },
      brokerUrl,
      dataFolder,
      store,
    } = platform
    await platform.stop()
    platform = await launchForTest(names, { plan, dataFolder, ledgerUrl: url, databaseUrl: store.url, brokerUrl })
    await untilIndexed(platform.store, platform.ledger)
    expect(await platform.store.client.session.findMany()).toEqual(before.sessions)
    expect(await platform.store.client.member.findMany()).toEqual(before.members)
    expect(platform.notices).toEqual([])
  })

  test('says at once that the clock of a ledger without time control cannot be hurried', async () => {
    const proxy = await startLedgerWithoutTimeControl(platform.ledger.url)
    await platform.stop()
    try {
      const launching = launchForTest(names, {
        plan,
        speed: 60,
        ledgerUrl: proxy.url,
        databaseUrl: postgres.url,
        brokerUrl: broker.url,
      })
      await expect(launching).rejects.toMatchObject({ code: 'ledger-without-time-control' })
    } finally {
      await proxy.stop()
    }
  })
})

/** A node as others run it: it passes everything on but what only Hardhat knows. */
async function startLedgerWithoutTimeControl(target: string): Promise<{ url: string; stop: () => Promise<void> }> {
  const server = createServer((request, response) => {
    void (async () => {
      const body = await text(request)
      const isHardhats = /"method":"(evm|hardhat)_/.test(body)
      const refusal = {
        jsonrpc: '2.0',
        id: (JSON.parse(body) as { id?: number }).id ?? null,
        error: { code: -32601, message: 'method not found' },
      }
      const answer = isHardhats
        ? JSON.stringify(refusal)
        : await (await fetch(target, { method: 'POST', headers: { 'content-type': 'application/json' }, body })).text()
      response.setHeader('content-type', 'application/json')
      response.end(answer)
    })()
  })
  const port = await freePort()
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${port}`,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
