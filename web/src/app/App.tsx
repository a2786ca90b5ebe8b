import { lazy, Suspense } from 'react'
import { Route, Switch } from 'wouter'
import { PATHS } from '../lib/addresses.ts'
import { Skeleton } from '../ui/Skeleton.tsx'
import { BlockScreen } from './BlockScreen.tsx'
import { HouseholdScreen } from './HouseholdScreen.tsx'
import { HouseholdsScreen } from './HouseholdsScreen.tsx'
import { Layout } from './Layout.tsx'
import { LedgerScreen } from './LedgerScreen.tsx'
import { NeighbourhoodScreen } from './NeighbourhoodScreen.tsx'
import { NotFoundScreen } from './NotFoundScreen.tsx'
import { wholeNumberOf } from './route-numbers.ts'
import { SessionScreen } from './SessionScreen.tsx'
import { TransactionScreen } from './TransactionScreen.tsx'

const SignInScreen = lazy(() => import('./SignInScreen.tsx').then((module) => ({ default: module.SignInScreen })))
const AccountScreen = lazy(() => import('./AccountScreen.tsx').then((module) => ({ default: module.AccountScreen })))
const JoinScreen = lazy(() => import('./JoinScreen.tsx').then((module) => ({ default: module.JoinScreen })))
const InvitationsScreen = lazy(() =>
  import('./InvitationsScreen.tsx').then((module) => ({ default: module.InvitationsScreen })),
)

/** Which screen an address shows. */
export function App() {
  return (
    <Layout>
      <Suspense fallback={<Skeleton lines={8} />}>
        <Switch>
          <Route path={PATHS.neighbourhood} component={NeighbourhoodScreen} />
          <Route path={PATHS.households} component={HouseholdsScreen} />
          <Route path={PATHS.householdPeriod}>
            {({ memberId, period }) => <HouseholdRoute memberId={memberId} period={period} />}
          </Route>
          <Route path={PATHS.household}>{({ memberId }) => <HouseholdRoute memberId={memberId} />}</Route>
          <Route path={PATHS.ledger} component={LedgerScreen} />
          <Route path={PATHS.block}>{({ number }) => <BlockRoute number={number} />}</Route>
          <Route path={PATHS.transaction}>{({ hash }) => <TransactionScreen key={hash} hash={hash} />}</Route>
          <Route path={PATHS.session}>{({ period }) => <SessionRoute period={period} />}</Route>
          <Route path={PATHS.signIn} component={SignInScreen} />
          <Route path={PATHS.account} component={AccountScreen} />
          <Route path={PATHS.join} component={JoinScreen} />
          <Route path={PATHS.invitations} component={InvitationsScreen} />
          <Route component={NotFoundScreen} />
        </Switch>
      </Suspense>
    </Layout>
  )
}

function HouseholdRoute(parameters: { memberId: string; period?: string }) {
  const memberId = wholeNumberOf(parameters.memberId)
  const period = parameters.period === undefined ? undefined : wholeNumberOf(parameters.period)
  if (memberId === null || period === null) return <NotFoundScreen />
  return <HouseholdScreen key={memberId} memberId={memberId} period={period ?? null} />
}

function BlockRoute(parameters: { number: string }) {
  const number = wholeNumberOf(parameters.number)
  return number === null ? <NotFoundScreen /> : <BlockScreen key={number} number={number} />
}

function SessionRoute(parameters: { period: string }) {
  const period = wholeNumberOf(parameters.period)
  return period === null ? <NotFoundScreen /> : <SessionScreen key={period} period={period} />
}
