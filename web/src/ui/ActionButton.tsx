import type { ReactNode } from 'react'
import { Button } from 'react-aria-components/Button'
import styles from './ActionButton.module.css'

type Props = {
  children: ReactNode
  onPress: () => void
  isDisabled?: boolean
  label?: string
  /** `main` is what to do here, `danger` what cannot be undone. */
  tone?: 'plain' | 'main' | 'danger'
}

export function ActionButton({ children, onPress, isDisabled = false, label, tone = 'plain' }: Props) {
  return (
    <Button
      className={styles.button ?? ''}
      data-tone={tone}
      onPress={onPress}
      isDisabled={isDisabled}
      {...(label === undefined ? {} : { 'aria-label': label })}
    >
      {children}
    </Button>
  )
}
