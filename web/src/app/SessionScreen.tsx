import { Link } from 'wouter'
import { SessionPanel } from '../features/ledger/SessionPanel.tsx'
import { ledgerAddress, sessionAddress } from '../lib/addresses.ts'
import { formatPeriod } from '../lib/formats.ts'
import { PeriodLabel } from '../ui/PeriodLabel.tsx'
import { ScreenHead } from '../ui/ScreenHead.tsx'

/** All that the ledger says about one delivery period. */
export function SessionScreen({ period }: { period: number }) {
  return (
    <>
      <ScreenHead
        windowTitle={`Session ${formatPeriod(period)}`}
        title={
          <>
            Session <PeriodLabel period={period} show="day and time" />
          </>
        }
        lead={`Delivery period ${period}.`}
        way={<Link href={ledgerAddress({ kind: 'market' })}>The ledger</Link>}
        aside={
          <nav aria-label="Sessions">
            <Link href={sessionAddress(period - 1)}>Before</Link> <Link href={sessionAddress(period + 1)}>After</Link>
          </nav>
        }
      />
      <SessionPanel period={period} />
    </>
  )
}
