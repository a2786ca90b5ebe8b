import { MoneyAmount } from './MoneyAmount.tsx'

/** Why a committed run is not paid, where corrections (micro-euro) wait for the operator's bond. */
export function HeldBackWords({ withheld }: { withheld: bigint }) {
  if (withheld === 0n) return null
  return (
    <>
      It is held back: challenges corrected statements by <MoneyAmount value={withheld} /> that the operator&rsquo;s
      bond lacks, and it is paid after them.{' '}
    </>
  )
}
