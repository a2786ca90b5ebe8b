/** Wh that are left for the orders at the price, shared pro rata by cumulative rounding, order after order. */
export type Share = {
  /** Wh to share, out of the `atPrice` Wh that the orders ask for: 0 <= rest <= atPrice < 2^51. */
  readonly rest: number
  readonly atPrice: number
  readonly ratio: number
  readonly inverse: number
  /** What (asked for so far) * rest leaves when it is divided by atPrice: below atPrice. */
  remainder: number
}

export function shareOf(rest: number, atPrice: number): Share {
  const inverse = atPrice === 0 ? 0 : 1 / atPrice
  return { rest, atPrice, ratio: rest * inverse, inverse, remainder: 0 }
}

/**
 * What the next order gets, in Wh: with C the Wh asked for up to an order, floor(C * rest / atPrice) after it less
 * the same before it. The quantity is a whole number below 2^31, and all quantities add up to atPrice at most.
 *
 * Exact, though quantity * rest may come near 2^82 and a double holds 53 bits. Floating point only makes a first guess
 * at the fill, whose error is far below one, so that its floor is at most one off. What the guess leaves decides:
 * left = quantity * rest - fill * atPrice + remainder, a whole number from -atPrice to below 2 * atPrice. It is put
 * together from two parts. `near` is the same in floating point: each product is below 2^82 and so rounded by at most
 * 2^28, the rest of it is exact, hence |near - left| <= 2^29. `lowest` is congruent to it modulo 2^32, since integer
 * multiplication loses nothing there. Only one whole number is both.
 */
export function takeShare(share: Share, quantity: number): number {
  const { rest, atPrice, remainder } = share
  let fill = Math.floor(quantity * share.ratio + remainder * share.inverse)
  const near = quantity * rest - fill * atPrice + remainder
  const lowest = Math.imul(quantity, rest) - Math.imul(fill, atPrice) + remainder
  let left = near + ((lowest - near) | 0)
  if (left < 0) {
    fill -= 1
    left += atPrice
  } else if (left >= atPrice && atPrice > 0) {
    fill += 1
    left -= atPrice
  }
  share.remainder = left
  return fill
}
