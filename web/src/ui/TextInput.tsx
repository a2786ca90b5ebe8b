import { useId } from 'react'
import styles from './TextInput.module.css'

type Props = {
  label: string
  value: string
  onChange: (value: string) => void
  type?: 'text' | 'date' | 'number'
  isRequired?: boolean
}

/** One line to be filled in, under its label. */
export function TextInput({ label, value, onChange, type = 'text', isRequired = false }: Props) {
  const id = useId()
  return (
    <div className={styles.field}>
      <label htmlFor={id} className={styles.label}>
        {label}
      </label>
      <input
        id={id}
        className={styles.input}
        type={type}
        value={value}
        required={isRequired}
        autoComplete="off"
        onChange={(event) => onChange(event.target.value)}
      />
    </div>
  )
}
