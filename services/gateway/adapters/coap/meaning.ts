import { isUtf8 } from 'node:buffer'
import type { CoapMethod, CoapRequest, CoapResponse } from './endpoint.ts'
import { malformed, NOTHING, uintOf, uintOption, type CoapMessage, type CoapOption } from './message.ts'
import { OPTION } from './option-rules.ts'

const METHODS: readonly CoapMethod[] = ['GET', 'POST', 'PUT', 'DELETE', 'FETCH', 'PATCH', 'iPATCH']
/** Options of a number as text, in order; throws `coap-malformed` where one is no UTF-8. */
export function textsOf({ options }: CoapMessage, number: number): string[] {
  return options.filter((option) => option.number === number).map(({ value }) => textOf(value))
}

function textOf(value: Buffer): string {
  if (!isUtf8(value)) throw malformed('an option is no text')
  return value.toString('utf8')
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

/** Whether a code is of a request, as opposed to an empty message and to what is reserved. */
export function isRequestCode(code: number): boolean {
  return code >> 5 === 0 && code !== 0
}

/** Whether a code is of a response: 2.xx, 4.xx or 5.xx. */
export function isResponseCode(code: number): boolean {
  return [2, 4, 5].includes(code >> 5)
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
