const LARGEST = 2 ** 32 - 1

/** The whole number that a part of an address spells, or null: `007`, `1e3` and the empty text are none. */
export function wholeNumberOf(text: string): number | null {
  if (!/^(0|[1-9]\d{0,9})$/.test(text)) return null
  const number = Number(text)
  return number > LARGEST ? null : number
}
