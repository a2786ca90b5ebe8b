import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DomainError } from '../domain/errors.ts'
import {
  flexibilityTopicOf,
  LONGEST_FLEXIBILITY_MESSAGE,
  parseFlexibilityMessage,
  type FlexibilityMessage,
} from './home-flexibility.ts'

const device = {
  device: `0x${'ab'.repeat(20)}`,
  planW: [0, 4_000],
  leastW: [0, 0],
  mostW: [4_000, 4_000],
  storedWh: 0,
  leastStoredWh: [0, 1_000],
  mostStoredWh: [1_000, 1_000],
  efficiencyPermille: 1_000,
  askMicroEuroPerKwh: 20_000,
}
const said: FlexibilityMessage = { firstPeriod: 100, devices: [device] }
const parse = (input: unknown, topic = flexibilityTopicOf(7)) =>
  parseFlexibilityMessage(topic, Buffer.from(typeof input === 'string' ? input : JSON.stringify(input)))
const codeOf = (call: () => unknown): string => {
  try {
    call()
  } catch (error) {
    if (error instanceof DomainError) return error.code
    throw error
  }
  return 'none'
}

describe('parseFlexibilityMessage', () => {
  test('says whose devices they are, and what their owner asks', () => {
    const { askMicroEuroPerKwh, ...bounds } = device
    expect(parse(said)).toEqual({
      memberId: 7,
      devices: [{ ...bounds, memberId: 7, firstPeriod: 100, ask: BigInt(askMicroEuroPerKwh) }],
    })
    expect(parse({ firstPeriod: 0, devices: [] })).toEqual({ memberId: 7, devices: [] })
  })

  test.each([
    ['what is not JSON', '{'],
    ['another form', { devices: [] }],
    ['a field that nobody knows', { ...said, more: 1 }],
    ['a power of half a Wh', { ...said, devices: [{ ...device, planW: [2, 4_000] }] }],
    ['a device named twice', { ...said, devices: [device, device] }],
    ['too many devices', { ...said, devices: Array.from({ length: 17 }, () => device) }],
    ['what is too long', ' '.repeat(LONGEST_FLEXIBILITY_MESSAGE + 1)],
  ])('refuses %s', (_, input) => {
    expect(codeOf(() => parse(input))).toBe('home-flexibility-invalid')
  })

  test('refuses a plan that the device cannot run, and what no home says', () => {
    const beyond = { ...said, devices: [{ ...device, planW: [0, 3_996] }] }
    expect(codeOf(() => parse(beyond))).toBe('device-flexibility-invalid')
    for (const topic of ['commonwatt/v1/homes/0/flexibility', 'commonwatt/v1/homes/7/signal', '']) {
      expect(codeOf(() => parse(said, topic))).toBe('home-flexibility-invalid')
    }
  })

  test('refuses with a code whatever comes, and keeps what it takes within the bounds', () => {
    const anything = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.json().map((text) => Buffer.from(text)),
      fc
        .record({
          planW: fc.array(fc.integer({ min: -9, max: 9 }).map((value) => value * 4)),
          storedWh: fc.nat(20),
          efficiencyPermille: fc.integer({ min: -1, max: 1_001 }),
        })
        .map((change) => Buffer.from(JSON.stringify({ ...said, devices: [{ ...device, ...change }] }))),
    )
    fc.assert(
      fc.property(anything, (payload) => {
        const code = codeOf(() => parseFlexibilityMessage(flexibilityTopicOf(7), payload))
        expect(['none', 'home-flexibility-invalid', 'device-flexibility-invalid']).toContain(code)
      }),
    )
  })
})
