import { describe, expect, test } from 'vitest'
import { resourceTypeOf } from '../objects/resource-facts.ts'
import { decodeTlv } from './tlv.ts'
import { encodeTlv } from './tlv-writer.ts'

const read = (asked: readonly number[], hex: string) =>
  decodeTlv(Buffer.from(hex, 'hex'), { asked, typeOf: resourceTypeOf, nowMs: 0 }).map(({ path, value }) => [
    path.join('/'),
    value,
  ])

/** The example of a device in the specification of LwM2M 1.0, 6.4.3.1. */
const DEVICE =
  'c800144f70656e204d6f62696c6520416c6c69616e6365' +
  'c801164c69676874776569676874204d324d20436c69656e74' +
  'c80209333435303030313233' +
  'c303312e30' +
  '8606410001410105' +
  '88070842000ed842011388' +
  '870841007d42010384' +
  'c10964' +
  'c10a0f' +
  '830b410000' +
  'c40d5182428f' +
  'c60e2b30323a3030' +
  'c11055'

describe('TLV', () => {
  test('reads the example of the specification, with texts, integers and resources of several instances', () => {
    expect(read([3, 0], DEVICE)).toEqual([
      ['3/0/0', 'Open Mobile Alliance'],
      ['3/0/1', 'Lightweight M2M Client'],
      ['3/0/2', '345000123'],
      ['3/0/3', '1.0'],
      ['3/0/6/0', 1n],
      ['3/0/6/1', 5n],
      ['3/0/7/0', 3800n],
      ['3/0/7/1', 5000n],
      ['3/0/8/0', 125n],
      ['3/0/8/1', 900n],
      ['3/0/9', 100n],
      ['3/0/10', 15n],
      ['3/0/11/0', 0n],
      ['3/0/13', 1_367_491_215n],
      ['3/0/14', '+02:00'],
      ['3/0/16', 'U'],
    ])
  })

  test('reads instances of an object, and one that was left out', () => {
    expect(read([3], '0500c303312e30')).toEqual([['3/0/3', '1.0']])
    expect(read([3], 'c303312e30')).toEqual([['3/0/3', '1.0']])
    expect(read([3, 0], '0500c303312e30')).toEqual([['3/0/3', '1.0']])
  })

  test('reads a resource from each place at which a device may begin', () => {
    expect(read([3, 0, 3], 'c303312e30')).toEqual([['3/0/3', '1.0']])
    expect(read([3, 0, 6], '8606410001410105')).toHaveLength(2)
    expect(read([3, 0, 6], '410001410105')).toHaveLength(2)
    expect(read([3, 0, 6, 1], '410105')).toEqual([['3/0/6/1', 5n]])
    expect(read([3, 0, 6, 1], '8306410105')).toEqual([['3/0/6/1', 5n]])
  })

  test('reads signed integers of 1 to 8 bytes, floats of 4 and 8, booleans and links', () => {
    expect(read([3, 0, 9], 'c109ff')).toEqual([['3/0/9', -1n]])
    expect(read([3, 0, 9], 'c809088000000000000000')).toEqual([['3/0/9', -(2n ** 63n)]])
    expect(read([3421, 0, 25], 'c8190840934a3d70a3d70a')).toEqual([['3421/0/25', 1234.56]])
    expect(read([3421, 0, 53], 'c13501')).toEqual([['3421/0/53', true]])
    expect(read([3, 0, 22], '861644000d5d0001')).toEqual([['3/0/22/0', '3421:1']])
  })

  test.each([
    [[3, 0], 'c8', 'ends in its header'],
    [[3, 0], 'c809', 'ends in its header'],
    [[3, 0], 'c1', 'ends in its header'],
    [[3, 0], 'c409ff', 'says 4 bytes, and 1 are there'],
    [[3, 0], 'c309000001', 'an integer of 3 bytes'],
    [[3421, 0], 'c2190000', 'a float of 2 bytes'],
    [[3421, 0], 'c13502', 'no boolean'],
    [[3, 0], 'c203ff00', 'not UTF-8'],
    [[3, 0], 'c303312e30c303312e30', '/3/0/3 is there twice'],
    [[3, 0], '8606c10001c10105', 'cannot be in /3/0/6'],
    [[3, 0, 4], 'c303312e30', 'cannot be in /3/0/4'],
    [[], 'c303312e30', 'does not say of which object'],
    [[3, 0], 'e1ffff00', 'from 0 to 65534'],
  ])('refuses in %j the bytes %s: %s', (asked, hex, words) => {
    expect(() => read(asked, hex)).toThrow(
      expect.objectContaining({ code: 'lwm2m-malformed', message: expect.stringContaining(words) as string }),
    )
  })

  test('writes the example so that it is read again, with times as short as they can be', () => {
    const context = { asked: [3, 0], typeOf: resourceTypeOf, nowMs: 0 }
    const entries = decodeTlv(Buffer.from(DEVICE, 'hex'), context)
    const written = Buffer.from(encodeTlv(entries, context)).toString('hex')
    expect(read([3, 0], written)).toEqual(read([3, 0], DEVICE))
    expect(written).toContain('8606410001410105')
    expect(written).toContain('c40d5182428f')
  })
})
