import { Link } from 'wouter'
import { endOfDay, tradingDayAt } from '../../../../services/domain/units.ts'
import { householdAddress, tracePeriodAddress } from '../../lib/addresses.ts'
import type { Joining } from '../../lib/joining-client.ts'
import { useLedgerTime } from '../../lib/LiveProvider.tsx'
import { EnergyAmount } from '../../ui/EnergyAmount.tsx'
import { PeriodLabel } from '../../ui/PeriodLabel.tsx'
import { PriceLabel } from '../../ui/PriceLabel.tsx'
import { TimeLabel } from '../../ui/TimeLabel.tsx'
import styles from './JoiningStep.module.css'

/** What the home bought or sold first, by the ledger. */
export function FirstTradeStep({ joining }: { joining: Joining }) {
  const { firstFill, memberId, name } = joining
  if (firstFill === null || memberId === null) return <Waiting />
  const { deliveryPeriod, side, quantityWh, priceMicroEuroPerKwh } = firstFill
  return (
    <div className={styles.fill}>
      <p>
        <strong>
          {name} {side === 'bid' ? 'bought' : 'sold'} <EnergyAmount value={BigInt(quantityWh)} precision="exact" /> at{' '}
          <PriceLabel value={BigInt(priceMicroEuroPerKwh)} />.
        </strong>
      </p>
      <p>
        For <PeriodLabel period={deliveryPeriod} show="day and time" />:{' '}
        <Link href={tracePeriodAddress(memberId, deliveryPeriod)}>follow it from order to payment</Link>, or go to{' '}
        <Link href={householdAddress(memberId)}>your home</Link>.
      </p>
    </div>
  )
}

/** Keys are published day by day; those of whoever joins and signs at once still for the day itself. */
function Waiting() {
  const now = useLedgerTime()
  return (
    <p className="soft">
      Your agent places orders once its key is published among the day&rsquo;s trading keys: soon after your signature,
      or with those of the next day
      {now !== null && (
        <>
          , which begins on <TimeLabel at={endOfDay(tradingDayAt(now))} show="day and time" />
        </>
      )}
      . You need not wait here: what it trades is on your home&rsquo;s page.
    </p>
  )
}
