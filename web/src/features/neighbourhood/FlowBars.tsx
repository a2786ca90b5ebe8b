import { EnergyAmount } from '../../ui/EnergyAmount.tsx'
import type { Mark } from '../../ui/Legend.tsx'
import { flowBarsOf } from './flow-bars.ts'
import styles from './FlowBars.module.css'
import { usePicture } from './usePicture.ts'

const NAMES: Record<Extract<Mark, 'leaf' | 'grid-in' | 'grid-out'>, string> = {
  leaf: 'among neighbours',
  'grid-in': 'from the grid',
  'grid-out': 'to the grid',
}

/** The quarter-hour's energy on one scale: shared, from the grid, to the grid. */
export function FlowBars() {
  const state = usePicture()
  if (state.status !== 'ready') return null
  return (
    <dl className={styles.bars}>
      {flowBarsOf(state.picture).map((bar) => (
        <div key={bar.mark} className={styles.bar}>
          <dt>{NAMES[bar.mark]}</dt>
          <dd>
            <EnergyAmount value={bar.energy} />
          </dd>
          <span className={styles.track} aria-hidden="true">
            <span className={styles.fill} data-mark={bar.mark} style={{ width: bar.width }} />
          </span>
        </div>
      ))}
    </dl>
  )
}
