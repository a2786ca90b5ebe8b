import { countOf } from '../../lib/formats.ts'
import { EmptyNotice } from '../../ui/EmptyNotice.tsx'
import { EnergyAmount } from '../../ui/EnergyAmount.tsx'
import { Legend } from '../../ui/Legend.tsx'
import { ProblemNotice } from '../../ui/ProblemNotice.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { StaleNote } from '../../ui/StaleNote.tsx'
import { TimeLabel } from '../../ui/TimeLabel.tsx'
import { NeighbourhoodRing } from './NeighbourhoodRing.tsx'
import styles from './PicturePanel.module.css'
import { usePicture } from './usePicture.ts'

const LEGEND = [
  { mark: 'sun', name: 'sold to neighbours' },
  { mark: 'leaf', name: 'bought from neighbours' },
  { mark: 'grid-in', name: 'from the grid' },
  { mark: 'grid-out', name: 'to the grid' },
] as const

/** The neighbourhood in its latest metered quarter-hour: a sentence, and the ring of homes. */
export function PicturePanel() {
  const state = usePicture()
  switch (state.status) {
    case 'loading':
      return <Skeleton lines={8} label="Loading the neighbourhood" />
    case 'failed':
      return <ProblemNotice problem={state.problem} onRetry={state.retry} />
    case 'empty':
      return <EmptyNotice>No meter has been read yet. The picture appears after the first quarter-hour.</EmptyNotice>
    case 'ready':
      return (
        <div className={styles.panel}>
          <StaleNote problem={state.stale} />
          <NeighbourhoodRing picture={state.picture} />
          <Legend items={LEGEND} />
        </div>
      )
  }
}

/** What the picture says, in one sentence. */
export function PictureSentence() {
  const state = usePicture()
  if (state.status !== 'ready') return <>Neighbours trade electricity here, every quarter-hour.</>
  const { starts, ends, giving, taking, shared, withoutReading } = state.picture
  return (
    <>
      Between <TimeLabel at={starts} /> and <TimeLabel at={ends} />, {countOf(giving, 'home')} gave and{' '}
      {countOf(taking, 'home')} took. <EnergyAmount value={shared} /> stayed among neighbours.
      {withoutReading > 0 && <> From {countOf(withoutReading, 'home')} there is no reading.</>}
    </>
  )
}
