import { ActionButton } from './ActionButton.tsx'
import styles from './Pager.module.css'

type Props = { label: string; onEarlier: (() => void) | null; onLater: (() => void) | null }

/** Back and forth through a long list that ends with now. Nothing where there is only one page. */
export function Pager({ label, onEarlier, onLater }: Props) {
  if (onEarlier === null && onLater === null) return null
  return (
    <nav className={styles.pager} aria-label={label}>
      <ActionButton isDisabled={onEarlier === null} onPress={() => onEarlier?.()}>
        Earlier
      </ActionButton>
      <ActionButton isDisabled={onLater === null} onPress={() => onLater?.()}>
        Later
      </ActionButton>
    </nav>
  )
}
