import { beforeEach, describe, expect, test } from 'vitest'
import { DomainError } from '../domain/errors.ts'
import { deliveryPeriod, endOf } from '../domain/units.ts'
import { calendar, CommitterWorld, meterOf } from './committer-world.ts'

describe('the reading corrector', () => {
  let world: CommitterWorld

  beforeEach(() => {
    world = new CommitterWorld()
  })

  test('leaves the estimate of an interrupted meter as it is', async () => {
    world.read(1, 99, 100, 101)
    world.read(2, 99)
    world.now = endOf(calendar.firstPeriod) + 300
    const committer = await world.start()
    await world.look(committer)
    world.readings.get(2)?.push({ ...world.readings.get(1)!.at(-1)!, sequence: 3 })
    world.now = endOf(deliveryPeriod(101))
    await world.look(committer)
    expect(world.sent).toEqual(['commit-readings:1:100', 'commit-readings:1:101'])
    expect(world.energies(101)?.[1]).toEqual([2, 0n, 'estimated'])
  })

  test('takes a late reading for its own period as metered', async () => {
    world.read(1, 99, 100)
    world.read(2, 99)
    world.now = endOf(calendar.firstPeriod) + 300
    const committer = await world.start()
    await world.look(committer)
    world.read(2, 100)
    await world.look(committer)
    await world.look(committer)
    expect(world.sent).toEqual(['commit-readings:1:100', 'correct-readings:1:100:1'])
    expect(world.energies(100, 1)?.[1]).toEqual([2, 100n, 'metered'])
  })

  test('waits for all estimates of a period, but not beyond the time of the corrected and of the final run', async () => {
    world.meters = [1, 2, 3, 4].map(meterOf)
    for (const { memberId } of world.meters) world.read(memberId, 99)
    world.read(1, 100)
    world.now = endOf(calendar.firstPeriod) + 300
    const committer = await world.start()
    await world.look(committer)
    world.read(2, 100)
    await world.look(committer)
    expect(world.sent).toHaveLength(1)

    const corrected = 2 * 86_400 + 86_400
    world.now = corrected - 3_601
    await world.look(committer)
    const before = world.sent.length
    world.now += 1
    await world.look(committer)
    expect(world.sent.slice(before)).toEqual(['correct-readings:1:100:1'])
    world.read(3, 100)
    await world.look(committer)
    expect(world.decided(100, 2)).toBeUndefined()
    world.now = corrected + 86_400 - 3_600
    await world.look(committer)
    expect(world.energies(100, 2)?.map(([, , quality]) => quality)).toEqual([
      'metered',
      'metered',
      'metered',
      'estimated',
    ])
  })

  test('corrects nothing any more once the final run may be made', async () => {
    world.read(1, 99, 100)
    world.read(2, 99)
    world.now = endOf(calendar.firstPeriod) + 300
    const committer = await world.start()
    await world.look(committer)
    world.read(2, 100)
    world.now = 4 * 86_400
    await world.look(committer)
    expect(world.sent.filter((purpose) => purpose.startsWith('correct'))).toEqual([])
  })

  test('forgets a correction that the ledger takes no more', async () => {
    world.read(1, 99, 100)
    world.read(2, 99)
    world.now = endOf(calendar.firstPeriod) + 300
    const committer = await world.start()
    await world.look(committer)
    world.read(2, 100)
    world.refusal = new DomainError('meter-readings-corrections-over', 'too late')
    await world.look(committer)
    expect(world.failures).toEqual([])
    expect(world.decided(100, 1)).toBeUndefined()
    world.refusal = null
    await world.look(committer)
    expect(world.sent).toEqual(['commit-readings:1:100'])
  })

  test('sends a correction again that was stored and not sent, as it was decided', async () => {
    world.read(1, 99, 100)
    world.read(2, 99)
    world.now = endOf(calendar.firstPeriod) + 300
    const committer = await world.start()
    await world.look(committer)
    world.read(2, 100)
    world.refusal = new DomainError('sender-stopped', 'killed here')
    await world.look(committer)
    world.refusal = null
    const stored = world.decided(100, 1)
    expect(stored).toBeDefined()

    await world.look(await world.start())
    expect(world.sent).toEqual(['commit-readings:1:100', 'commit-readings:1:100', 'correct-readings:1:100:1'])
    expect(world.batches.get(100)).toEqual([world.decided(100), stored])
  })

  test('corrects after a restart what was estimated before it', async () => {
    world.read(1, 99, 100)
    world.read(2, 99)
    world.now = endOf(calendar.firstPeriod) + 300
    await world.look(await world.start())
    world.read(2, 100)
    await world.look(await world.start())
    expect(world.sent.at(-1)).toBe('correct-readings:1:100:1')
    expect(world.energies(100, 1)?.[1]).toEqual([2, 100n, 'metered'])
  })

  test('stops where the ledger has another correction than the database', async () => {
    world.read(1, 99, 100)
    world.read(2, 99)
    world.now = endOf(calendar.firstPeriod) + 300
    const committer = await world.start()
    await world.look(committer)
    world.sent.push('correct-readings:1:100:by another program')
    world.read(2, 100)
    await world.look(committer)
    expect(world.failures).toEqual([expect.objectContaining({ code: 'readings-commitment-differs' })])
  })
})
