import { z } from 'zod'
import { requireValueSize } from './limits.ts'
import { malformed } from './malformed.ts'
import type { AskedPath, ResourcePath } from './resource-path.ts'

/** `time` is Unix seconds; a `link` is `object:instance`. */
export const RESOURCE_TYPES = ['string', 'integer', 'float', 'boolean', 'opaque', 'time', 'link'] as const
export type ResourceType = (typeof RESOURCE_TYPES)[number]

/** A `bigint` is an integer or a time on the wire, a `number` a float; a link is text. */
export type ResourceValue = number | bigint | boolean | string | Uint8Array

export type ContentEntry = {
  readonly path: ResourcePath
  readonly value: ResourceValue
  /** Unix seconds, of whatever fraction; absent where the device does not say. */
  readonly time?: number
  /** Of SenML, where the device says it beside the value. */
  readonly unit?: string
}

/** What has to be known beside a payload to understand it. */
export type ContentContext = {
  readonly asked: AskedPath
  /** Null for what is not known: it keeps the type that the format tells, if it does, and is opaque else. */
  readonly typeOf: (object: number, resource: number) => ResourceType | null
  /** Unix milliseconds, for times that count from now. */
  readonly nowMs: number
}

const LEAST_INTEGER = -(2n ** 63n)
/** Unsigned integers came with LwM2M 1.1. */
const LARGEST_INTEGER = 2n ** 64n - 1n
const LINK = /^(0|[1-9]\d{0,4}):(0|[1-9]\d{0,4})$/
const LARGEST_LINK_ID = 65_535
const dateTime = z.iso.datetime({ offset: true })

/** The value as its resource's type has it; what cannot be it exactly throws `lwm2m-malformed`. */
export function typedValue(value: ResourceValue, type: ResourceType | null, where: string): ResourceValue {
  if (typeof value === 'string') requireValueSize(Buffer.byteLength(value), where)
  if (value instanceof Uint8Array) requireValueSize(value.length, where)
  if (typeof value === 'bigint') requireInteger(value, where)
  if (type === 'integer') return integerOf(value, where)
  if (type === 'time') return typeof value === 'string' ? secondsOf(value, where) : integerOf(value, where)
  if (type === 'float') return floatOf(value, where)
  if (type === 'link') return linkOf(value, where)
  const isOfType = type === null || (type === 'opaque' ? value instanceof Uint8Array : typeof value === type)
  if (!isOfType) throw malformed(`${where} is no ${type}`)
  return value
}

/** The two numbers of a link. */
export function linkIdsOf(link: string): readonly [number, number] | null {
  const [, object, instance] = LINK.exec(link) ?? []
  const ids = [Number(object), Number(instance)] as const
  return ids.every((id) => id <= LARGEST_LINK_ID) ? ids : null
}

function integerOf(value: ResourceValue, where: string): bigint {
  if (typeof value === 'bigint') return value
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value)
  throw malformed(`${where} is no whole number that can be told exactly`)
}

function requireInteger(value: bigint, where: string): void {
  if (value < LEAST_INTEGER || value > LARGEST_INTEGER) throw malformed(`${where} does not fit into 64 bits`)
}

function floatOf(value: ResourceValue, where: string): number {
  if (typeof value === 'bigint') return Number(value)
  if (typeof value === 'number') return value
  throw malformed(`${where} is no number`)
}

function secondsOf(text: string, where: string): bigint {
  if (!dateTime.safeParse(text).success) throw malformed(`${where} is no date and time`)
  return BigInt(Math.floor(Date.parse(text) / 1_000))
}

function linkOf(value: ResourceValue, where: string): string {
  if (typeof value === 'string' && linkIdsOf(value) !== null) return value
  throw malformed(`${where} is no link to an object's instance`)
}
