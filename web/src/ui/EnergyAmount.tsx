import { formatEnergy, type EnergyPrecision } from '../lib/formats.ts'
import styles from './amounts.module.css'

const SPACE = '\u00a0'

/** Energy in Wh, shown in kWh. Null is what no meter told: `no reading`, never zero. */
export function EnergyAmount({ value, precision = 'short' }: { value: bigint | null; precision?: EnergyPrecision }) {
  if (value === null) return <span className={styles.unknown}>no reading</span>
  return (
    <span className={styles.amount}>
      {formatEnergy(value, precision)}
      <span className={styles.unit}>{SPACE}kWh</span>
    </span>
  )
}
