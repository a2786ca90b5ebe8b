import { expect, test } from 'vitest'
import { parseFragments } from './handshake-message.ts'
import { createReassembly } from './reassembly.ts'

const piece = (offset: number, text: string, length = 4, sequence = 2, type = 16) => ({
  type,
  sequence,
  length,
  offset,
  bytes: Buffer.from(text),
})

test('a message is there once all its pieces are, in whatever order and however they overlap', () => {
  const reassembly = createReassembly(16, 2, 100)
  expect(reassembly.take(piece(3, 'd'))).toBeNull()
  expect(reassembly.take(piece(0, 'ab'))).toBeNull()
  expect(reassembly.take(piece(1, 'bc'))?.body.toString()).toBe('abcd')
})

test('an empty message is there at once', () => {
  expect(createReassembly(16, 2, 100).take(piece(0, '', 0))?.body).toHaveLength(0)
})

test('what is of another message, contradicts the first piece or is too long is ignored', () => {
  const reassembly = createReassembly(16, 2, 5)
  expect(reassembly.take(piece(0, 'too long', 8))).toBeNull()
  reassembly.take(piece(0, 'ab'))
  expect(reassembly.take(piece(2, 'xyz', 5))).toBeNull()
  expect(reassembly.take(piece(2, 'xyz', 4))).toBeNull()
  expect(reassembly.take(piece(2, 'xy', 4, 3))).toBeNull()
  expect(reassembly.take(piece(2, 'xy', 4, 2, 20))).toBeNull()
  expect(reassembly.take(piece(2, 'cd'))?.body.toString()).toBe('abcd')
})

test.each([
  ['is empty', ''],
  ['is cut short', '10000004000200000000000561626364'],
  ['has a piece that is longer than its message', '100000040002000003000002' + '6162'],
  ['announces a message that is too long', '100100000002000000000000'],
])('a record of pieces is refused where it %s', (_, hex) => {
  expect(() => parseFragments(Buffer.from(hex, 'hex'))).toThrow(expect.objectContaining({ code: 'dtls-malformed' }))
})
