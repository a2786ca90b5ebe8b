import { Link } from 'wouter'
import { PATHS } from '../../lib/addresses.ts'
import { useWindowTitle } from '../../lib/useWindowTitle.ts'
import { FactList } from '../../ui/FactList.tsx'
import { HashText } from '../../ui/HashText.tsx'
import { MoneyAmount } from '../../ui/MoneyAmount.tsx'
import { PowerLabel } from '../../ui/PowerLabel.tsx'
import { TimeLabel } from '../../ui/TimeLabel.tsx'
import styles from './HouseholdHead.module.css'
import type { Home } from './useHousehold.ts'

/** Who the household is: its name, its balance and its connection. */
export function HouseholdHead({ home }: { home: Home }) {
  useWindowTitle(home.name)
  return (
    <header className={styles.head}>
      <p className={styles.way}>
        <Link href={PATHS.households}>All homes</Link>
      </p>
      <h1>{home.name}</h1>
      <FactList
        facts={[
          { name: 'Balance', value: <MoneyAmount value={home.balance} /> },
          ...(home.debt > 0n
            ? [{ name: 'Debt, carried by the supplier', value: <MoneyAmount value={home.debt} /> }]
            : []),
          {
            name: 'Solar power',
            value: home.pvCapacity === 0n ? 'none' : <PowerLabel value={home.pvCapacity} />,
          },
          { name: 'Connection', value: <PowerLabel value={home.connectionCapacity} /> },
          { name: 'Signs orders with', value: <HashText value={home.tradingKey} /> },
          { name: 'Its meter signs with', value: <HashText value={home.meterKey} /> },
          ...(home.activeUntil === null
            ? []
            : [{ name: 'Deactivated', value: <TimeLabel at={home.activeUntil} show="day and time" /> }]),
        ]}
      />
    </header>
  )
}
