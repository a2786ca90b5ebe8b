import { describe, expect, test } from 'vitest'
import { resourceTypeOf } from '../objects/resource-facts.ts'
import { CONTENT_FORMAT, decodeContent, encodeContent } from './content-format.ts'
import { GOLDEN_PAYLOADS, GOLDEN_VALUES } from './golden-payloads.ts'

const context = { asked: [3303, 0], typeOf: resourceTypeOf, nowMs: 0 }

describe('the payloads of a real client for /3303/0', () => {
  const valuesOf = (format: number, payload: Uint8Array, typeOf = context.typeOf) =>
    decodeContent(format, payload, { ...context, typeOf }).map(({ path, value }) => [path.join('/'), value])

  test.each(GOLDEN_PAYLOADS)('are read as $name', ({ format, payload }) => {
    expect(Object.fromEntries(valuesOf(format, payload))).toEqual(GOLDEN_VALUES)
  })

  test('are written as TLV and as old TLV byte by byte', () => {
    const { payload } = GOLDEN_PAYLOADS.find(({ format }) => format === CONTENT_FORMAT.tlv)!
    const entries = decodeContent(CONTENT_FORMAT.tlv, payload, context)
    for (const format of [CONTENT_FORMAT.tlv, CONTENT_FORMAT.oldTlv]) {
      expect(Buffer.from(encodeContent(format, entries, context)).toString('hex')).toBe(payload.toString('hex'))
    }
  })

  test('are opaque as TLV, and numbers and texts as CBOR, where the object is not known', () => {
    const [tlv, senml] = GOLDEN_PAYLOADS.map(({ format, payload }) => valuesOf(format, payload, () => null)) as [
      unknown[][],
      unknown[][],
    ]
    expect(tlv.at(-1)).toEqual(['3303/0/5701', Uint8Array.from(Buffer.from('Cel'))])
    expect(senml.at(-1)).toEqual(['3303/0/5701', 'Cel'])
    expect(senml[0]).toEqual(['3303/0/5601', 13])
  })

  test.each(GOLDEN_PAYLOADS)('are refused as $name where another instance was asked for', ({ format, payload }) => {
    const asked = format === CONTENT_FORMAT.tlv ? [3303, 0, 5700] : [3303, 1]
    expect(() => decodeContent(format, payload, { ...context, asked })).toThrow(
      expect.objectContaining({ code: 'lwm2m-malformed' }),
    )
  })

  test('are refused where nobody reads their format', () => {
    expect(() => decodeContent(50, Buffer.from('{}'), context)).toThrow(
      expect.objectContaining({ code: 'lwm2m-format-unknown' }),
    )
  })
})
