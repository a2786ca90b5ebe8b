import { Link } from 'wouter'
import { sessionAddress } from '../lib/addresses.ts'
import { PeriodLabel } from './PeriodLabel.tsx'

/** A delivery period that leads to all that the ledger says about it. */
export function SessionLink({ period, show = 'time' }: { period: number; show?: 'time' | 'day and time' }) {
  return (
    <Link href={sessionAddress(period)}>
      <PeriodLabel period={period} show={show} />
    </Link>
  )
}
