import type { CoapMethod, CoapRequest, CoapResponse } from './endpoint.ts'
import { malformed, NOTHING, uintOf, uintOption, type CoapMessage, type CoapOption } from './message.ts'

export const OPTION = {
  eTag: 4,
  observe: 6,
  locationPath: 8,
  uriPath: 11,
  contentFormat: 12,
  uriQuery: 15,
  accept: 17,
  block2: 23,
  block1: 27,
} as const

const METHODS: readonly CoapMethod[] = ['GET', 'POST', 'PUT', 'DELETE', 'FETCH', 'PATCH', 'iPATCH']
/** Critical options that change nothing here: If-Match would, and is refused; Uri-Host and Uri-Port name us. */
const UNDERSTOOD: ReadonlySet<number> = new Set([3, 7, ...Object.values(OPTION)])

/** Options of a number as text, in order. */
export function textsOf({ options }: CoapMessage, number: number): string[] {
  return options.filter((option) => option.number === number).map(({ value }) => value.toString('utf8'))
}

/** A critical option (odd number) that is not understood; null where there is none. */
export function unknownCriticalOption({ options }: CoapMessage): number | null {
  return options.find(({ number }) => number % 2 === 1 && !UNDERSTOOD.has(number))?.number ?? null
}

/** Reads a request; throws `coap-malformed`. */
export function parseRequest(message: CoapMessage): CoapRequest {
  const method = METHODS[message.code - 1]
  if (method === undefined) throw malformed('its method is unknown')
  const observe = uintOf(message, OPTION.observe)
  return {
    method,
    path: textsOf(message, OPTION.uriPath),
    query: textsOf(message, OPTION.uriQuery),
    contentFormat: uintOf(message, OPTION.contentFormat),
    accept: uintOf(message, OPTION.accept),
    observe: observe === 0 || observe === 1 ? observe : null,
    payload: message.payload,
  }
}

export function requestMessage(request: CoapRequest, token: Buffer): CoapMessage {
  const options: CoapOption[] = [
    ...texts(OPTION.uriPath, request.path),
    ...texts(OPTION.uriQuery, request.query),
    ...number(OPTION.observe, request.observe),
    ...number(OPTION.contentFormat, request.contentFormat),
    ...number(OPTION.accept, request.accept),
  ]
  return { code: METHODS.indexOf(request.method) + 1, token, options, payload: bufferOf(request.payload) }
}

/** Reads a response; throws `coap-malformed`. */
export function parseResponse(message: CoapMessage): CoapResponse {
  return {
    code: formatCode(message.code),
    contentFormat: uintOf(message, OPTION.contentFormat),
    locationPath: textsOf(message, OPTION.locationPath),
    observe: uintOf(message, OPTION.observe),
    payload: message.payload,
  }
}

export function responseMessage(response: CoapResponse, token: Buffer): CoapMessage {
  const options: CoapOption[] = [
    ...number(OPTION.observe, response.observe),
    ...texts(OPTION.locationPath, response.locationPath),
    ...number(OPTION.contentFormat, response.contentFormat),
  ]
  return { code: parseCode(response.code), token, options, payload: bufferOf(response.payload) }
}

/** A response that is nothing but its code, such as `4.04`. */
export function bareResponse(code: string): CoapResponse {
  return { code, contentFormat: null, locationPath: [], observe: null, payload: NOTHING }
}

export function formatCode(code: number): string {
  return `${code >> 5}.${String(code & 31).padStart(2, '0')}`
}

export function parseCode(code: string): number {
  const [kind, detail] = code.split('.')
  return (Number(kind) << 5) | Number(detail)
}

function texts(number: number, values: readonly string[]): CoapOption[] {
  return values.map((value) => ({ number, value: Buffer.from(value) }))
}

function number(option: number, value: number | null): CoapOption[] {
  return value === null ? [] : [uintOption(option, value)]
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
