import { z } from 'zod'
import { expectedNetOf } from '../domain/bidding/forecast.ts'
import { DomainError } from '../domain/errors.ts'
import { energyWh, type DeliveryPeriod, type SignedWh } from '../domain/units.ts'

/** What homes said that they expect, which is what they will be metered at where they are simulated. */
export type Expectations = {
  /** Throws `expectation-invalid`. */
  note(topic: string, payload: Buffer): void
  /** Null where the home does not know, undefined where it did not say yet. */
  netOf(memberId: number, period: DeliveryPeriod): SignedWh | null | undefined
  forgetBefore(period: DeliveryPeriod): void
}

export const EXPECTED_TOPICS = 'commonwatt/v1/households/+/expected'

const TOPIC = /^commonwatt\/v1\/households\/(\d{1,8})\/expected$/
const wh = z.array(z.number().int().min(0).max(100_000_000).nullable()).max(100_000)
const message = z
  .object({ firstPeriod: z.number().int().min(0), loadWh: wh, pvWh: wh })
  .refine(({ loadWh, pvWh }) => loadWh.length === pvWh.length, { error: 'loadWh and pvWh differ in length' })

export function createExpectations(): Expectations {
  const nets = new Map<number, Map<number, SignedWh | null>>()
  return {
    note(topic, payload) {
      const memberId = Number(TOPIC.exec(topic)?.[1])
      const { firstPeriod, loadWh, pvWh } = parseMessage(topic, payload)
      const periods = nets.get(memberId) ?? new Map<number, SignedWh | null>()
      nets.set(memberId, periods)
      loadWh.forEach((load, index) => {
        const pv = pvWh[index]
        const isKnown = load !== null && pv !== null && pv !== undefined
        periods.set(firstPeriod + index, isKnown ? expectedNetOf(energyWh(BigInt(load)), energyWh(BigInt(pv))) : null)
      })
    },
    netOf: (memberId, period) => nets.get(memberId)?.get(period),
    forgetBefore(period) {
      for (const periods of nets.values()) {
        for (const known of periods.keys()) if (known < period) periods.delete(known)
      }
    },
  }
}

function parseMessage(topic: string, payload: Buffer): z.infer<typeof message> {
  let input: unknown
  try {
    input = JSON.parse(payload.toString('utf8'))
  } catch {
    throw new DomainError('expectation-invalid', `${topic}: not JSON`)
  }
  const parsed = message.safeParse(input)
  if (!parsed.success || !TOPIC.test(topic)) {
    throw new DomainError('expectation-invalid', `${topic}: ${parsed.error?.issues[0]?.message ?? 'no such household'}`)
  }
  return parsed.data
}
