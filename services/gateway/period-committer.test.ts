import { beforeEach, describe, expect, test } from 'vitest'
import { DomainError } from '../domain/errors.ts'
import { deliveryPeriod, endOf, endOfDay, energyWh, tradingDayOf } from '../domain/units.ts'
import { calendar, CommitterWorld, meterOf } from './committer-world.ts'

describe('the period committer', () => {
  let world: CommitterWorld

  beforeEach(() => {
    world = new CommitterWorld()
  })

  test('waits for the last household, then commits at once', async () => {
    world.read(1, 99, 100)
    world.read(2, 99)
    const committer = await world.start()
    await world.look(committer)
    expect(world.sent).toEqual([])
    world.read(2, 100)
    await world.look(committer)
    expect(world.sent).toEqual(['commit-readings:1:100'])
    expect(world.decided(100)).toMatchObject({ importTotal: 200n, leaves: [{ memberId: 1 }, { memberId: 2 }] })
  })

  test('does not commit a period before its end', async () => {
    world.now = endOf(calendar.firstPeriod) - 1
    world.read(1, 99, 100)
    world.read(2, 99, 100)
    await world.look(await world.start())
    expect(world.sent).toEqual([])
  })

  test('estimates a missing household at the deadline, and knows the gap once it has sent a later reading', async () => {
    world.read(1, 99, 100, 101)
    world.read(2, 99)
    world.profiles.set(2, [{ imported: energyWh(70n), exported: energyWh(0n) }])
    world.now = endOf(calendar.firstPeriod) + 299
    const committer = await world.start()
    await world.look(committer)
    expect(world.sent).toEqual([])
    expect(committer.isClosed(calendar.firstPeriod)).toBe(false)
    world.now += 1
    await world.look(committer)
    expect(world.sent).toEqual(['commit-readings:1:100'])
    expect(world.energies(100)).toEqual([
      [1, 100n, 'metered'],
      [2, 70n, 'estimated'],
    ])
    expect(committer.isClosed(calendar.firstPeriod)).toBe(true)

    world.now = endOf(deliveryPeriod(101))
    world.read(2, 101)
    await world.look(committer)
    expect(world.sent).toEqual(['commit-readings:1:100', 'commit-readings:1:101', 'correct-readings:1:100:1'])
    expect(world.energies(101)?.[1]).toEqual([2, 100n, 'estimated'])
    expect(world.energies(100, 1)).toEqual([
      [1, 100n, 'metered'],
      [2, 100n, 'estimated'],
    ])
  })

  describe('where meters could not deliver for longer than readings can be corrected', () => {
    const back = endOfDay(tradingDayOf(calendar.firstPeriod)) + calendar.finalDelaySeconds

    beforeEach(() => {
      world.read(1, 99)
      world.read(2, 99)
      world.now = back
      world.hearingSince = null
    })

    test('estimates nothing before they can again', async () => {
      await world.look(await world.start())
      expect(world.sent).toEqual([])
    })

    test('takes what they kept, and commits it at once', async () => {
      world.hearingSince = back
      const committer = await world.start()
      await world.look(committer)
      expect(world.sent).toEqual([])
      world.read(1, 100, 101, 102)
      world.read(2, 100, 101, 102)
      await world.look(committer)
      expect(world.sent).toEqual(['commit-readings:1:100', 'commit-readings:1:101', 'commit-readings:1:102'])
      expect(world.energies(100)).toEqual([
        [1, 100n, 'metered'],
        [2, 100n, 'metered'],
      ])
    })

    test('estimates what is missing a reading deadline later', async () => {
      world.hearingSince = back
      const committer = await world.start()
      world.read(1, 100, 101, 102)
      world.now = back + 299
      await world.look(committer)
      expect(world.sent).toEqual([])
      world.now = back + 300
      await world.look(committer)
      expect(world.sent).toEqual(['commit-readings:1:100', 'commit-readings:1:101', 'commit-readings:1:102'])
      expect(world.energies(102)).toEqual([
        [1, 100n, 'metered'],
        [2, 0n, 'estimated'],
      ])
    })

    test('begins to wait anew where they are lost again', async () => {
      world.hearingSince = back
      const committer = await world.start()
      world.now = back + 300
      world.hearingSince = back + 200
      await world.look(committer)
      expect(world.sent).toEqual([])
    })
  })

  test('starts an estimate where the previous leaf of the member ended, or its last reading', async () => {
    world.read(1, 99, 100, 101)
    world.read(2, 98)
    world.profiles.set(2, [{ imported: energyWh(70n), exported: energyWh(5n) }])
    world.now = endOf(deliveryPeriod(101)) + 300
    await world.look(await world.start())
    expect(world.decided(100)?.leaves[1]).toMatchObject({ importStart: 9_800n, importEnd: 9_870n, exportEnd: 9_805n })
    expect(world.decided(101)?.leaves[1]).toMatchObject({ importStart: 9_870n, importEnd: 9_940n, exportEnd: 9_810n })
  })

  test('estimates nothing as zero of a household that was never heard of', async () => {
    world.read(1, 99, 100)
    world.now = endOf(calendar.firstPeriod) + 300
    await world.look(await world.start())
    expect(world.energies(100)).toEqual([
      [1, 100n, 'metered'],
      [2, 0n, 'estimated'],
    ])
  })

  test('catches up period by period and ends with the calendar', async () => {
    world.read(1, 99, 100, 101, 102, 103)
    world.read(2, 99, 100, 101, 102, 103)
    world.now = endOf(deliveryPeriod(103))
    await world.look(await world.start())
    expect(world.sent).toEqual(['commit-readings:1:100', 'commit-readings:1:101', 'commit-readings:1:102'])
  })

  test('sends the last batch again after a restart, as it was decided, and goes on behind it', async () => {
    world.read(1, 99, 100)
    world.now = endOf(calendar.firstPeriod) + 300
    await world.look(await world.start())
    const before = world.decided(100)
    world.read(2, 99, 100, 101)
    world.read(1, 101)
    world.now = endOf(deliveryPeriod(101))
    await world.look(await world.start())
    expect(world.sent.slice(0, 3)).toEqual(['commit-readings:1:100', 'commit-readings:1:100', 'commit-readings:1:101'])
    expect(world.decided(100)).toBe(before)
  })

  test('sends a batch that was decided even where a household has joined since', async () => {
    world.read(1, 99, 100)
    world.read(2, 99, 100)
    world.refusal = new DomainError('sender-stopped', 'killed here')
    await world.look(await world.start())
    world.refusal = null
    world.meters = [1, 2, 3].map(meterOf)
    await world.look(await world.start())
    expect(world.sent).toEqual(['commit-readings:1:100'])
    expect(world.decided(100)?.leaves).toHaveLength(2)
  })

  test('does not wait for who was deactivated before the gate closed', async () => {
    world.read(1, 99, 100)
    world.meters = [meterOf(1), { ...meterOf(2), activeUntil: 100 * 900 - 300 }]
    await world.look(await world.start())
    expect(world.sent).toEqual(['commit-readings:1:100'])
  })

  test('misses no call while it is at work', async () => {
    world.read(1, 99, 100)
    world.read(2, 99, 100)
    const committer = await world.start()
    committer.look()
    world.read(1, 101)
    world.read(2, 101)
    world.now = endOf(deliveryPeriod(101))
    await world.look(committer)
    expect(world.sent).toEqual(['commit-readings:1:100', 'commit-readings:1:101'])
  })

  test('misses no call that comes when it has just looked in vain', async () => {
    world.read(1, 99, 100)
    world.read(2, 99)
    const committer = await world.start()
    committer.look()
    world.read(2, 100)
    await world.look(committer)
    expect(world.sent).toEqual(['commit-readings:1:100'])
  })

  test('goes on where the ledger has the same commitment already, and stops where it has another', async () => {
    world.read(1, 99, 100)
    world.read(2, 99, 100)
    world.refusal = new DomainError('meter-readings-already-committed', 'there is one')
    await world.look(await world.start())
    expect(world.failures).toEqual([expect.objectContaining({ code: 'readings-commitment-differs' })])

    world.failures = []
    world.onLedger = { ...world.onLedger, root: world.decided(100)?.root ?? '' }
    const again = await world.start()
    await world.look(again)
    expect(world.failures).toEqual([])
    expect(again.isClosed(deliveryPeriod(101))).toBe(false)
  })

  test('reports what it cannot go on from, and says nothing more after a stop', async () => {
    world.read(1, 99, 100)
    world.read(2, 99, 100)
    world.refusal = new DomainError('transaction-vanished', 'gone')
    const committer = await world.start()
    await world.look(committer)
    expect(world.failures).toHaveLength(1)
    await world.look(committer)
    expect(world.failures).toHaveLength(1)

    const stopped = await world.start()
    stopped.look()
    await stopped.stop()
    expect(world.failures).toHaveLength(1)
  })
})
