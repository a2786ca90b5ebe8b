import { isSame } from './ledger/hex.ts'

const PUSH32 = 0x7f
const WORD = 32

/**
 * Whether code at an address is what the compiled contract leaves there. The code with which a contract is created holds
 * what it leaves, with zeros in the places of the values that its constructor sets (immutables): each pushed as a word.
 */
export function isCodeOf(code: Uint8Array, creation: Uint8Array): boolean {
  if (code.length === 0 || code.length > creation.length) return false
  const words = pushedWords(code)
  // Its first bytes are the same in every contract, and come again: each place where they are is looked at.
  const head = Buffer.from(code.subarray(0, Math.min(WORD, words[0] ?? WORD)))
  const haystack = Buffer.from(creation.buffer, creation.byteOffset, creation.length)
  for (let at = haystack.indexOf(head); at >= 0; at = haystack.indexOf(head, at + 1)) {
    const template = creation.subarray(at, at + code.length)
    if (template.length === code.length && isSame(withoutImmutables(code, template, words), template)) return true
  }
  return false
}

/** The code with zeros wherever the template pushes a word of zeros. */
function withoutImmutables(code: Uint8Array, template: Uint8Array, words: readonly number[]): Uint8Array {
  const blank = Uint8Array.from(code)
  for (const start of words) {
    const end = start + WORD
    if (template.subarray(start, end).every((byte) => byte === 0)) blank.fill(0, start, end)
  }
  return blank
}

/** Where words are pushed, walking through the code instruction by instruction. */
function pushedWords(code: Uint8Array): number[] {
  const found: number[] = []
  for (let at = 0; at < code.length; at += 1) {
    const instruction = code[at]!
    if (instruction === PUSH32 && at + WORD < code.length) found.push(at + 1)
    if (instruction >= 0x60 && instruction <= PUSH32) at += instruction - 0x5f
  }
  return found
}
