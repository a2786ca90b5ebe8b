import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isCommitted } from '../../services/chain/sessions.ts'
import { connectMeter, period, readingAt } from './gateway-meters.ts'
import { endOfPeriod, startGatewayWorld, type GatewayWorld } from './gateway-world.ts'
import { startProxy, type Proxy, type ProxyMode } from './ledger-fixture.ts'
import { expectOneEffect } from './outbox-effects.ts'

const PORT = 18_660
const FAULTS: readonly ProxyMode[] = ['refuse', 'fail', 'hang', 'garbage', 'nonsense', 'error', 'lose']

/** The gateway reaches the ledger through a proxy; in every period another thing goes wrong there. */
describe('a ledger that does not answer as it should', () => {
  let world: GatewayWorld
  let proxy: Proxy
  let meters: Awaited<ReturnType<typeof connectMeter>>[]

  beforeAll(async () => {
    proxy = await startProxy(PORT + 4, `http://127.0.0.1:${PORT + 2}`)
    world = await startGatewayWorld({
      port: PORT,
      households: 2,
      lastPeriod: period(2 * FAULTS.length),
      gatewayLedgerUrl: proxy.url,
      environment: { COMMONWATT_LEDGER_TIMEOUT_MS: '500' },
    })
    await world.startGateway()
    meters = await Promise.all(world.households.map((home) => connectMeter(world, home.meterKey)))
    await world.advanceTo(endOfPeriod(-1))
    await Promise.all(meters.map((meter) => meter.report(readingAt(-1))))
  })
  afterAll(async () => {
    await world.stop()
    await proxy.stop()
  })

  const detail = () => (world.presence()?.state === 'degraded' ? (world.presence()?.detail ?? '') : '')

  test.each(FAULTS.map((fault, position) => ({ fault, position })))(
    'is named in the health of the gateway, and has every commitment once after it: $fault',
    async ({ fault, position }) => {
      await world.advanceTo(endOfPeriod(position))
      expect(await meters[0]!.report(readingAt(position))).toMatchObject({ status: 'accepted' })
      proxy.treat = () => fault
      await expect.poll(detail, { timeout: 20_000 }).toMatch(/ledger/)
      expect(detail()).not.toMatch(/database/)
      const sent = meters[1]!.report(readingAt(position))
      const looks = proxy.seen.length
      await expect.poll(() => proxy.seen.length, { timeout: 20_000 }).toBeGreaterThan(looks + 2)

      proxy.treat = () => 'pass'
      void meters[1]!.report(readingAt(position))
      expect(await sent).toMatchObject({ status: 'accepted' })
      await expectOneEffect(world, position, { count: 2, importTotal: 200n, exportTotal: 20n })
      await expect.poll(() => world.presence(), { timeout: 20_000 }).toMatchObject({ state: 'up' })
      for (const meter of meters) meter.receipts.length = 0
    },
  )

  test.each(FAULTS.map((fault, index) => ({ fault, position: FAULTS.length + index })))(
    'does not end the gateway where it begins with the transaction: $fault',
    async ({ fault, position }) => {
      await world.advanceTo(endOfPeriod(position))
      expect(await meters[0]!.report(readingAt(position))).toMatchObject({ status: 'accepted' })
      // The time of blocks is told, and nothing else.
      proxy.treat = (body) => (/eth_getBlockByNumber/.test(body) ? 'pass' : fault)
      expect(await meters[1]!.report(readingAt(position))).toMatchObject({ status: 'accepted' })
      await expect.poll(detail, { timeout: 20_000 }).toMatch(/transactions: .*ledger/)
      expect(detail()).not.toMatch(/database/)
      if (fault !== 'lose') expect(await isCommitted(world.ledger, world.area, period(position))).toBe(false)

      proxy.treat = () => 'pass'
      await expectOneEffect(world, position, { count: 2, importTotal: 200n, exportTotal: 20n })
      await expect.poll(() => world.presence(), { timeout: 20_000 }).toMatchObject({ state: 'up' })
    },
  )
})
