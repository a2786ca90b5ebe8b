import { describe, expect, test } from 'vitest'
import { requestMessage } from './meaning.ts'
import { formatDatagram, malformedIdOf, parseDatagram, uintOf, uintOption, type CoapMessage } from './message.ts'
import { GET } from './channel-world.ts'

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex')
const TEMPERATURE = Buffer.from('temperature').toString('hex')
const DEGREES = Buffer.from('22.3 C').toString('hex')

describe('a datagram', () => {
  test.each([
    ['a request (figure 16)', `40 01 7d34 bb ${TEMPERATURE}`],
    ['its answer (figure 16)', `60 45 7d34 ff ${DEGREES}`],
    ['a request with a token (figure 17)', `41 01 7d35 20 bb ${TEMPERATURE}`],
    ['its answer (figure 17)', `61 45 7d35 20 ff ${DEGREES}`],
    ['an empty acknowledgement (figure 19)', '60 00 7d37'],
    ['a separate answer (figure 19)', `41 45 ad7b 40 ff ${DEGREES}`],
    ['a reset (figure 20)', '70 00 7d38'],
  ])('of RFC 7252 appendix A is read, and written as it was: %s', (_, bytes) => {
    expect(formatDatagram(parseDatagram(hex(bytes))).toString('hex')).toBe(bytes.replaceAll(' ', ''))
  })

  test('is read in its parts', () => {
    const request = parseDatagram(hex(`41 01 7d35 20 bb ${TEMPERATURE}`))
    expect(request).toMatchObject({ type: 0, messageId: 0x7d35, message: { code: 1, token: Buffer.from([0x20]) } })
    expect(request.message).toEqual(requestMessage({ ...GET, path: ['temperature'] }, Buffer.from([0x20])))
  })

  test.each([0, 1, 2, 3, 4, 5, 6, 7, 8])('has a token of %d bytes', (length) => {
    const token = Buffer.alloc(length, 7)
    const bytes = formatDatagram({ type: 1, messageId: 1, message: requestMessage(GET, token) })
    expect(parseDatagram(bytes).message.token).toEqual(token)
  })

  test.each([9, 10, 11, 12, 13, 14, 15])('with a token of %d bytes is refused', (length) => {
    const bytes = Buffer.concat([Buffer.from([0x40 | length, 1, 0, 1]), Buffer.alloc(20)])
    expect(() => parseDatagram(bytes)).toThrow(expect.objectContaining({ code: 'coap-malformed' }))
  })

  test.each([
    ['of no bytes', ''],
    ['shorter than a header', '40 01 7d'],
    ['of version 0', '00 01 7d34'],
    ['of version 2', '80 01 7d34'],
    ['of version 3', 'c0 01 7d34'],
    ['that ends within its token', '42 01 7d34 20'],
    ['that ends within an option', '40 01 7d34 bb 74'],
    ['that ends within an option number', '40 01 7d34 e0 00'],
    ['that ends within an option length', '40 01 7d34 0d'],
    ['with an option number that is reserved', '40 01 7d34 f0'],
    ['with an option length that is reserved', '40 01 7d34 0f'],
    ['with an option number past 65535', '40 01 7d34 e0 ffff'],
    ['that marks a payload and has none', '40 01 7d34 ff'],
    ['that is empty, with a token', '41 00 7d34 20'],
    ['that is empty, with a payload', '40 00 7d34 ff 20'],
    ['with 65 options', `40 01 7d34 ${'00'.repeat(65)}`],
  ])('%s is refused', (_, bytes) => {
    expect(() => parseDatagram(hex(bytes))).toThrow(expect.objectContaining({ code: 'coap-malformed' }))
  })

  test('that cannot be read is rejected by its number where it is confirmable', () => {
    expect(malformedIdOf(hex('40 01 7d34 ff'))).toBe(0x7d34)
    expect(malformedIdOf(hex('4f 01 7d34'))).toBe(0x7d34)
  })

  test.each(['50 01 7d34 ff', '60 01 7d34 ff', '70 01 7d34 ff', '80 01 7d34', '40 01 7d'])(
    'that cannot be read is ignored where it has another version or type: %s',
    (bytes) => {
      expect(malformedIdOf(hex(bytes))).toBeNull()
    },
  )
})

test.each([
  [0, ''],
  [1, '01'],
  [255, 'ff'],
  [256, '0100'],
  [11_542, '2d16'],
  [0xffffffff, 'ffffffff'],
])('the number %d is written in as few bytes as it needs', (value, bytes) => {
  const option = uintOption(12, value)
  expect(option.value.toString('hex')).toBe(bytes)
  expect(uintOf({ options: [option] } as unknown as CoapMessage, 12)).toBe(value)
})
