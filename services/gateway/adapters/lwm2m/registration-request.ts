import { DomainError } from '../../../domain/errors.ts'
import type { CoapRequest } from '../coap/endpoint.ts'
import { CONTENT_FORMAT } from './content/content-format.ts'
import { decodeLinks } from './content/core-links.ts'
import { offeredObjectsOf, type OfferedObjects } from './content/offered-objects.ts'

export const VERSIONS = ['1.0', '1.1', '1.2'] as const
export type Lwm2mVersion = (typeof VERSIONS)[number]

/** What a device says of itself anew or for the first time; what it leaves out stays as it is. */
export type RegistrationUpdate = {
  /** Infinity where it is to last for ever. */
  readonly lifetimeMs: number | null
  /** Whether it sleeps between its messages; null where it does not say. */
  readonly isQueued: boolean | null
  readonly offered: OfferedObjects | null
}

export type RegistrationRequest = RegistrationUpdate & { readonly endpoint: string; readonly version: Lwm2mVersion }

const LONGEST_ENDPOINT = 128
const ENDPOINT = /^[\x21-\x7e]+$/
const BINDING = /^[UMHTSNQ]{1,8}$/
const LIFETIME = /^\d{1,10}$/
const MOST_PARAMETERS = 16

/** Whose registration it is; cheap, so that a stranger's costs no more. Throws `lwm2m-bad-request`. */
export function registeringEndpointOf({ query }: CoapRequest): string {
  const endpoint = parametersOf(query).get('ep') ?? ''
  if (endpoint.length > LONGEST_ENDPOINT || !ENDPOINT.test(endpoint)) {
    throw badRequest(`the endpoint (ep) has 1 to ${LONGEST_ENDPOINT} printable characters`)
  }
  return endpoint
}

/**
 * Reads a registration. Throws `lwm2m-bad-request`, `lwm2m-version-unknown`, `lwm2m-format-unknown`, or
 * `lwm2m-malformed` for links that cannot be read.
 */
export function parseRegistration(request: CoapRequest): RegistrationRequest {
  const endpoint = registeringEndpointOf(request)
  const version = parametersOf(request.query).get('lwm2m')
  if (version === undefined) throw badRequest('it does not say its version (lwm2m)')
  if (!isVersion(version)) {
    throw new DomainError('lwm2m-version-unknown', `LwM2M ${version.slice(0, 10)} is none of ${VERSIONS.join(', ')}`)
  }
  const update = parseUpdate(request)
  if (update.offered === null || update.offered.objects.size === 0) throw badRequest('it offers no object')
  return { ...update, endpoint, version }
}

/** Reads an update. Throws as `parseRegistration` does. */
export function parseUpdate({ query, contentFormat, payload }: CoapRequest): RegistrationUpdate {
  const parameters = parametersOf(query)
  const lifetime = parameters.get('lt')
  if (lifetime !== undefined && !LIFETIME.test(lifetime)) throw badRequest('its lifetime (lt) is no number of seconds')
  const binding = parameters.get('b')
  if (binding !== undefined && !BINDING.test(binding)) throw badRequest('its binding (b) is unknown')
  if (payload.length > 0 && contentFormat !== null && contentFormat !== CONTENT_FORMAT.links) {
    throw new DomainError('lwm2m-format-unknown', `its objects come in content format ${contentFormat}, not as links`)
  }
  const isQueued = parameters.has('Q') || binding?.includes('Q') === true
  return {
    lifetimeMs: lifetime === undefined ? null : lifetimeMsOf(Number(lifetime)),
    isQueued: binding === undefined && !isQueued ? null : isQueued,
    offered: payload.length === 0 ? null : offeredObjectsOf(decodeLinks(payload)),
  }
}

/** LwM2M 1.2 counts no lifetime at all as one without an end. */
function lifetimeMsOf(seconds: number): number {
  return seconds === 0 ? Infinity : seconds * 1_000
}

function isVersion(text: string): text is Lwm2mVersion {
  return (VERSIONS as readonly string[]).includes(text)
}

/** Throws `lwm2m-bad-request` where one is there twice. */
function parametersOf(query: readonly string[]): ReadonlyMap<string, string> {
  if (query.length > MOST_PARAMETERS) throw badRequest(`it has more than ${MOST_PARAMETERS} parameters`)
  const parameters = new Map<string, string>()
  for (const word of query) {
    const equals = word.indexOf('=')
    const name = equals < 0 ? word : word.slice(0, equals)
    if (parameters.has(name)) throw badRequest(`it has the parameter ${JSON.stringify(name.slice(0, 20))} twice`)
    parameters.set(name, equals < 0 ? '' : word.slice(equals + 1))
  }
  return parameters
}

function badRequest(reason: string): DomainError {
  return new DomainError('lwm2m-bad-request', `the registration cannot be understood: ${reason}`)
}
