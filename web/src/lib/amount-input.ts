/** `1.25`, `1,25`, `-3` or `.5`, and nothing that could be read in two ways, such as `1,000.5`. */
const DECIMAL = /^(-?)(\d*)(?:[.,](\d*))?$/

/**
 * The whole number that a typed decimal stands for, in units of which 10^digits make one of what was typed: with 6 digits
 * `0.25` euro are 250,000 micro-euro. Null for what is no number, or finer than that.
 */
export function parseDecimal(text: string, digits: number): bigint | null {
  const [, sign, whole = '', part = ''] = DECIMAL.exec(text.trim().replace('−', '-')) ?? []
  if (sign === undefined || whole + part === '' || part.length > digits) return null
  const value = BigInt(whole + part.padEnd(digits, '0'))
  return sign === '-' ? -value : value
}

/** The shortest text that is parsed to the same number. */
export function typedDecimal(value: bigint, digits: number): string {
  const size = (value < 0n ? -value : value).toString().padStart(digits + 1, '0')
  const part = size.slice(-digits).replace(/0+$/, '')
  return `${value < 0n ? '-' : ''}${size.slice(0, -digits)}${part === '' ? '' : `.${part}`}`
}
