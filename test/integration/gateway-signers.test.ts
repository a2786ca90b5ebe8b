import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readSignerAddresses } from '../../services/chain/gateway-signers.ts'
import { actorKeysOf, prepareRoleKeys, seededKeys } from '../../scripts/setup/keys.ts'
import { delegateReadings } from '../../services/chain/delegations.ts'
import { openArea, registerMembers } from '../../services/chain/deploy.ts'
import { readMembers } from '../../services/chain/members.ts'
import { readKey } from '../../services/chain/role-keys.ts'
import { isCommitted, readCommitment } from '../../services/chain/sessions.ts'
import { addressOfKey } from '../../services/chain/typed-data.ts'
import { connectMeter, period, readingAt } from './gateway-meters.ts'
import { endOfPeriod, eventually, startGatewayWorld, type GatewayWorld } from './gateway-world.ts'
import { CALENDAR } from './ledger-fixture.ts'
import { expectOneEffect } from './outbox-effects.ts'

const OTHER_AREA = 2
const keyOf = seededKeys('another area')

/** One home in the first area, by set-up, and one in a second, whose readings another key of the gateway commits. */
describe('a gateway with two signers', () => {
  let world: GatewayWorld
  let signerOf: (area: number) => string

  beforeAll(async () => {
    world = await startGatewayWorld({
      port: 18_670,
      households: 1,
      lastPeriod: period(2),
      environment: { COMMONWATT_GATEWAY_SIGNERS: '2' },
    })
    signerOf = await readSignerAddresses(world.dataFolder, 2)
    const keys = actorKeysOf(await prepareRoleKeys(world.dataFolder, seededKeys('gateway world')))
    const plan = { ...CALENDAR, firstPeriod: period(0), lastPeriod: period(2) }
    await openArea(world.ledger, keys, OTHER_AREA, plan)
    const home = { account: addressOfKey(keyOf('account')), tradingKey: addressOfKey(keyOf('trading')) }
    const meterKey = addressOfKey(keyOf('meter'))
    const connectionPoint = `0x${'07'.repeat(32)}`
    const registration = { kind: 'household' as const, ...home, meterKey, quantityLimitWh: 5_000n, connectionPoint }
    await registerMembers(world.ledger, keys, OTHER_AREA, [registration])
    const { memberId } = (await readMembers(world.ledger, OTHER_AREA))[0]!
    const neighbour = await world.store.client.household.findFirstOrThrow()
    await world.store.client.household.create({
      data: { ...neighbour, memberId, area: OTHER_AREA, name: 'far away', meterKey, tradingKey: home.tradingKey },
    })
    await world.startGateway()
  })
  afterAll(() => world.stop())

  test('commits every area with the key of its number, and waits for a key that may not commit yet', async () => {
    const near = await connectMeter(world, world.households[0]!.meterKey)
    const far = await connectMeter(world, keyOf('meter'))
    await world.advanceTo(endOfPeriod(-1))
    await Promise.all([near, far].map((meter) => meter.report(readingAt(-1))))
    await world.advanceTo(endOfPeriod(0))
    await Promise.all([near, far].map((meter) => meter.report(readingAt(0))))

    await expectOneEffect(world, 0, { count: 1, importTotal: 100n, exportTotal: 10n })
    await expect.poll(() => world.presence()?.detail, { timeout: 20_000 }).toMatch(/^delegation: /)
    expect(await isCommitted(world.ledger, OTHER_AREA, period(0))).toBe(false)

    const meters = [addressOfKey(keyOf('meter'))]
    const gateway = await readKey(world.dataFolder, 'gateway-2')
    await delegateReadings(world.ledger, { meteringOperator: world.meteringOperatorKey, gateway }, OTHER_AREA, meters)
    const there = async () => ((await isCommitted(world.ledger, OTHER_AREA, period(0))) ? true : null)
    await eventually(there, 'the commitment of the other area')
    expect(await readCommitment(world.ledger, OTHER_AREA, period(0))).toMatchObject({ count: 1, importTotal: 100n })
    await expect.poll(() => world.presence()?.state, { timeout: 20_000 }).toBe('up')

    const rows = await world.store.client.gatewayTransaction.findMany()
    const senders = Object.fromEntries(rows.map(({ purpose, sender, nonce }) => [purpose, [sender, nonce]]))
    expect(signerOf(1)).not.toBe(signerOf(OTHER_AREA))
    expect(senders).toEqual({
      [`commit-readings:1:${period(0)}`]: [signerOf(1), 0],
      [`commit-readings:2:${period(0)}`]: [signerOf(OTHER_AREA), 0],
    })
  })
})
