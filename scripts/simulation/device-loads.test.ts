import { expect, test } from 'vitest'
import { checkValue } from '../../services/domain/devices/measurement-rules.ts'
import type { Quantity } from '../../services/domain/devices/quantity.ts'
import { deliveryPeriod } from '../../services/domain/units.ts'
import { createLoad, RATED_POWER_W } from './device-loads.ts'

test.each(['battery', 'heat-pump', 'ev-charger', 'pv-inverter'] as const)(
  'a simulated %s measures nothing on any day that its rating rules out, and counts upwards',
  (kind) => {
    const load = createLoad(kind, 7)
    let before: Partial<Record<Quantity, bigint>> = {}
    for (let period = 1_630_000; period < 1_630_000 + 96; period += 1) {
      const measures = load(deliveryPeriod(period))
      for (const [quantity, value] of Object.entries(measures) as [Quantity, bigint][]) {
        checkValue({ quantity, value }, RATED_POWER_W[kind])
        if (quantity.endsWith('-register')) expect(value).toBeGreaterThanOrEqual(before[quantity] ?? 0n)
      }
      before = measures
    }
  },
)
