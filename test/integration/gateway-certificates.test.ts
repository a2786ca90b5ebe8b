import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { issuanceTo, issueCredentials, validityFromNow } from '../../services/chain/credentials.ts'
import { readHeldRoles } from '../../services/chain/held-roles.ts'
import { readLatestBlock } from '../../services/chain/ledger-clock.ts'
import { readContract } from '../../services/chain/ledger.ts'
import { readCommitment, readReadingsVersion } from '../../services/chain/sessions.ts'
import { sendSetUpCalls } from '../../services/chain/set-up-transactions.ts'
import { roleNumberOf } from '../../services/domain/identity/role.ts'
import { readReadingBatch } from '../../services/store/readings.ts'
import { committed, connectMeter, period, readingAt } from './gateway-meters.ts'
import {
  endOfPeriod,
  eventually,
  READING_DEADLINE_SECONDS,
  startGatewayWorld,
  type GatewayWorld,
} from './gateway-world.ts'

const METER = roleNumberOf('meter')

describe('the credential of a meter', () => {
  let world: GatewayWorld
  let meters: Awaited<ReturnType<typeof connectMeter>>[]
  let credentialId: string

  beforeAll(async () => {
    world = await startGatewayWorld({ port: 18_390, households: 2, lastPeriod: period(50) })
    await world.startGateway()
    meters = await Promise.all(world.households.map((home) => connectMeter(world, home.meterKey)))
    await world.advanceTo(endOfPeriod(-1))
    await Promise.all(meters.map((meter) => meter.report(readingAt(-1))))
    const [held] = await readContract(
      world.ledger,
      'credentialRegistry',
      'heldBy',
      meters[0]!.address,
      METER,
      world.area,
    )
    credentialId = held as string
  })
  afterAll(() => world.stop())

  async function change(name: 'suspendCredentials' | 'reinstateCredentials' | 'revokeCredentials'): Promise<void> {
    const { interface: registry } = world.ledger.contracts.credentialRegistry
    const data = registry.encodeFunctionData(name, [[credentialId]])
    const to = world.ledger.addresses.credentialRegistry
    await sendSetUpCalls(world.ledger.provider, world.meteringOperatorKey, [{ to, data }])
  }

  /** Sends what the meter sent last again, until the gateway answers it so: by then it has looked at the ledger. */
  const untilAnswered = (position: number, code: string) =>
    eventually(async () => {
      const receipt = await meters[0]!.report(readingAt(position))
      if (receipt.code === code) return receipt
      await new Promise((resolve) => setTimeout(resolve, 100))
      return null
    }, `the answer ${code}`)

  async function heldUntil(): Promise<number | null> {
    const { timestamp } = await readLatestBlock(world.ledger)
    return (await readHeldRoles(world.ledger)).heldUntil(meters[0]!.address, 'meter', world.area, timestamp)
  }

  async function qualitiesOf(position: number) {
    const batch = await readReadingBatch(world.store, world.area, period(position))
    return batch?.leaves.map(({ quality }) => quality)
  }

  test('once suspended makes its readings refused, and its energy estimated as that of a meter that is away', async () => {
    await change('suspendCredentials')
    expect(await heldUntil()).toBeNull()
    expect(await untilAnswered(-1, 'meter-not-certified')).toMatchObject({ status: 'refused', sequence: 1 })

    await world.advanceTo(endOfPeriod(0))
    expect(await meters[0]!.report(readingAt(0))).toMatchObject({ code: 'meter-not-certified' })
    expect(await meters[1]!.report(readingAt(0))).toMatchObject({ status: 'accepted' })
    await world.advanceTo(endOfPeriod(0) + READING_DEADLINE_SECONDS)
    expect(await committed(world, 0)).toMatchObject({ count: 2, importTotal: 100n, exportTotal: 10n })
    expect(await qualitiesOf(0)).toEqual(['estimated', 'metered'])
    const refused = await world.store.client.refusedMessage.findFirstOrThrow({ orderBy: { id: 'desc' } })
    expect(refused.code).toBe('meter-not-certified')
  })

  test('once reinstated makes it believed again, and its next reading corrects what was estimated', async () => {
    await change('reinstateCredentials')
    expect(await heldUntil()).not.toBeNull()
    await untilAnswered(-1, 'reading-replayed')
    await world.advanceTo(endOfPeriod(1))
    expect(await meters[0]!.report(readingAt(1, { sequence: 2 }))).toMatchObject({ status: 'accepted' })
    await meters[1]!.report(readingAt(1))
    expect(await committed(world, 1)).toMatchObject({ count: 2, importTotal: 200n })
    const corrected = async () => ((await readReadingsVersion(world.ledger, world.area, period(0))) === 1 ? true : null)
    await eventually(corrected, 'the corrected version of period 0')
    // What its registers advanced meanwhile is spread over the gap.
    expect(await readCommitment(world.ledger, world.area, period(0))).toMatchObject({ importTotal: 200n })
  })

  test('once revoked is not mended but by another', async () => {
    await change('revokeCredentials')
    await untilAnswered(-1, 'meter-not-certified')
    await world.stopGateway()
    const issuance = issuanceTo(meters[0]!.address, 'meter', world.area, await validityFromNow(world.ledger))
    await issueCredentials(world.ledger, world.meteringOperatorKey, [issuance])
    const [held] = await readContract(
      world.ledger,
      'credentialRegistry',
      'heldBy',
      meters[0]!.address,
      METER,
      world.area,
    )
    expect(held).not.toBe(credentialId)
    expect(await heldUntil()).toBe(issuance.validUntil)
    await world.startGateway()
    expect(await meters[0]!.report(readingAt(-1))).toMatchObject({ code: 'reading-replayed' })
  })
})
