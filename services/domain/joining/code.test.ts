import { describe, expect, test } from 'vitest'
import { formatCode, parseCode } from './code.ts'

const BYTES = Uint8Array.from({ length: 16 }, (_, position) => position * 17)

describe('a printed code', () => {
  test('has five bits of each of its bytes, in four groups', () => {
    expect(formatCode(BYTES)).toBe('0H2K-4N6Q-8SAV-CXEZ')
    expect(() => formatCode(BYTES.subarray(1))).toThrow(RangeError)
  })

  test('is read however a person writes it', () => {
    expect(parseCode(formatCode(BYTES))).toBe('0H2K4N6Q8SAVCXEZ')
    expect(parseCode(' oh2k 4n6q-8sav--cxez ')).toBe('0H2K4N6Q8SAVCXEZ')
    expect(parseCode('iL11-1111-1111-1111')).toBe('1111111111111111')
  })

  test.each(['', '0H2K-4N6Q-8SAV-CXE', '0H2K-4N6Q-8SAV-CXEZ-0', '0H2K-4N6Q-8SAV-CXEU', '0H2K-4N6Q-8SAV-CXE!'])(
    'is not %j',
    (text) => {
      expect(parseCode(text)).toBeNull()
    },
  )
})
