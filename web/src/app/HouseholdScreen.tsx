import { lazy, Suspense } from 'react'
import { HouseholdHead } from '../features/household/HouseholdHead.tsx'
import { MoneyPanel } from '../features/household/MoneyPanel.tsx'
import { OrdersPanel } from '../features/household/OrdersPanel.tsx'
import { QuarterHoursPanel } from '../features/household/QuarterHoursPanel.tsx'
import { TracePanel } from '../features/household/TracePanel.tsx'
import { useHousehold, type Home } from '../features/household/useHousehold.ts'
import { useWho } from '../lib/useWho.ts'
import { ScreenHead } from '../ui/ScreenHead.tsx'
import { ProblemNotice } from '../ui/ProblemNotice.tsx'
import { Section } from '../ui/Section.tsx'
import { Skeleton } from '../ui/Skeleton.tsx'
import styles from './HouseholdScreen.module.css'
import { NotFoundScreen } from './NotFoundScreen.tsx'
import { SignedInOnly } from './SignedInOnly.tsx'

const OwnOrderPanel = lazy(() =>
  import('../features/household/OwnOrderPanel.tsx').then((module) => ({ default: module.OwnOrderPanel })),
)

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
          <OwnOrder home={household.home} />
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

/** For the home's member alone. */
function OwnOrder({ home }: { home: Home }) {
  const who = useWho()
  const own = who.status === 'ready' ? (who.data.person?.households ?? []) : []
  if (home.activeUntil !== null || !own.some(({ memberId }) => memberId === home.memberId)) return null
  return (
    <Section title="Place an order" lead="Signed here, sealed until its session is cleared.">
      <Suspense fallback={<Skeleton lines={3} />}>
        <OwnOrderPanel home={home} />
      </Suspense>
    </Section>
  )
}
