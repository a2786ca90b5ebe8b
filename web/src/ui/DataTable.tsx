import type { ReactNode } from 'react'
import styles from './DataTable.module.css'

export type Column<Row> = {
  readonly key: string
  readonly title: string
  readonly align?: 'start' | 'end'
  readonly cell: (row: Row) => ReactNode
}

type Props<Row> = {
  /** Says what the table is about; read aloud. */
  caption: string
  columns: readonly Column<Row>[]
  rows: readonly Row[]
  keyOf: (row: Row) => string | number
  /** Marks the row that is opened elsewhere on the screen. */
  currentKey?: string | number
  footer?: ReactNode
}

/** Rows under fixed headings. The first column names the row. Wide tables scroll sideways on their own. */
export function DataTable<Row>({ caption, columns, rows, keyOf, currentKey, footer }: Props<Row>) {
  return (
    <div className={styles.scroll} role="region" aria-label={caption} tabIndex={0}>
      <table className={styles.table}>
        <caption className="spoken">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.key} scope="col" data-align={column.align ?? 'start'}>
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <TableRow key={keyOf(row)} row={row} columns={columns} isCurrent={keyOf(row) === currentKey} />
          ))}
        </tbody>
        {footer}
      </table>
    </div>
  )
}

type RowProps<Row> = { row: Row; columns: readonly Column<Row>[]; isCurrent: boolean }

function TableRow<Row>({ row, columns, isCurrent }: RowProps<Row>) {
  const [first, ...rest] = columns
  return (
    <tr aria-current={isCurrent ? 'true' : undefined}>
      {first && (
        <th scope="row" data-align={first.align ?? 'start'}>
          {first.cell(row)}
        </th>
      )}
      {rest.map((column) => (
        <td key={column.key} data-align={column.align ?? 'start'}>
          {column.cell(row)}
        </td>
      ))}
    </tr>
  )
}
