import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DomainError } from '../../../../domain/errors.ts'
import { resourceTypeOf } from '../objects/resource-facts.ts'
import { CONTENT_FORMAT, decodeContent, encodeContent } from './content-format.ts'
import { decodeLinks, encodeLinks } from './core-links.ts'
import { GOLDEN_PAYLOADS } from './golden-payloads.ts'
import { offeredObjectsOf } from './offered-objects.ts'
import type { ContentEntry, ResourceType, ResourceValue } from './resource-value.ts'

/** Runs of each property: at home as many as take a second, where the gate runs alone more. */
const RUNS = process.env.CI === undefined ? 1_000 : 20_000

const FORMATS = Object.values(CONTENT_FORMAT).filter((format) => format !== CONTENT_FORMAT.links)
const OF_MANY = FORMATS.filter((format) => format !== CONTENT_FORMAT.text && format !== CONTENT_FORMAT.opaque)
const NOW_MS = 1_795_759_642_000

/** Resources of an object that is nobody's, one of each type. */
const TYPES: readonly ResourceType[] = ['string', 'integer', 'float', 'boolean', 'opaque', 'time', 'link']
const typeOf = (object: number, resource: number) =>
  object === 40_000 ? (TYPES[resource % TYPES.length] ?? null) : resourceTypeOf(object, resource)

const id = fc.integer({ min: 0, max: 65_534 })
const asked = fc.oneof(
  fc.array(id, { maxLength: 4 }),
  fc.constantFrom([3303, 0], [3421, 0], [3422, 0], [3, 0], [40_000], [40_000, 1], [40_000, 1, 2]),
)

const integer = fc.bigInt({ min: BigInt(Number.MIN_SAFE_INTEGER), max: BigInt(Number.MAX_SAFE_INTEGER) })
const double = fc.double({ noDefaultInfinity: true, noNaN: true })
const VALUES: Record<ResourceType, fc.Arbitrary<ResourceValue>> = {
  string: fc.string({ unit: 'grapheme', maxLength: 300 }),
  integer,
  time: integer,
  float: fc.oneof(double, double.map(Math.fround)).filter((value) => Number.isFinite(value) && !Object.is(value, -0)),
  boolean: fc.boolean(),
  opaque: fc.uint8Array({ maxLength: 300 }),
  link: fc.tuple(id, id).map((ids) => ids.join(':')),
}
const resource = fc
  .tuple(id, fc.option(fc.uniqueArray(id, { minLength: 1, maxLength: 3 }), { nil: undefined }))
  .chain(([number, instances]) =>
    fc
      .array(VALUES[TYPES[number % TYPES.length]!], {
        minLength: instances?.length ?? 1,
        maxLength: instances?.length ?? 1,
      })
      .map((values) => values.map((value, position) => ({ number, instance: instances?.[position], value }))),
  )
const entriesOfInstance = fc
  .uniqueArray(resource, { minLength: 1, maxLength: 8, selector: ([first]) => first!.number })
  .map((resources) =>
    resources.flat().map(({ number, instance, value }): ContentEntry => ({
      path: instance === undefined ? [40_000, 1, number] : [40_000, 1, number, instance],
      value,
    })),
  )

/** Anything but a refusal is a defect. */
function requireRefusal(decode: () => unknown): void {
  try {
    decode()
  } catch (error) {
    expect(error).toBeInstanceOf(DomainError)
    expect((error as DomainError).code).toBe('lwm2m-malformed')
    expect((error as DomainError).message.length).toBeLessThanOrEqual(300)
  }
}

describe('decoding', () => {
  test.each(FORMATS)('refuses or reads any bytes as format %d', (format) => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 400, size: 'max' }),
      fc.json().map((text) => Buffer.from(text)),
    )
    fc.assert(
      fc.property(bytes, asked, (payload, path) => {
        requireRefusal(() => decodeContent(format, payload, { asked: path, typeOf, nowMs: NOW_MS }))
      }),
      { numRuns: RUNS },
    )
  })

  test.each(GOLDEN_PAYLOADS)('refuses or reads $name with bits turned over', ({ format, payload }) => {
    const bit = fc.nat({ max: payload.length * 8 - 1 })
    fc.assert(
      fc.property(fc.array(bit, { minLength: 1, maxLength: 4 }), (bits) => {
        const changed = Uint8Array.from(payload)
        for (const position of bits) changed[position >> 3]! ^= 1 << (position & 7)
        requireRefusal(() => decodeContent(format, changed, { asked: [3303, 0], typeOf, nowMs: NOW_MS }))
      }),
      { numRuns: RUNS },
    )
  })

  test.each(GOLDEN_PAYLOADS)('refuses $name wherever it ends too early', ({ format, payload }) => {
    for (let length = 0; length < payload.length; length++) {
      const context = { asked: [3303, 0], typeOf, nowMs: NOW_MS }
      const decode = () => decodeContent(format, payload.subarray(0, length), context)
      const isWhole = format === CONTENT_FORMAT.tlv && [0, 7, 14, 21, 28, 35].includes(length)
      if (isWhole) expect(decode()).toHaveLength(length / 7)
      else expect(decode, `${length} bytes`).toThrow(expect.objectContaining({ code: 'lwm2m-malformed' }))
    }
  })

  test.each(OF_MANY)('undoes encoding as format %d', (format) => {
    fc.assert(
      fc.property(entriesOfInstance, fc.constantFrom([40_000], [40_000, 1]), (entries, path) => {
        const context = { asked: path, typeOf, nowMs: NOW_MS }
        const decoded = decodeContent(format, encodeContent(format, entries, context), context)
        expect(decoded).toEqual(entries)
      }),
      { numRuns: RUNS },
    )
  })

  test('undoes encoding of one value as plain text', () => {
    fc.assert(
      fc.property(entriesOfInstance, ([entry]) => {
        const context = { asked: [...entry!.path] as number[], typeOf, nowMs: NOW_MS }
        expect(decodeContent(0, encodeContent(0, [entry!], context), context)).toEqual([entry])
      }),
      { numRuns: RUNS },
    )
  })
})

describe('links', () => {
  test('are read or refused, whatever is there', () => {
    const piece = fc.constantFrom(
      '</3421/0>',
      '</>',
      ';rt="oma.lwm2m"',
      ';ver=2.0',
      ';ct="110 112"',
      ',',
      '"',
      '\\',
      '<',
      '=',
      'x',
    )
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.array(piece).map((pieces) => pieces.join('')),
    )
    fc.assert(
      fc.property(text, (links) => requireRefusal(() => offeredObjectsOf(decodeLinks(Buffer.from(links))))),
      { numRuns: RUNS },
    )
  })

  test('are the same after they were written', () => {
    const name = fc.stringMatching(/^[a-z]{1,8}$/)
    const link = fc.record({
      target: fc.stringMatching(/^\/[a-z0-9/]{0,20}$/),
      attributes: fc.dictionary(name, fc.string({ maxLength: 20 })).map((words) => new Map(Object.entries(words))),
    })
    fc.assert(
      fc.property(fc.array(link), (links) => {
        expect(decodeLinks(encodeLinks(links))).toEqual(links)
      }),
      { numRuns: RUNS },
    )
  })
})
