/** Letters and digits that nobody mistakes for one another (Crockford's base 32). */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const CODE = /^[0-9A-HJKMNP-TV-Z]{16}$/
const CODE_BYTES = 16
const GROUP = 4

/** A code to be printed, of 80 random bits in 16 bytes: `4F7K-…`, four groups of four. */
export function formatCode(random: Uint8Array): string {
  if (random.length !== CODE_BYTES) throw new RangeError(`a code is made of ${CODE_BYTES} random bytes`)
  const letters = Array.from(random, (byte) => ALPHABET[byte % ALPHABET.length]).join('')
  return letters.replaceAll(new RegExp(`.{${GROUP}}(?=.)`, 'g'), '$&-')
}

/** The code without what people write otherwise: case, dashes, spaces, O for 0, I and L for 1; null for what is none. */
export function parseCode(text: string): string | null {
  const letters = text.toUpperCase().replaceAll(/[\s-]/g, '').replaceAll('O', '0').replaceAll(/[IL]/g, '1')
  return CODE.test(letters) ? letters : null
}
