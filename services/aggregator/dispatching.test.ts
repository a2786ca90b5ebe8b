import { describe, expect, test } from 'vitest'
import type { CommandAction } from '../domain/devices/command.ts'
import { powerW } from '../domain/units.ts'
import { createDispatching } from './dispatching.ts'
import { addressOf, operationForTest, order, period } from './operation-for-test.ts'

type World = ReturnType<typeof operationForTest>
function ordered(change: Parameters<typeof order>[0] = {}): World {
  const world = operationForTest()
  world.state.orders = [order(change)]
  world.state.now = period(50) * 900
  return world
}
const answer = ({ state }: World, outcome: 'done' | 'refused' | 'superseded') => {
  for (const { id } of state.told) {
    if (!state.outcomes.has(id)) state.outcomes.set(id, { state: outcome, detail: outcome === 'done' ? '' : 'too hot' })
  }
}
const states = ({ state }: World) => state.dispatches.map(({ device, state: to }) => [Number(device), to])
const knowsSchedules = ({ state }: World, isKnown: boolean) => {
  for (const [address, device] of state.devices) {
    const capabilities = isKnown ? (['schedule'] as const) : (['set-point', 'switch'] as const)
    state.devices.set(address, { ...device, capabilities })
  }
}

describe('createDispatching', () => {
  test('has one battery deliver what one can, by a schedule, and says so once it has answered', async () => {
    const world = ordered()
    const { operation, state } = world
    const { step, isWaiting } = createDispatching(operation)
    await step()
    expect(states(world)).toEqual([[1, 'commanded']])
    expect(state.told[0]).toMatchObject({
      device: addressOf(1),
      portfolioId: 1,
      orderId: 5,
      action: {
        kind: 'schedule',
        steps: [72, 73].map((offset) => ({ from: period(offset) * 900, powerW: -4_000 })),
      } satisfies CommandAction,
    })
    expect([isWaiting(), state.said]).toEqual([true, []])

    answer(world, 'done')
    await step()
    expect(states(world)).toEqual([[1, 'acknowledged']])
    expect([isWaiting(), state.said.at(-1)]).toEqual([false, { dispatched: [5], deliveryPeriod: period(51) }])
    await step()
    expect(state.told).toHaveLength(1)
  })

  test('calls another in the place of one that refuses, does not answer, or whose owner says no', async () => {
    const faults: readonly ((world: World) => void)[] = [
      (world) => answer(world, 'refused'),
      // Somebody else has told it something else since.
      (world) => answer(world, 'superseded'),
      ({ state }) => (state.nowMs += 15_000),
      ({ state }) => void state.ownerCommandedAt.set(addressOf(1), state.now),
      ({ state }) => void state.limits.set(addressOf(1), { ...state.limits.get(addressOf(1))!, sources: ['owner'] }),
      ({ state }) => void state.limits.set(addressOf(1), { ...state.limits.get(addressOf(1))!, isPaused: true }),
      ({ state }) => void state.devices.set(addressOf(1), { ...state.devices.get(addressOf(1))!, memberId: 9 }),
    ]
    for (const fault of faults) {
      const world = ordered()
      const { step } = createDispatching(world.operation)
      await step()
      fault(world)
      await step()
      expect(states(world)).toEqual([
        [1, 'failed'],
        [2, 'commanded'],
      ])
      const [first, second] = world.state.dispatches
      expect(second!.replaces).toBe(first!.id)
      expect(first!.detail).not.toBe('')
    }
  })

  test('calls another where the api refuses, and tries again later where it does not answer', async () => {
    const world = ordered()
    const { step } = createDispatching(world.operation)
    world.state.refusals.set(addressOf(1), 'api-unreachable')
    await expect(step()).rejects.toThrow(expect.objectContaining({ code: 'api-unreachable' }) as Error)
    expect(states(world)).toEqual([[1, 'planned']])

    world.state.refusals.set(addressOf(1), 'owner-comes-first')
    await step()
    await step()
    expect(states(world)).toEqual([
      [1, 'failed'],
      [2, 'commanded'],
    ])
  })

  test('goes on after a restart with what was kept, and sends no second command', async () => {
    const world = ordered()
    await createDispatching(world.operation).step()
    await createDispatching(world.operation).step()
    expect(states(world)).toEqual([[1, 'commanded']])
    expect(world.state.told).toHaveLength(1)
  })

  test('tells who knows no schedules each set-point shortly before its period, and then to go on as it likes', async () => {
    const world = ordered()
    const { operation, state } = world
    knowsSchedules(world, false)
    state.homes.set(1, [{ ...state.homes.get(1)![0]!, planW: state.homes.get(1)![0]!.planW.with(73, -100) }])
    state.orders = [order({ periods: order().periods.map((one) => ({ ...one, served: powerW(3_800n) })) })]
    const { step } = createDispatching(operation)
    const actionsAt = async (offset: number) => {
      state.now = period(offset) * 900
      const before = state.told.length
      await step()
      answer(world, 'done')
      await step()
      return state.told.slice(before).map(({ action }) => action)
    }
    expect(await actionsAt(70)).toEqual([])
    expect(state.said.at(-1)).toMatchObject({ deliveryPeriod: period(71) })
    expect(await actionsAt(71)).toEqual([{ kind: 'set-point', powerW: -3_800 }])
    expect(await actionsAt(72)).toEqual([{ kind: 'set-point', powerW: -3_900 }])
    expect(await actionsAt(73)).toEqual([{ kind: 'switch', isOn: true }])
    expect(await actionsAt(74)).toEqual([])
    expect(states(world)).toEqual([[1, 'done']])
  })

  test('lets go at once whom an annulled order needs no more', async () => {
    const world = ordered()
    const { operation, state } = world
    const { step } = createDispatching(operation)
    await step()
    answer(world, 'done')
    state.orders = [order({ isBinding: false })]
    await step()
    expect(states(world)).toEqual([[1, 'released']])
    expect(state.told.at(-1)!.action).toEqual({ kind: 'switch', isOn: true })
    await step()
    expect(state.told).toHaveLength(2)
  })

  test('only says what is wished where the owner decides, and takes it back when it is over', async () => {
    const world = ordered()
    const { operation, state } = world
    const consents = state.consents.map((consent) => ({ ...consent, mode: 'informational' as const }))
    const { step } = createDispatching({ ...operation, consents })
    await step()
    expect(state.told).toEqual([])
    expect(states(world)).toEqual([[1, 'signalled']])
    const steps = [72, 73].map((offset) => ({ from: period(offset) * 900, powerW: -4_000 }))
    const message = { orderId: 5, devices: [{ device: addressOf(1), steps }], until: period(74) * 900 }
    expect(state.signals).toEqual([{ memberId: 1, message }])
    state.now = period(74) * 900
    await step()
    expect(state.signals.at(-1)).toEqual({ memberId: 1, message: null })
    expect(states(world)).toEqual([[1, 'done']])
  })

  test('uses a battery for one order at a time', async () => {
    const world = ordered()
    world.state.orders.push(order({ orderId: 6 }))
    await createDispatching(world.operation).step()
    const devices = world.state.dispatches.map(({ orderId, device }) => [orderId, Number(device)])
    expect(devices).toEqual([
      [5, 1],
      [6, 2],
    ])
  })
})
