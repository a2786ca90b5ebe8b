import { FactList } from '../../ui/FactList.tsx'
import { MoneyAmount } from '../../ui/MoneyAmount.tsx'
import { PriceLabel } from '../../ui/PriceLabel.tsx'
import { ProblemNotice } from '../../ui/ProblemNotice.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { StaleNote } from '../../ui/StaleNote.tsx'
import type { Area } from './area.ts'
import styles from './AreaPanel.module.css'
import { useArea } from './useArea.ts'

/** What stands behind the market: fund and bond, the tariff now, and the spans in which things can be mended. */
export function AreaPanel() {
  const state = useArea()
  switch (state.status) {
    case 'loading':
      return <Skeleton lines={5} />
    case 'failed':
      return <ProblemNotice problem={state.problem} onRetry={state.retry} />
    case 'ready':
      return (
        <div className={styles.panel}>
          <StaleNote problem={state.stale} />
          <Securities area={state.area} />
          <Tariff tariff={state.area.tariff} />
        </div>
      )
  }
}

function Securities({ area }: { area: Area }) {
  return (
    <>
      <FactList
        facts={[
          { name: 'Guarantee fund', value: <MoneyAmount value={area.fund} /> },
          { name: 'Operator’s bond', value: <MoneyAmount value={area.bond} /> },
        ]}
      />
      <p className="soft">
        The fund pays for a home that cannot, and the bond for what the operator does wrong. A member may have a session
        cleared without an operator that is silent for {area.operatorDeadline} after gate closure. Statements can be
        challenged for {area.challengeWindow} before they are paid, and a day is settled again after{' '}
        {area.correctionDelay} and, for good, after {area.finalDelay}.
      </p>
    </>
  )
}

function Tariff({ tariff }: Pick<Area, 'tariff'>) {
  return (
    <FactList
      facts={[
        { name: 'Retail', value: <PriceLabel value={tariff.retail} /> },
        { name: 'Feed-in', value: <PriceLabel value={tariff.feedIn} /> },
        { name: 'Grid tariff', value: <PriceLabel value={tariff.grid} /> },
        { name: 'Inside the area', value: <PriceLabel value={tariff.gridLocal} /> },
        { name: 'Levies', value: <PriceLabel value={tariff.levy} /> },
        { name: 'Platform fee', value: <PriceLabel value={tariff.platformFee} /> },
      ]}
    />
  )
}
