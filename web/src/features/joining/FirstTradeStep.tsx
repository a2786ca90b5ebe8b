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

/** New keys are published with those of the next day. */
function Waiting() {
  const now = useLedgerTime()
  return (
    <p className="soft">
      Your agent&rsquo;s key counts from the next trading day on
      {now !== null && (
        <>
          , which begins on <TimeLabel at={endOfDay(tradingDayAt(now))} show="day and time" /> by the ledger&rsquo;s
          clock
        </>
      )}
      . You need not wait here: what it trades is on your home&rsquo;s page.
    </p>
  )
}
