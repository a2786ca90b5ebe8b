import type { ReactNode } from 'react'
import { Button } from 'react-aria-components/Button'
import styles from './ActionButton.module.css'

type Props = { children: ReactNode; isDisabled?: boolean; tone?: 'plain' | 'main' }

/** Sends the form that it stands in. */
export function SubmitButton({ children, isDisabled = false, tone = 'plain' }: Props) {
  return (
    <Button type="submit" className={styles.button ?? ''} data-tone={tone} isDisabled={isDisabled}>
      {children}
    </Button>
  )
}
