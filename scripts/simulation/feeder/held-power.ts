import type { CommandAction } from '../../../services/domain/devices/command.ts'
import { SECONDS_PER_PERIOD } from '../../../services/domain/units.ts'

/**
 * The power that a device holds at a time by the last that it was told, in W; null where it does as it likes. A set-point and
 * being off last until it is told otherwise, and being on is doing as it likes. The last step of a schedule lasts for
 * one delivery period, so that a schedule ends by itself.
 */
export function heldPowerAt(action: CommandAction | null, unixSeconds: number): number | null {
  switch (action?.kind) {
    case undefined:
    case 'charge-limit':
      return null
    case 'set-point':
      return action.powerW
    case 'switch':
      return action.isOn ? null : 0
    case 'schedule': {
      const current = action.steps.findLastIndex(({ from }) => from <= unixSeconds)
      const step = action.steps[current]
      if (step === undefined) return null
      const isLast = current === action.steps.length - 1
      return isLast && unixSeconds >= step.from + SECONDS_PER_PERIOD ? null : step.powerW
    }
  }
}
