import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { OUTBOX_STEPS } from '../../services/chain/outbox.ts'
import { connectMeter, period, readingAt } from './gateway-meters.ts'
import { endOfPeriod, startGatewayWorld, type GatewayWorld } from './gateway-world.ts'
import { expectOneEffect } from './outbox-effects.ts'

/** The periods of one area, in each of which the gateway is killed at another step. */
describe('a gateway that is killed has its commitment on the ledger once, and no nonce is left out', () => {
  let world: GatewayWorld
  let meters: Awaited<ReturnType<typeof connectMeter>>[]

  beforeAll(async () => {
    world = await startGatewayWorld({ port: 18_640, households: 2, lastPeriod: period(OUTBOX_STEPS.length) })
    meters = await Promise.all(world.households.map((home) => connectMeter(world, home.meterKey)))
    await world.startGateway()
    await world.advanceTo(endOfPeriod(-1))
    await Promise.all(meters.map((meter) => meter.report(readingAt(-1))))
    await world.stopGateway()
  })
  afterAll(() => world.stop())

  test.each(OUTBOX_STEPS.map((step, position) => ({ step, position })))('at: $step', async ({ step, position }) => {
    await world.startDyingGateway(step)
    await world.advanceTo(endOfPeriod(position))
    // What is broadcast stays unmined until the gateway is dead and another one has taken its place.
    if (step === 'broadcast') await world.ledger.provider.send('evm_setAutomine', [false])
    const reports = meters.map((meter) => meter.report(readingAt(position)))
    expect(await world.gatewayEnded()).toBe('SIGKILL')

    await world.startGateway()
    if (step === 'broadcast') {
      await world.ledger.provider.send('evm_setAutomine', [true])
      await world.ledger.provider.send('evm_mine', [])
    }
    // Whoever has no receipt sends again; for whoever has one that changes nothing.
    for (const meter of meters) void meter.report(readingAt(position))
    for (const receipt of await Promise.all(reports)) expect(receipt).toMatchObject({ status: 'accepted' })
    await expectOneEffect(world, position, { count: 2, importTotal: 200n, exportTotal: 20n })
    await world.stopGateway()
    for (const meter of meters) meter.receipts.length = 0
  })
})
