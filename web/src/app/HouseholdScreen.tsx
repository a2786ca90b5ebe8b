import { HouseholdHead } from '../features/household/HouseholdHead.tsx'
import { MoneyPanel } from '../features/household/MoneyPanel.tsx'
import { OrdersPanel } from '../features/household/OrdersPanel.tsx'
import { QuarterHoursPanel } from '../features/household/QuarterHoursPanel.tsx'
import { TracePanel } from '../features/household/TracePanel.tsx'
import { useHousehold } from '../features/household/useHousehold.ts'
import { ScreenHead } from '../ui/ScreenHead.tsx'
import { ProblemNotice } from '../ui/ProblemNotice.tsx'
import { Section } from '../ui/Section.tsx'
import { Skeleton } from '../ui/Skeleton.tsx'
import styles from './HouseholdScreen.module.css'
import { NotFoundScreen } from './NotFoundScreen.tsx'
import { SignedInOnly } from './SignedInOnly.tsx'

type Props = { memberId: number; period: number | null }

/** One household; `period` is the quarter-hour whose trace is open. */
export function HouseholdScreen(props: Props) {
  return (
    <SignedInOnly>
      <Household {...props} />
    </SignedInOnly>
  )
}

function Household({ memberId, period }: Props) {
  const household = useHousehold(memberId)
  switch (household.status) {
    case 'loading':
      return <Skeleton lines={8} label="Loading the home" />
    case 'failed':
      return (
        <>
          <ScreenHead windowTitle={`Member ${memberId}`} title={`Member ${memberId}`} />
          <ProblemNotice problem={household.problem} onRetry={household.retry} />
        </>
      )
    case 'unknown':
      return <NotFoundScreen />
    case 'ready':
      return (
        <>
          <HouseholdHead home={household.home} />
          {period !== null && <TracePanel memberId={memberId} period={period} />}
          <Section
            title="Its quarter-hours"
            lead="Energy into the home above the line, out of it below. Open one to trace it."
          >
            <QuarterHoursPanel memberId={memberId} name={household.home.name} openPeriod={period} />
          </Section>
          <div className={styles.pair}>
            <Section title="Its money" lead="Each line by what it is for.">
              <MoneyPanel memberId={memberId} />
            </Section>
            <Section title="Its orders" lead="What it wished for, and what clearing gave it.">
              <OrdersPanel memberId={memberId} />
            </Section>
          </div>
        </>
      )
  }
}
