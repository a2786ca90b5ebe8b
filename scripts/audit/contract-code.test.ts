import { describe, expect, test } from 'vitest'
import { isCodeOf } from './contract-code.ts'
import { bytesOf } from './ledger/hex.ts'

const ZEROS = '00'.repeat(32)
const ADDRESS = 'ab'.repeat(20).padStart(64, '0')
/** Pushes a word, stores it, pushes two bytes, stops; behind an init code of five bytes. */
const runtimeWith = (word: string) => `7f${word}60005261abcd00`
const creation = bytesOf(`0x6001600255${runtimeWith(ZEROS)}fe`)
const isCode = (hex: string) => isCodeOf(bytesOf(`0x${hex}`), creation)

describe('isCodeOf', () => {
  test('knows the code with the values that a constructor set', () => {
    expect(isCode(runtimeWith(ADDRESS))).toBe(true)
    expect(isCode(runtimeWith(ZEROS))).toBe(true)
  })

  test('refuses code with another byte, a byte less, or none', () => {
    expect(isCode(runtimeWith(ADDRESS).replace('abcd', 'abce'))).toBe(false)
    expect(isCode(runtimeWith(ADDRESS).slice(2))).toBe(false)
    expect(isCode('')).toBe(false)
  })

  test('takes only whole words for values', () => {
    expect(isCodeOf(bytesOf(`0x61${'ab'.repeat(2)}00`), bytesOf(`0x6001610000${'00'}`))).toBe(false)
  })
})
