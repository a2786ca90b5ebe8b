import { describe, expect, test } from 'vitest'
import { flexibilityTopicOf } from '../runtime/home-flexibility.ts'
import { createHomes } from './homes.ts'
import { addressOf, period } from './operation-for-test.ts'

const said = (devices: readonly object[]) => Buffer.from(JSON.stringify({ firstPeriod: period(0), devices }))
const device = (number: number) => ({
  ...{ device: addressOf(number), planW: [0, 0], leastW: [-4, -4], mostW: [4, 4], storedWh: 1 },
  ...{ leastStoredWh: [0, 0], mostStoredWh: [2, 2], efficiencyPermille: 900, askMicroEuroPerKwh: 0 },
})

describe('createHomes', () => {
  test('knows what each home said last, as long as it is about what is to come', () => {
    const homes = createHomes()
    homes.note(flexibilityTopicOf(7), said([device(1), device(2)]))
    homes.note(flexibilityTopicOf(8), said([device(3)]))
    const of = (memberId: number, offset: number) => homes.devicesOf(memberId, period(offset)).map((one) => one.device)
    expect(of(7, 1)).toEqual([addressOf(1), addressOf(2)])
    expect(of(7, 2)).toEqual([])
    homes.note(flexibilityTopicOf(7), said([]))
    expect([of(7, 1), of(8, 1), of(9, 1)]).toEqual([[], [addressOf(3)], []])
  })

  test('keeps what it knew where a message cannot be understood', () => {
    const homes = createHomes()
    homes.note(flexibilityTopicOf(7), said([device(1)]))
    expect(() => homes.note(flexibilityTopicOf(7), said([{ ...device(1), storedWh: 3 }]))).toThrow(
      expect.objectContaining({ code: 'device-flexibility-invalid' }) as Error,
    )
    expect(homes.devicesOf(7, period(0))).toHaveLength(1)
  })
})
