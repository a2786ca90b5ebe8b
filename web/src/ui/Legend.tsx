import styles from './Legend.module.css'

export type Mark = 'leaf' | 'sun' | 'grid-in' | 'grid-out' | 'price' | 'tariff'

/** What the colours and patterns of a picture mean. */
export function Legend({ items }: { items: readonly { readonly mark: Mark; readonly name: string }[] }) {
  return (
    <ul className={styles.legend}>
      {items.map((item) => (
        <li key={item.mark} className={styles.item}>
          <span className={styles.mark} data-mark={item.mark} aria-hidden="true" />
          {item.name}
        </li>
      ))}
    </ul>
  )
}
