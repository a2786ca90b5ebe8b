/** The sequence of the last notification and when it came, in milliseconds of a clock that runs forwards. */
export type Seen = { readonly sequence: number; readonly atMs: number }

const HALF = 2 ** 23
const REORDERING_MS = 128_000

/** Whether a notification is newer than the last one (RFC 7641 section 3.4); a repeated one is not. */
export function isFresher(next: Seen, last: Seen): boolean {
  if (next.atMs > last.atMs + REORDERING_MS) return true
  const ahead = next.sequence - last.sequence
  return (ahead > 0 && ahead < HALF) || ahead < -HALF
}
