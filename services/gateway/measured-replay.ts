import { DomainError } from '../domain/errors.ts'
import type { DeviceDesk } from './adapters/adapter.ts'
import { parseMeasured } from './measured-text.ts'
import type { Replayer } from './refusal-replays.ts'

/** Decides on refused measurements anew, as when they came. */
export function measuredReplayerOf({ takeMeasurements }: Pick<DeviceDesk, 'takeMeasurements'>): Replayer {
  return async (device, payload) => {
    try {
      const isTaken = await takeMeasurements(device, parseMeasured(payload))
      return isTaken ? { status: 'accepted', code: null, reason: null } : null
    } catch (error) {
      if (!(error instanceof DomainError)) throw error
      return { status: 'refused', code: error.code, reason: error.message }
    }
  }
}
