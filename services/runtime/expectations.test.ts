import { describe, expect, test } from 'vitest'
import { deliveryPeriod } from '../domain/units.ts'
import { createExpectations } from './expectations.ts'

const TOPIC = 'commonwatt/v1/households/7/expected'
const message = (value: unknown) => Buffer.from(JSON.stringify(value))

describe('expectations', () => {
  test('are load minus PV, per period from the first', () => {
    const expectations = createExpectations()
    expectations.note(TOPIC, message({ firstPeriod: 100, loadWh: [500, 200], pvWh: [100, 900] }))
    expect(expectations.netOf(7, deliveryPeriod(100))).toBe(400n)
    expect(expectations.netOf(7, deliveryPeriod(101))).toBe(-700n)
  })

  test('tell what the home does not know from what it has not said yet', () => {
    const expectations = createExpectations()
    expectations.note(TOPIC, message({ firstPeriod: 100, loadWh: [null], pvWh: [0] }))
    expect(expectations.netOf(7, deliveryPeriod(100))).toBeNull()
    expect(expectations.netOf(7, deliveryPeriod(101))).toBeUndefined()
    expect(expectations.netOf(8, deliveryPeriod(100))).toBeUndefined()
  })

  test('keep what an earlier message said of other periods, and forget the past', () => {
    const expectations = createExpectations()
    expectations.note(TOPIC, message({ firstPeriod: 100, loadWh: [1, 2], pvWh: [0, 0] }))
    expectations.note(TOPIC, message({ firstPeriod: 101, loadWh: [3], pvWh: [0] }))
    expect(expectations.netOf(7, deliveryPeriod(100))).toBe(1n)
    expect(expectations.netOf(7, deliveryPeriod(101))).toBe(3n)
    expectations.forgetBefore(deliveryPeriod(101))
    expect(expectations.netOf(7, deliveryPeriod(100))).toBeUndefined()
    expect(expectations.netOf(7, deliveryPeriod(101))).toBe(3n)
  })

  test.each([
    ['not JSON', Buffer.from('{')],
    ['a negative load', message({ firstPeriod: 100, loadWh: [-1], pvWh: [0] })],
    ['a fraction of a Wh', message({ firstPeriod: 100, loadWh: [0.5], pvWh: [0] })],
    ['lists of different lengths', message({ firstPeriod: 100, loadWh: [1, 2], pvWh: [0] })],
    ['nothing', Buffer.alloc(0)],
  ])('refuse %s', (_, payload) => {
    const expectations = createExpectations()
    expect(() => expectations.note(TOPIC, payload)).toThrow(expect.objectContaining({ code: 'expectation-invalid' }))
  })
})
