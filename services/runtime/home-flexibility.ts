import { z } from 'zod'
import { DomainError } from '../domain/errors.ts'
import { requireFeasible, type FlexibleDevice } from '../domain/flexibility/pool/device-flexibility.ts'
import { deliveryPeriod, rate, type Rate } from '../domain/units.ts'

/** A device of a home, and what its owner asks for a kWh that it moves, in micro-euro, losses and wear included. */
export type OfferedDevice = FlexibleDevice & { readonly ask: Rate }

/** Under which every home says, retained, what its devices can do. */
export const FLEXIBILITY_TOPICS = 'commonwatt/v1/homes/+/flexibility'

/** Bytes of a message; longer ones are not read. */
export const LONGEST_FLEXIBILITY_MESSAGE = 262_144

const TOPIC = /^commonwatt\/v1\/homes\/([1-9]\d{0,7})\/flexibility$/
const LARGEST_POWER_W = 1_000_000
const LARGEST_WH = 1_000_000_000
/** Two days. */
const MOST_PERIODS = 192
const MOST_DEVICES = 16
const LAST_PERIOD = 2 ** 31 - 1

const power = z.number().int().min(-LARGEST_POWER_W).max(LARGEST_POWER_W).multipleOf(4)
const energy = z.number().int().min(0).max(LARGEST_WH)
const powers = z.array(power).min(1).max(MOST_PERIODS)
const energies = z.array(energy).min(1).max(MOST_PERIODS)

const message = z.strictObject({
  firstPeriod: z.number().int().min(0).max(LAST_PERIOD),
  devices: z
    .array(
      z.strictObject({
        device: z.string().regex(/^0x[0-9a-f]{40}$/, { error: 'is not the address of a device in lower case' }),
        planW: powers,
        leastW: powers,
        mostW: powers,
        storedWh: energy,
        leastStoredWh: energies,
        mostStoredWh: energies,
        efficiencyPermille: z.number().int().min(1).max(1_000),
        askMicroEuroPerKwh: z.number().int().min(0).max(100_000_000),
      }),
    )
    .max(MOST_DEVICES),
})

/** What a home publishes under its topic, as JSON; an empty list where nothing of it takes part. */
export type FlexibilityMessage = z.input<typeof message>

export function flexibilityTopicOf(memberId: number): string {
  return FLEXIBILITY_TOPICS.replace('+', String(memberId))
}

/**
 * Which home said it, and what its devices can do. Throws `home-flexibility-invalid`, and `device-flexibility-invalid` where a
 * device plans beyond its own bounds.
 */
export function parseFlexibilityMessage(
  topic: string,
  payload: Uint8Array,
): { readonly memberId: number; readonly devices: readonly OfferedDevice[] } {
  const memberId = Number(TOPIC.exec(topic)?.[1] ?? '0')
  if (memberId === 0) throw invalid(`${topic.slice(0, 200)} is no home's topic`)
  if (payload.length > LONGEST_FLEXIBILITY_MESSAGE) throw invalid(`${topic}: ${payload.length} bytes are too many`)
  const parsed = message.safeParse(jsonOf(topic, payload))
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw invalid(`${topic}: ${`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'is not valid'}`.slice(0, 200)}`)
  }
  const firstPeriod = deliveryPeriod(parsed.data.firstPeriod)
  const devices = parsed.data.devices.map(({ askMicroEuroPerKwh, ...device }): OfferedDevice => {
    const offered = { ...device, memberId, firstPeriod, ask: rate(BigInt(askMicroEuroPerKwh)) }
    requireFeasible(offered)
    return offered
  })
  if (new Set(devices.map(({ device }) => device)).size < devices.length) {
    throw invalid(`${topic}: a device is named twice`)
  }
  return { memberId, devices }
}

function jsonOf(topic: string, payload: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(payload).toString('utf8'))
  } catch {
    throw invalid(`${topic}: not JSON`)
  }
}

function invalid(reason: string): DomainError {
  return new DomainError('home-flexibility-invalid', `what a home says of its devices cannot be understood: ${reason}`)
}
