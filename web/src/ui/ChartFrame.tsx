import { Suspense, useId, useState, type ReactNode } from 'react'
import { ChoiceGroup } from './ChoiceGroup.tsx'
import styles from './ChartFrame.module.css'
import { Skeleton } from './Skeleton.tsx'

const CHART_VIEW = { value: 'chart', name: 'Chart' } as const

type Props = {
  /** What the chart shows, in a sentence; it stands in for the picture where the picture cannot be seen. */
  description: string
  legend?: ReactNode
  chart: ReactNode
  /** The same figures as tables, each under its name. */
  tables: readonly { readonly name: string; readonly table: ReactNode }[]
}

/** A chart with its legend, and the same figures as a table one press away; only the table is for assistive technology. */
export function ChartFrame({ description, legend, chart, tables }: Props) {
  const [view, setView] = useState<string>(CHART_VIEW.value)
  const views = [CHART_VIEW, ...tables.map(({ name }) => ({ value: name, name }))]
  const id = useId()
  return (
    <figure className={styles.frame} aria-labelledby={id}>
      <div className={styles.bar}>
        <div className={styles.legend}>{legend}</div>
        <ChoiceGroup label="Show as" choices={views} value={view} onChange={setView} />
      </div>
      <figcaption id={id} className="spoken">
        {description}
      </figcaption>
      {view === 'chart' ? (
        <div className={styles.chart} aria-hidden="true">
          <Suspense fallback={<Skeleton lines={4} label="Loading the chart" />}>{chart}</Suspense>
        </div>
      ) : (
        <div className={styles.table}>{tables.find(({ name }) => name === view)?.table}</div>
      )}
    </figure>
  )
}
