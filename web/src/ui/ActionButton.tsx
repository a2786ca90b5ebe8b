import type { ReactNode } from 'react'
import { Button } from 'react-aria-components/Button'
import styles from './ActionButton.module.css'

type Props = { children: ReactNode; onPress: () => void; isDisabled?: boolean; label?: string }

export function ActionButton({ children, onPress, isDisabled = false, label }: Props) {
  return (
    <Button
      className={styles.button ?? ''}
      onPress={onPress}
      isDisabled={isDisabled}
      {...(label === undefined ? {} : { 'aria-label': label })}
    >
      {children}
    </Button>
  )
}
