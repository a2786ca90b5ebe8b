import { countOf, formatMoney } from '../../lib/formats.ts'
import { EnergyAmount } from '../../ui/EnergyAmount.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import styles from './SavingPanel.module.css'
import { useSaving, type Saving } from './useSaving.ts'

/** What the neighbours saved together, against the tariff alone. */
export function SavingPanel() {
  const state = useSaving()
  switch (state.status) {
    case 'loading':
      return <Skeleton lines={2} />
    case 'failed':
      return <p className="soft">What the neighbours saved is not known at the moment.</p>
    case 'empty':
      return <p className="soft">What the neighbours save shows once the first quarter-hour is metered.</p>
    case 'ready':
      return <SavingWords saving={state.saving} />
  }
}

function SavingWords({ saving }: { saving: Saving }) {
  const isLoss = saving.saving < 0n
  return (
    <div className={styles.saving}>
      <p className={styles.figure}>{formatMoney(isLoss ? -saving.saving : saving.saving)}</p>
      <p className={styles.words}>
        {isLoss ? 'more than the tariff alone would have cost' : 'saved against the tariff alone'}, all homes, over the
        last {countOf(saving.periodCount, 'metered quarter-hour')}. <EnergyAmount value={saving.traded} /> were traded
        {saving.localPercent !== null && <>: {saving.localPercent} % of what homes took</>}.
      </p>
    </div>
  )
}
