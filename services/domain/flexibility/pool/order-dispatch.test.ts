import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { deliveryPeriod, rate } from '../../units.ts'
import { isFeasible, type FlexibleDevice } from './device-flexibility.ts'
import { askedEnergyOf, dispatchOrder, type DeviceCall, type FreeAsset, type OrderToServe } from './order-dispatch.ts'

const repeated = <Value>(value: Value): Value[] => Array.from({ length: 6 }, () => value)
const idOf = (number: number) => `0x${number.toString(16).padStart(40, '0')}`
const battery = (id: number, overrides: Partial<FlexibleDevice> = {}, reliabilityPermille = 1_000): FreeAsset => ({
  flexibility: {
    device: idOf(id),
    memberId: id,
    firstPeriod: deliveryPeriod(100),
    planW: repeated(0),
    leastW: repeated(-4_000),
    mostW: repeated(4_000),
    storedWh: 2_000,
    leastStoredWh: repeated(0),
    mostStoredWh: repeated(4_000),
    efficiencyPermille: 1_000,
    ...overrides,
  },
  reliabilityPermille,
  ask: rate(0n),
  calls: 0,
})
const car = (id: number): FreeAsset =>
  battery(id, {
    planW: [0, 4_000, 0, 0, 0, 0],
    leastW: repeated(0),
    storedWh: 0,
    leastStoredWh: [0, 0, 0, 0, 0, 1_000],
    mostStoredWh: repeated(1_000),
  })
const order = (overrides: Partial<OrderToServe> = {}): OrderToServe => ({
  direction: 'consume-less',
  servedW: new Map([
    [101, 4_000],
    [102, 4_000],
  ]),
  roomW: new Map([[103, 4_000]]),
  lastPeriod: 104,
  ...overrides,
})
const devicesOf = (calls: readonly DeviceCall[]) => calls.map(({ device }) => device.memberId)

describe('dispatchOrder', () => {
  test('calls as few as suffice, and has them hold what they are asked for', () => {
    const { calls, released, shortfall } = dispatchOrder(order(), [], [battery(1), battery(2)], 900)
    expect(devicesOf(calls)).toEqual([1])
    expect([...calls[0]!.powersW]).toEqual([
      [101, -4_000],
      [102, -4_000],
    ])
    expect(askedEnergyOf(calls[0]!)).toBe(2_000n)
    expect(released).toEqual([])
    expect(shortfall.size).toBe(0)
  })

  test('asks the last one for no more than is needed', () => {
    const { calls } = dispatchOrder(order({ servedW: new Map([[101, 5_001]]) }), [], [battery(1), battery(2)], 900)
    expect(calls.map(({ movedW }) => movedW.get(101))).toEqual([4_000, 1_004])
  })

  test('has a car take back what it waited for, in the room and behind the request', () => {
    const served = order({ servedW: new Map([[101, 8_000]]), roomW: new Map([[103, 5_000]]) })
    const { calls } = dispatchOrder(served, [], [car(1), car(2)], 900)
    expect(calls.map(({ powersW }) => [...powersW])).toEqual([
      [
        [101, 0],
        [102, 0],
        [103, 4_000],
      ],
      [
        [101, 0],
        [102, 0],
        [103, 1_000],
        [104, 0],
        [105, 3_000],
      ],
    ])
  })

  test('calls others in the place of who failed, and leaves those who serve it alone', () => {
    const serving = {
      ...{ id: idOf(1), reliabilityPermille: 1_000, calls: 1 },
      movedW: new Map([
        [101, 2_000],
        [102, 2_000],
      ]),
    }
    const half = battery(2, { storedWh: 1_000 })
    const { calls, released } = dispatchOrder(order(), [serving], [half, battery(3)], 900)
    expect(devicesOf(calls)).toEqual([2])
    expect(calls[0]!.movedW).toEqual(serving.movedW)
    expect(released).toEqual([])
  })

  test('releases who is needed no more, and says what is missing', () => {
    const serving = { id: idOf(1), reliabilityPermille: 1_000, calls: 1, movedW: new Map([[101, 4_000]]) }
    expect(dispatchOrder(order({ servedW: new Map([[101, 0]]) }), [serving], [], 900)).toEqual({
      calls: [],
      released: [idOf(1)],
      shortfall: new Map(),
    })
    // What it was called for is over: it takes back as it was told.
    expect(dispatchOrder(order(), [{ ...serving, movedW: new Map() }], [], 900).released).toEqual([])
    expect(dispatchOrder(order(), [serving], [], 900).shortfall).toEqual(new Map([[102, 4_000n]]))
  })

  test('keeps any order within devices, room and what is called for', () => {
    const pools = fc.array(
      fc.record({ storedWh: fc.nat(4_000), isCar: fc.boolean(), reliability: fc.integer({ min: 900, max: 1_000 }) }),
      { maxLength: 6 },
    )
    const served = fc.array(fc.integer({ min: 0, max: 9_000 }), { minLength: 3, maxLength: 3 })
    fc.assert(
      fc.property(pools, served, fc.nat(9_000), (pool, powers, room) => {
        const free = pool.map(({ storedWh, isCar, reliability }, id) =>
          isCar ? { ...car(id), reliabilityPermille: reliability } : battery(id, { storedWh }, reliability),
        )
        const asked = order({
          servedW: new Map(powers.map((power, index) => [101 + index, power])),
          roomW: new Map([[104, room]]),
        })
        const { calls, shortfall } = dispatchOrder(asked, [], free, 900)
        let rebound = 0
        for (const { device, powersW, movedW } of calls) {
          const whole = device.planW.map((planW, position) => powersW.get(device.firstPeriod + position) ?? planW)
          expect(isFeasible(device, whole)).toBe(true)
          for (const [period, power] of movedW) {
            expect(device.planW[period - 100]! - powersW.get(period)!).toBe(power)
            expect(asked.servedW.get(period)! > 0).toBe(true)
          }
          rebound += Math.max(0, (powersW.get(104) ?? device.planW[4]!) - device.planW[4]!)
        }
        expect(rebound).toBeLessThanOrEqual(room)
        for (const [period, power] of asked.servedW) {
          const moved = calls.reduce((sum, call) => sum + (call.movedW.get(period) ?? 0), 0)
          expect(moved + Number(shortfall.get(period) ?? 0n)).toBeGreaterThanOrEqual(power)
        }
      }),
    )
  })
})
