import { Link } from 'wouter'
import { PATHS } from '../../lib/addresses.ts'
import { useWindowTitle } from '../../lib/useWindowTitle.ts'
import { FactList } from '../../ui/FactList.tsx'
import { HashText } from '../../ui/HashText.tsx'
import { MoneyAmount } from '../../ui/MoneyAmount.tsx'
import { PowerLabel } from '../../ui/PowerLabel.tsx'
import { TimeLabel } from '../../ui/TimeLabel.tsx'
import styles from './HouseholdHead.module.css'
import type { Delegation, Home } from './useHousehold.ts'

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
            ? [{ name: 'Debt, to the guarantee fund and the supplier', value: <MoneyAmount value={home.debt} /> }]
            : []),
          ...(home.creditLine > 0n ? [{ name: 'Credit line', value: <MoneyAmount value={home.creditLine} /> }] : []),
          {
            name: 'Solar power',
            value: home.pvCapacity === 0n ? 'none' : <PowerLabel value={home.pvCapacity} />,
          },
          { name: 'Connection', value: <PowerLabel value={home.connectionCapacity} /> },
          { name: 'Signs orders with', value: <HashText value={home.tradingKey} /> },
          ...(home.delegation === null
            ? []
            : [{ name: 'Lets trade for it', value: <DelegationWords delegation={home.delegation} /> }]),
          { name: 'Its meter signs with', value: <HashText value={home.meterKey} /> },
          ...(home.activeUntil === null
            ? []
            : [{ name: 'Deactivated', value: <TimeLabel at={home.activeUntil} show="day and time" /> }]),
        ]}
      />
    </header>
  )
}

function DelegationWords({ delegation }: { delegation: Delegation }) {
  return (
    <>
      <HashText value={delegation.key} />, {delegation.sides}, until <TimeLabel at={delegation.expiry} show="date" />
    </>
  )
}
