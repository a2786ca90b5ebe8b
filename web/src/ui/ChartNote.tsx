import styles from './ChartNote.module.css'

type Line = { readonly key: string; readonly name: string; readonly format: (value: number) => string }

type Props = {
  titleOf: (label: number) => string
  lines: readonly Line[]
  /** Given by the chart. */
  active?: boolean
  label?: number
  payload?: readonly { readonly dataKey?: unknown; readonly value?: unknown }[]
}

/** What a chart says where it is pointed at. */
export function ChartNote({ titleOf, lines, active = false, label, payload = [] }: Props) {
  if (!active || label === undefined) return null
  return (
    <div className={styles.note}>
      <p className={styles.title}>{titleOf(label)}</p>
      {lines.map((line) => (
        <p key={line.key}>
          {line.name} {wordsOf(line, payload.find((part) => part.dataKey === line.key)?.value)}
        </p>
      ))}
    </div>
  )
}

function wordsOf(line: Line, value: unknown): string {
  return typeof value === 'number' ? line.format(value) : 'none'
}
