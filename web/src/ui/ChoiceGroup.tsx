import type { Key } from 'react-aria-components'
import { ToggleButton } from 'react-aria-components/ToggleButton'
import { ToggleButtonGroup } from 'react-aria-components/ToggleButtonGroup'
import styles from './ChoiceGroup.module.css'

type Props<Value extends string> = {
  label: string
  choices: readonly { readonly value: Value; readonly name: string }[]
  value: Value
  onChange: (value: Value) => void
}

/** One of a few: a row of buttons of which exactly one is pressed. */
export function ChoiceGroup<Value extends string>({ label, choices, value, onChange }: Props<Value>) {
  const choose = (keys: Set<Key>) => {
    const chosen = choices.find((choice) => keys.has(choice.value))
    if (chosen) onChange(chosen.value)
  }
  return (
    <ToggleButtonGroup
      aria-label={label}
      className={styles.group ?? ''}
      selectionMode="single"
      disallowEmptySelection
      selectedKeys={[value]}
      onSelectionChange={choose}
    >
      {choices.map((choice) => (
        <ToggleButton key={choice.value} id={choice.value} className={styles.choice ?? ''}>
          {choice.name}
        </ToggleButton>
      ))}
    </ToggleButtonGroup>
  )
}
