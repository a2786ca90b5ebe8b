import type { DeviceKind, DeviceProtocol } from './device.ts'

/** How a device is registered by those who run devices; its meter comes with a household. */
export const REGISTERED_KINDS = ['battery', 'ev-charger', 'heat-pump', 'pv-inverter'] as const satisfies DeviceKind[]

/** So many devices one household has at most. */
export const MOST_DEVICES_OF_HOUSEHOLD = 50

export type Registered = {
  readonly address: string
  readonly protocol: DeviceProtocol
  readonly endpoint: string | null
  readonly isSigning: boolean
}

export type RegistrationFault = { readonly column: string; readonly problem: string; readonly remedy: string }

/** Protocols in which a device has a name of its own, and what that looks like. */
const ENDPOINTS: Partial<Record<DeviceProtocol, { readonly pattern: RegExp; readonly remedy: string }>> = {
  lwm2m: { pattern: /^[\w:.-]{1,100}$/, remedy: 'give the endpoint name with which it registers' },
  modbus: {
    pattern: /^([a-z0-9.-]{1,100}|\[[0-9a-f:]{2,45}\]):([1-9]\d{0,4})\/(\d{1,3})$/i,
    remedy: 'give host:port/unit, such as 192.0.2.7:502/1',
  },
}
const LARGEST_PORT = 65_535
const LARGEST_UNIT = 247
/** Only messages of these can carry a signature. */
const SIGNING: readonly DeviceProtocol[] = ['mqtt', 'json', 'ultralight']

/** What is wrong with how a device is registered, by itself. */
export function registrationFaultsOf({ protocol, endpoint, isSigning }: Registered): RegistrationFault[] {
  const faults: RegistrationFault[] = []
  const wanted = ENDPOINTS[protocol]
  if (wanted === undefined && endpoint !== null) {
    const problem = `a device that speaks ${protocol} goes by its address`
    faults.push({ column: 'endpoint', problem, remedy: 'leave it out' })
  }
  if (wanted !== undefined && !isEndpoint(endpoint, wanted.pattern)) {
    faults.push({ column: 'endpoint', problem: `this is no endpoint of ${protocol}`, remedy: wanted.remedy })
  }
  if (isSigning && !SIGNING.includes(protocol)) {
    const problem = `no message of ${protocol} carries a signature`
    faults.push({ column: 'isSigning', problem, remedy: 'say false: the gateway signs for it' })
  }
  return faults
}

function isEndpoint(endpoint: string | null, pattern: RegExp): boolean {
  const match = endpoint === null ? null : pattern.exec(endpoint)
  if (match === null) return false
  const [, , port, unit] = match
  return Number(port ?? 1) <= LARGEST_PORT && Number(unit ?? 0) <= LARGEST_UNIT
}
