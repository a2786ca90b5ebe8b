import { useState } from 'react'
import { countOf } from '../../lib/formats.ts'
import { ActionButton } from '../../ui/ActionButton.tsx'
import { EnergyAmount } from '../../ui/EnergyAmount.tsx'
import { MemberLabel } from '../../ui/MemberLabel.tsx'
import { ProblemNotice } from '../../ui/ProblemNotice.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { barsOf, type HomeBars } from './home-bars.ts'
import styles from './HomesPanel.module.css'
import { usePicture } from './usePicture.ts'

const FIRST_SHOWN = 12

/** Every home of the picture in words and as a bar: what it gave to the left, what it took to the right. */
export function HomesPanel() {
  const state = usePicture()
  const [shown, setShown] = useState(FIRST_SHOWN)
  switch (state.status) {
    case 'loading':
      return <Skeleton lines={8} />
    case 'failed':
      return <ProblemNotice problem={state.problem} onRetry={state.retry} />
    case 'empty':
      return <p className="soft">The homes appear with their first reading.</p>
    case 'ready': {
      const homes = barsOf(state.picture.homes)
      return (
        <>
          <div className={styles.scale} aria-hidden="true">
            <span>gave</span>
            <span>took</span>
          </div>
          <ul className={styles.homes}>
            {homes.slice(0, shown).map((home) => (
              <HomeRow key={home.memberId} home={home} />
            ))}
          </ul>
          {homes.length > shown && (
            <div>
              <ActionButton onPress={() => setShown(homes.length)}>
                Show all {countOf(homes.length, 'home')}
              </ActionButton>
            </div>
          )}
        </>
      )
    }
  }
}

function HomeRow({ home }: { home: HomeBars }) {
  return (
    <li className={styles.home}>
      <MemberLabel memberId={home.memberId} name={home.name} kind="household" />
      <span className={styles.gave} aria-hidden="true">
        {home.gave !== null && home.gave > 0n && <EnergyAmount value={home.gave} />}
      </span>
      <span className={styles.bars} aria-hidden="true">
        <span className={styles.left}>
          {home.left.map((bar) => (
            <span key={bar.mark} data-mark={bar.mark} style={{ width: bar.width }} />
          ))}
        </span>
        <span className={styles.right}>
          {home.right.map((bar) => (
            <span key={bar.mark} data-mark={bar.mark} style={{ width: bar.width }} />
          ))}
        </span>
      </span>
      <span className={styles.took} aria-hidden="true">
        {home.took === null && (home.isShown ? <EnergyAmount value={null} /> : <span className="soft">not shown</span>)}
        {home.took !== null && home.took > 0n && <EnergyAmount value={home.took} />}
      </span>
      <span className="spoken">{home.sentence}</span>
    </li>
  )
}
