import { createObservedDevice, type ObservedDevice, type ObservingOptions } from './observed-device.ts'
import type { Registration } from './registrations.ts'
import { createWorkQueue } from './work-queue.ts'

/** The observed device of each registration. */
export type ObservedDevices = {
  readonly of: (registration: Registration | null) => ObservedDevice | null
  /** Observes it once its registration was answered. */
  readonly open: (registration: Registration) => void
  readonly close: (registration: Registration) => void
  /** Meets a device as soon as there is room for that. */
  readonly plan: (device: ObservedDevice) => void
  readonly size: () => number
  /** Resolves once nothing is asked, and nothing taken, any more. */
  readonly end: () => Promise<void>
}

export type ObservedDevicesOptions = ObservingOptions & {
  /** Whether it was reached or not. */
  readonly onMet: (device: ObservedDevice) => void
}

const MEETINGS_AT_ONCE = 256

export function createObservedDevices(options: ObservedDevicesOptions): ObservedDevices {
  const devices = new Map<Registration, ObservedDevice>()
  const planned = new Set<ObservedDevice>()
  const meetings = createWorkQueue({ atOnce: MEETINGS_AT_ONCE, onDefect: options.desk.onDefect })

  const plan = (device: ObservedDevice): void => {
    if (planned.has(device)) return
    planned.add(device)
    meetings.add(async () => {
      planned.delete(device)
      if (devices.get(device.registration) !== device) return
      await device.meet()
      options.onMet(device)
    })
  }

  return {
    of: (registration) => (registration === null ? null : (devices.get(registration) ?? null)),
    open: (registration) => {
      const device = createObservedDevice(registration, options)
      devices.set(registration, device)
      // A device listens once it knows that it is registered.
      setImmediate(() => plan(device))
    },
    close: (registration) => {
      devices.get(registration)?.close()
      devices.delete(registration)
    },
    plan,
    size: () => devices.size,
    end: async () => {
      await meetings.close()
      await Promise.all([...devices.values()].map((device) => device.settled()))
    },
  }
}
