import type { ReactNode } from 'react'
import { Button } from 'react-aria-components/Button'
import styles from './ActionButton.module.css'

/** Sends the form that it stands in. */
export function SubmitButton({ children, isDisabled = false }: { children: ReactNode; isDisabled?: boolean }) {
  return (
    <Button type="submit" className={styles.button ?? ''} isDisabled={isDisabled}>
      {children}
    </Button>
  )
}
