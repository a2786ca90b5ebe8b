import { z } from 'zod'
import { DomainError } from '../errors.ts'
import type { CommandAction } from './command.ts'

/** No device in a home has more, in watts; what one has is its rated power. */
export const LARGEST_POWER_W = 1_000_000
/** A day of quarter-hours. */
export const MOST_SCHEDULE_STEPS = 96
/** A full store of energy, in thousandths. */
export const FULL_CHARGE = 1_000
const LAST_SECOND = 2 ** 32 - 1

const power = z.number().int().min(-LARGEST_POWER_W).max(LARGEST_POWER_W)
const magnitude = z.number().int().min(0).max(LARGEST_POWER_W)
const stateOfCharge = z.number().int().min(0).max(FULL_CHARGE)
const unixSecond = z.number().int().min(0).max(LAST_SECOND)

/** The forms of a command, as JSON has them; what they must keep beyond that is in `parseCommandAction`. */
export const commandAction = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('set-point'), powerW: power }),
  z.strictObject({ kind: z.literal('switch'), isOn: z.boolean() }),
  z.strictObject({
    kind: z.literal('charge-limit'),
    mostChargeW: magnitude,
    mostDischargeW: magnitude,
    leastStateOfCharge: stateOfCharge,
    mostStateOfCharge: stateOfCharge,
  }),
  z.strictObject({
    kind: z.literal('schedule'),
    steps: z
      .array(z.strictObject({ from: unixSecond, powerW: power }))
      .min(1)
      .max(MOST_SCHEDULE_STEPS),
  }),
])

/** Throws `command-malformed`, saying which field is wrong. */
export function parseCommandAction(input: unknown): CommandAction {
  const parsed = commandAction.safeParse(input)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    const field = issue?.path.join('.') ?? ''
    throw malformed(`${field === '' ? 'the action' : field}: ${issue?.message ?? 'is not valid'}`.slice(0, 200))
  }
  const action = parsed.data
  if (action.kind === 'charge-limit' && action.leastStateOfCharge > action.mostStateOfCharge) {
    throw malformed('leastStateOfCharge is above mostStateOfCharge')
  }
  if (action.kind === 'schedule') {
    const place = action.steps.findIndex((step, index) => index > 0 && step.from <= action.steps[index - 1]!.from)
    if (place !== -1) throw malformed(`steps.${place}.from: is not after that of the step before`)
  }
  return action
}

function malformed(reason: string): DomainError {
  return new DomainError('command-malformed', `the command cannot be understood: ${reason}`)
}
