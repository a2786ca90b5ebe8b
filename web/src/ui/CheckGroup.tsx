import styles from './CheckGroup.module.css'

type Props<Value extends string> = {
  label: string
  choices: readonly { readonly value: Value; readonly name: string }[]
  values: readonly Value[]
  onChange: (values: readonly Value[]) => void
}

/** Any of a few: a box to tick for each. */
export function CheckGroup<Value extends string>({ label, choices, values, onChange }: Props<Value>) {
  const toggle = (value: Value) =>
    onChange(values.includes(value) ? values.filter((other) => other !== value) : [...values, value])
  return (
    <fieldset className={styles.group}>
      <legend className={styles.label}>{label}</legend>
      <div className={styles.choices}>
        {choices.map(({ value, name }) => (
          <label key={value} className={styles.choice}>
            <input type="checkbox" checked={values.includes(value)} onChange={() => toggle(value)} />
            {name}
          </label>
        ))}
      </div>
    </fieldset>
  )
}
