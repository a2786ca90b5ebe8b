import { useState, type FormEvent } from 'react'
import { quantityLimitOf } from '../../../../services/domain/joining/wishes.ts'
import type { Neighbourhood } from '../../lib/api-client.ts'
import { formatPrice } from '../../lib/formats.ts'
import type { Joining, Wishes } from '../../lib/joining-client.ts'
import { queryKeys } from '../../lib/query-keys.ts'
import { useChange } from '../../lib/useChange.ts'
import { useNeighbourhood } from '../../lib/useNeighbourhood.ts'
import { ActionButton } from '../../ui/ActionButton.tsx'
import { EnergyAmount } from '../../ui/EnergyAmount.tsx'
import { PriceLabel } from '../../ui/PriceLabel.tsx'
import { ProblemNotice } from '../../ui/ProblemNotice.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { SubmitButton } from '../../ui/SubmitButton.tsx'
import { TextInput } from '../../ui/TextInput.tsx'
import { TimeLabel } from '../../ui/TimeLabel.tsx'
import type { StepState } from './joining-steps.ts'
import styles from './JoiningStep.module.css'
import { settleWishes } from './signing.ts'
import { typedWishesOf, usualWishesOf, wishesOf, type TypedWishes } from './typed-wishes.ts'

const KEYS = [queryKeys.joining()]

type Props = { joining: Joining; state: StepState }

/** Within what the home's agent is to trade. They can be changed at any time, and are then signed anew. */
export function WishesStep({ joining, state }: Props) {
  const [isChanging, setIsChanging] = useState(false)
  const neighbourhood = useNeighbourhood()
  const { wishes, connectionPoint } = joining
  if (wishes !== null && state === 'done' && !isChanging) {
    return (
      <>
        <WishesWords wishes={wishes} />
        <div>
          <ActionButton onPress={() => setIsChanging(true)}>Change your wishes</ActionButton>
        </div>
      </>
    )
  }
  if (connectionPoint.capacityW === undefined) {
    return <p className="soft">They are asked for once the grid operator said what your connection carries.</p>
  }
  switch (neighbourhood.status) {
    case 'loading':
      return <Skeleton lines={3} />
    case 'failed':
      return <ProblemNotice problem={neighbourhood.problem} onRetry={neighbourhood.retry} />
    case 'ready': {
      const limit = quantityLimitOf(connectionPoint.capacityW)
      const first = wishes === null ? usualWishesOf(neighbourhood.data, limit) : typedWishesOf(wishes)
      return (
        <WishesForm
          joining={joining}
          first={first}
          limit={limit}
          tariff={neighbourhood.data.tariff}
          onDone={() => setIsChanging(false)}
        />
      )
    }
  }
}

function WishesWords({ wishes }: { wishes: Wishes }) {
  const { buyUpToMicroEuroPerKwh, sellFromMicroEuroPerKwh, quantityWh, until } = wishes
  return (
    <p>
      Buys up to <PriceLabel value={BigInt(buyUpToMicroEuroPerKwh)} />
      {sellFromMicroEuroPerKwh !== null && (
        <>
          , sells from <PriceLabel value={BigInt(sellFromMicroEuroPerKwh)} />
        </>
      )}
      , at most <EnergyAmount value={BigInt(quantityWh)} precision="exact" /> in a quarter-hour, until{' '}
      <TimeLabel at={until} show="date" />.
    </p>
  )
}

type FormProps = {
  joining: Joining
  first: TypedWishes
  /** Wh. */
  limit: number
  tariff: Neighbourhood['tariff']
  onDone: () => void
}

function WishesForm({ joining, first, limit, tariff, onDone }: FormProps) {
  const change = useChange()
  const [typed, setTyped] = useState(first)
  const set = (part: keyof TypedWishes) => (value: string) => setTyped((before) => ({ ...before, [part]: value }))
  const save = (event: FormEvent) => {
    event.preventDefault()
    void change
      .run(async () => settleWishes(wishesOf(typed, joining.membership), joining), KEYS)
      .then((isDone) => {
        if (isDone) onDone()
      })
  }
  const supplier = `The supplier asks ${formatPrice(BigInt(tariff.retailMicroEuroPerKwh))}, grid and levies not counted.`
  return (
    <form className={styles.form} onSubmit={save} aria-label="Your wishes">
      <p>Your agent buys and sells for you in every quarter-hour, and never beyond these.</p>
      <div className={styles.fields}>
        <TextInput
          label="Buy up to, in euro per kWh"
          type="decimal"
          value={typed.buyUpTo}
          onChange={set('buyUpTo')}
          note={supplier}
          isRequired
        />
        {joining.membership === 'prosumer' && (
          <TextInput
            label="Sell from, in euro per kWh"
            type="decimal"
            value={typed.sellFrom}
            onChange={set('sellFrom')}
            note={`The supplier pays ${formatPrice(BigInt(tariff.feedInMicroEuroPerKwh))}.`}
            isRequired
          />
        )}
        <TextInput
          label="At most, in kWh per quarter-hour"
          type="decimal"
          value={typed.quantity}
          onChange={set('quantity')}
          note={`Your connection carries ${limit / 1_000}.`}
          isRequired
        />
        <TextInput label="Last day" type="date" value={typed.lastDay} onChange={set('lastDay')} isRequired />
      </div>
      <SubmitButton tone="main" isDisabled={change.isUnderWay}>
        These are my wishes
      </SubmitButton>
      <p className="soft">
        With them this browser makes a trading key of your own, by which you can sign orders yourself. It never leaves
        the browser.
      </p>
      {change.problem !== null && <ProblemNotice problem={change.problem} />}
    </form>
  )
}
