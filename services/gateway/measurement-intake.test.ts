import { describe, expect, test } from 'vitest'
import type { KnownDevice } from '../domain/devices/device.ts'
import type { Measured } from '../domain/devices/measurement.ts'
import type { Quantity } from '../domain/devices/quantity.ts'
import type { DomainError } from '../domain/errors.ts'
import type { StoredMeasurement } from '../store/device-measurements.ts'
import { createMeasurementIntake } from './measurement-intake.ts'
import { parseMeasured } from './measured-text.ts'
import type { CounterSample } from './register-reader.ts'

const PERIOD_MS = 900_000
/** The end of a delivery period. */
const END = 2_000_000 * PERIOD_MS
const METER = '0x00000000000000000000000000000000000000a1'
const BATTERY = '0x00000000000000000000000000000000000000b2'

const deviceOf = (address: string, kind: KnownDevice['kind'], change: Partial<KnownDevice> = {}): KnownDevice => ({
  ...{ address, kind, area: 1, memberId: 1, protocol: 'lwm2m', endpoint: address },
  ...{ isSigning: false, ratedPowerW: 10_000, capabilities: [], ...change },
})
const measured = (quantity: Quantity, value: bigint, measuredAtMs: number | null = null): Measured => {
  return { quantity, value, measuredAtMs, quality: 'good' }
}

async function intakeWith({ now = END + 1_000, last = [] as StoredMeasurement[], isFull = false, takes = true } = {}) {
  const written: StoredMeasurement[] = []
  const refused: { code: string; payload: Buffer }[] = []
  const samples: CounterSample[] = []
  let time = now
  const intake = createMeasurementIntake({
    nowMs: () => time,
    isStepped: false,
    refresh: () => Promise.resolve(true),
    recorder: {
      add: (one) => Promise.resolve(written.push(one) > 0),
      isFull: () => isFull,
    },
    registers: { take: (_address, sample) => Promise.resolve(samples.push(sample) > 0 && takes) },
    readLast: () => Promise.resolve(Map.groupBy(last, ({ device }) => device)),
    onMeasured: () => undefined,
    onRefused: (_device, { code }, payload) => void refused.push({ code, payload }),
  })
  await intake.setDevices([METER, BATTERY])
  return { intake, written, refused, samples, advance: (ms: number) => (time += ms) }
}

describe('the measurement intake', () => {
  test('counts what a device measured upwards, on from what is stored', async () => {
    const stored = {
      device: BATTERY,
      quantity: 'voltage',
      value: 1n,
      measuredAtMs: END,
      quality: 'good',
      sequence: 7,
    } as const
    const { intake, written } = await intakeWith({ last: [stored] })
    const battery = deviceOf(BATTERY, 'battery')
    expect(await intake.take(battery, [measured('state-of-charge', 500n), measured('voltage', 51_000n)])).toBe(true)
    expect(written.map(({ quantity, sequence }) => [quantity, sequence])).toEqual([
      ['state-of-charge', 8],
      ['voltage', 9],
    ])
  })

  test('takes what comes twice once', async () => {
    const { intake, written } = await intakeWith()
    const battery = deviceOf(BATTERY, 'battery')
    const one = measured('state-of-charge', 500n, END)
    await Promise.all([intake.take(battery, [one]), intake.take(battery, [one])])
    expect(await intake.take(battery, [one])).toBe(true)
    expect(written).toHaveLength(1)
  })

  test('keeps what fails a rule, in words by which it is read again, and takes the rest', async () => {
    const { intake, written, refused } = await intakeWith()
    const battery = deviceOf(BATTERY, 'battery')
    const bad = measured('active-power', 30_000_000n, END)
    expect(await intake.take(battery, [bad, measured('voltage', 230_000n)])).toBe(true)
    expect(written.map(({ quantity }) => quantity)).toEqual(['voltage'])
    expect(refused.map(({ code }) => code)).toEqual(['measurement-implausible'])
    expect(parseMeasured(refused[0]!.payload)).toEqual([bad])
    await expect(intake.take(battery, [bad])).rejects.toMatchObject({
      code: 'measurement-implausible',
    } satisfies Partial<DomainError>)
  })

  test('takes nothing while the database is behind, or the device is not loaded', async () => {
    const full = await intakeWith({ isFull: true })
    expect(await full.intake.take(deviceOf(BATTERY, 'battery'), [measured('voltage', 1n)])).toBe(false)
    const { intake } = await intakeWith()
    expect(await intake.take(deviceOf(`0x${'c'.repeat(40)}`, 'battery'), [measured('voltage', 1n)])).toBe(false)
  })

  test('marks a counter that began anew, and refuses one that counts too fast', async () => {
    const { intake, written, refused, advance } = await intakeWith()
    const battery = deviceOf(BATTERY, 'battery')
    await intake.take(battery, [measured('produced-register', 5_000n)])
    advance(60_000)
    await intake.take(battery, [measured('produced-register', 10n)])
    expect(written.at(-1)).toMatchObject({ value: 10n, quality: 'doubtful' })
    advance(60_000)
    await intake.take(battery, [measured('produced-register', 9_000_000n)]).catch(() => undefined)
    expect(refused.map(({ code }) => code)).toEqual(['measurement-implausible'])
  })

  describe('of a meter that cannot sign', () => {
    const meter = deviceOf(METER, 'meter')
    const both = (at: number | null = null) => [
      measured('import-register', 100n, at),
      measured('export-register', 7n, at),
    ]

    test('has a reading made of counters at the end of a period', async () => {
      const { intake, samples } = await intakeWith()
      expect(await intake.take(meter, both())).toBe(true)
      expect(samples).toEqual([{ atMs: END + 1_000, importWh: 100n, exportWh: 7n }])
    })

    test('puts counters together that come one by one, but never those of different periods', async () => {
      const { intake, samples, advance } = await intakeWith({ now: END - PERIOD_MS })
      await intake.take(meter, both())
      advance(PERIOD_MS + 2_000)
      await intake.take(meter, [measured('import-register', 150n)])
      expect(samples).toHaveLength(1)
      advance(1_000)
      await intake.take(meter, [measured('export-register', 8n)])
      expect(samples.slice(1)).toEqual([{ atMs: END + 3_000, importWh: 150n, exportWh: 8n }])
    })

    test('looks at nothing long after the end of a period', async () => {
      const { intake, samples } = await intakeWith({ now: END + 60_001 })
      expect(await intake.take(meter, both())).toBe(true)
      expect(samples).toEqual([])
    })

    test('makes the readings of what was kept for a while, in the order of time', async () => {
      const { intake, samples } = await intakeWith()
      await intake.take(meter, [
        ...both(END),
        ...both(END - PERIOD_MS + 5_000),
        measured('import-register', 99n, END - 400_000),
      ])
      expect(samples.map(({ atMs }) => atMs)).toEqual([END - PERIOD_MS + 5_000, END])
    })

    test('wants it again as long as the reading is not durable', async () => {
      const { intake, written } = await intakeWith({ takes: false })
      expect(await intake.take(meter, both(END))).toBe(false)
      expect(await intake.take(meter, both(END))).toBe(false)
      expect(written).toHaveLength(2)
    })

    test('makes none for a meter that signs, or that is nobody’s', async () => {
      const { intake, samples } = await intakeWith()
      await intake.take(deviceOf(METER, 'meter', { isSigning: true }), both(END))
      await intake.take(deviceOf(METER, 'meter', { memberId: null }), both(END))
      expect(samples).toEqual([])
    })
  })
})
