import { useId } from 'react'
import styles from './TextInput.module.css'

type Props = {
  label: string
  value: string
  onChange: (value: string) => void
  /** `decimal` is typed with a point or a comma, `code` letter by letter from paper. */
  type?: 'text' | 'date' | 'number' | 'decimal' | 'code'
  /** What to know before filling it in, below it. */
  note?: string
  isRequired?: boolean
}

const TYPED = {
  text: { type: 'text' },
  date: { type: 'date' },
  number: { type: 'number' },
  decimal: { type: 'text', inputMode: 'decimal' },
  code: { type: 'text', autoCapitalize: 'characters', spellCheck: false },
} as const

/** One line to be filled in, under its label. */
export function TextInput({ label, value, onChange, type = 'text', note, isRequired = false }: Props) {
  const id = useId()
  const noteId = `${id}-note`
  return (
    <div className={styles.field}>
      <label htmlFor={id} className={styles.label}>
        {label}
      </label>
      <input
        id={id}
        className={styles.input}
        {...TYPED[type]}
        value={value}
        required={isRequired}
        autoComplete="off"
        aria-describedby={note === undefined ? undefined : noteId}
        onChange={(event) => onChange(event.target.value)}
      />
      {note !== undefined && (
        <p id={noteId} className={styles.note}>
          {note}
        </p>
      )}
    </div>
  )
}
