import { Link } from 'wouter'
import { replaceTradingKeyCall, revokeDelegationCall, type AccountCall } from '../../lib/account-calls.ts'
import { PATHS } from '../../lib/addresses.ts'
import type { WhoAmI } from '../../lib/api-client.ts'
import { makeOwnCall } from '../../lib/own-calls.ts'
import { queryKeys } from '../../lib/query-keys.ts'
import { tellRegistrar } from '../../lib/registrar.ts'
import { makeTradingKey } from '../../lib/trading-key.ts'
import { useChange } from '../../lib/useChange.ts'
import { findWallet } from '../../lib/wallet.ts'
import { ActionButton } from '../../ui/ActionButton.tsx'
import { EmptyNotice } from '../../ui/EmptyNotice.tsx'
import { EnergyAmount } from '../../ui/EnergyAmount.tsx'
import { FactList } from '../../ui/FactList.tsx'
import { HashText } from '../../ui/HashText.tsx'
import { PriceLabel } from '../../ui/PriceLabel.tsx'
import { ProblemNotice } from '../../ui/ProblemNotice.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { TimeLabel } from '../../ui/TimeLabel.tsx'
import styles from './AccountForm.module.css'
import { useTrading, type AgentLimits, type Trading } from './useTrading.ts'

type Person = NonNullable<WhoAmI['person']>
type Home = Person['households'][number]

/** Who signs orders for the person's homes, and how that is changed: by a call of the person's own account. */
export function TradingPanel({ person }: { person: Person }) {
  const { households } = person
  if (households.length === 0) return <EmptyNotice>No home is yours: nothing trades for you.</EmptyNotice>
  return households.map((home) => <HomeTrading key={home.memberId} home={home} person={person} />)
}

function HomeTrading({ home, person }: { home: Home; person: Person }) {
  const state = useTrading(home.memberId)
  return (
    <div className={styles.home}>
      <h3>{home.name}</h3>
      {state.status === 'loading' && <Skeleton lines={3} />}
      {state.status === 'failed' && <ProblemNotice problem={state.problem} onRetry={state.retry} />}
      {state.status === 'ready' && <Keys home={home} person={person} trading={state.trading} />}
    </div>
  )
}

function Keys({ home, person, trading }: { home: Home; person: Person; trading: Trading }) {
  const { tradingKey, isKeyHere, isActive, agent } = trading
  const canSign = person.way === 'passkey' || findWallet() !== null
  return (
    <>
      <FactList
        facts={[
          {
            name: 'Its orders are signed by',
            value: (
              <>
                <HashText value={tradingKey} />, {isKeyHere ? 'in this browser' : 'not in this browser'}
              </>
            ),
          },
          { name: 'Its agent', value: agent === null ? 'none trades for it' : <Limits agent={agent} /> },
        ]}
      />
      {!isActive && <p className="soft">The home has left the market.</p>}
      {isActive && canSign && <Changes home={home} person={person} trading={trading} />}
      {isActive && !canSign && (
        <p className="soft">
          Changing these takes a signature of the account itself: of its wallet, and this browser has none.
        </p>
      )}
    </>
  )
}

function Limits({ agent }: { agent: AgentLimits }) {
  const { key, mayBuy, maySell, quantity, lowestPrice, highestPrice, until } = agent
  return (
    <>
      <HashText value={key} />,{' '}
      {mayBuy && (
        <>
          buys up to <PriceLabel value={highestPrice} />
        </>
      )}
      {mayBuy && maySell && ', '}
      {maySell && (
        <>
          sells from <PriceLabel value={lowestPrice} />
        </>
      )}
      , at most <EnergyAmount value={quantity} precision="exact" /> in an order, until{' '}
      <TimeLabel at={until} show="date" />
    </>
  )
}

function Changes({ home, person, trading }: { home: Home; person: Person; trading: Trading }) {
  const change = useChange()
  const sign = (callOf: (registry: string) => Promise<AccountCall> | AccountCall) =>
    void change.run(() => makeOwnCall(person, callOf), [queryKeys.household(home.memberId), queryKeys.tradingKeys()])
  const revoke = () => sign((registry) => revokeDelegationCall(registry, home.memberId))
  const replace = () =>
    sign(async (registry) => {
      const key = await makeTradingKey(person.account)
      await tellRegistrar(person.account, key)
      return replaceTradingKeyCall(registry, home.memberId, key)
    })
  return (
    <>
      <div className={styles.choices}>
        {!trading.isKeyHere && (
          <ActionButton tone="main" isDisabled={change.isUnderWay} onPress={replace}>
            Give this browser a trading key
          </ActionButton>
        )}
        {trading.isKeyHere && (
          <ActionButton isDisabled={change.isUnderWay} onPress={replace}>
            Replace the trading key
          </ActionButton>
        )}
        {trading.agent !== null && (
          <ActionButton tone="danger" isDisabled={change.isUnderWay} onPress={revoke}>
            Take trading back from the agent
          </ActionButton>
        )}
      </div>
      <p>
        <Link href={PATHS.join}>
          {trading.agent === null ? 'Say your wishes and let an agent trade' : 'Change your wishes'}
        </Link>
      </p>
      <p className="soft">
        {person.way === 'passkey' ? 'Your passkey' : 'Your wallet'} signs either. What is revoked signs nothing from the
        next block on; a new key signs once it is published among the trading keys of a day, tomorrow or the day after.
      </p>
      {change.isUnderWay && <Skeleton lines={1} label="Waiting for your signature and the ledger" />}
      {change.problem !== null && <ProblemNotice problem={change.problem} />}
    </>
  )
}
