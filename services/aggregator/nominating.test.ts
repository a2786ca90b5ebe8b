import { describe, expect, test } from 'vitest'
import { nominationTreeOf } from '../domain/flexibility/baseline/nomination-tree.ts'
import { DomainError } from '../domain/errors.ts'
import { startOfDay } from '../domain/units.ts'
import { createNominating } from './nominating.ts'
import { DAY, operationForTest } from './operation-for-test.ts'

/** Noon of the day, when the next one is due. */
const DUE = startOfDay(DAY) + 43_200

describe('createNominating', () => {
  test('commits what all homes expect of the next day, and keeps the leaves', async () => {
    const { operation, state } = operationForTest()
    state.now = DUE - 40_000
    await createNominating(operation)()
    expect(state.nominated).toHaveLength(3 * 96)
    const { root } = nominationTreeOf(state.nominated)
    expect(state.sent).toHaveLength(1)
    expect(state.sent[0]!.call.arguments).toEqual([1, 1, DAY + 1, root.hash, 288, 72_000n, 0n])
    // Today was due before today.
    expect(state.said).toEqual([{ nominated: DAY }, { nominated: DAY + 1 }])
  })

  test('waits for homes that have not said anything, until shortly before it is due', async () => {
    const { operation, state } = operationForTest()
    state.expected.set(3, undefined)
    state.now = DUE - 1_801
    const step = createNominating(operation)
    await step()
    expect(state.sent).toEqual([])
    state.now = DUE - 1_800
    await step()
    expect(state.nominated).toHaveLength(2 * 96)
    expect(state.sent).toHaveLength(1)
  })

  test('nominates nothing once the gate is closed, nor twice', async () => {
    const late = operationForTest()
    late.state.now = DUE
    await createNominating(late.operation)()
    const twice = operationForTest()
    twice.state.hasNominated = true
    await createNominating(twice.operation)()
    expect([late.state.sent, twice.state.sent]).toEqual([[], []])
  })

  test('commits after a restart the leaves that were kept, whatever homes say by then', async () => {
    const { operation, state } = operationForTest()
    state.refusesCall = new DomainError('ledger-unreachable', 'gone')
    await expect(createNominating(operation)()).rejects.toThrow('gone')
    const kept = state.nominated
    state.refusesCall = null
    state.expected.set(1, null)
    await createNominating(operation)()
    expect(state.sent[0]!.call.arguments[3]).toBe(nominationTreeOf(kept).root.hash)
  })
})
