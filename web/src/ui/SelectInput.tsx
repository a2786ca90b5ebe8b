import { useId } from 'react'
import styles from './TextInput.module.css'

type Props<Value extends string> = {
  label: string
  choices: readonly { readonly value: Value; readonly name: string }[]
  value: Value
  onChange: (value: Value) => void
}

/** One of many, from a list that opens, under its label. */
export function SelectInput<Value extends string>({ label, choices, value, onChange }: Props<Value>) {
  const id = useId()
  return (
    <div className={styles.field}>
      <label htmlFor={id} className={styles.label}>
        {label}
      </label>
      <select
        id={id}
        className={styles.input}
        value={value}
        onChange={(event) => onChange(event.target.value as Value)}
      >
        {choices.map((choice) => (
          <option key={choice.value} value={choice.value}>
            {choice.name}
          </option>
        ))}
      </select>
    </div>
  )
}
