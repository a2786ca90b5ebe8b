import { blockAddress, ledgerAddress, sessionAddress, transactionAddress } from '../../lib/addresses.ts'

/** Above this a number is a delivery period, below it a block: period 1,000,000 was in 1998. */
const FIRST_PERIOD_MEANT = 1_000_000
const LARGEST_PERIOD = 2 ** 32 - 1

/** Where a search leads: to a transaction or an order by hash, a block, a delivery period or a home; null for nowhere. */
export function addressOfSearch(text: string, names: ReadonlyMap<number, string>): string | null {
  const wanted = text.trim().toLowerCase()
  if (/^0x[0-9a-f]{64}$/.test(wanted)) return transactionAddress(wanted)

  const digits = wanted.replace(/[\s,_]/g, '')
  if (/^\d{1,10}$/.test(digits)) {
    const number = Number(digits)
    if (number > LARGEST_PERIOD) return null
    return number < FIRST_PERIOD_MEANT ? blockAddress(number) : sessionAddress(number)
  }

  const found = [...names].find(([, name]) => name.toLowerCase() === wanted)
  return found === undefined ? null : ledgerAddress({ memberId: found[0] })
}
