import { useState, type FormEvent } from 'react'
import { Button } from 'react-aria-components/Button'
import { FieldError } from 'react-aria-components/FieldError'
import { Input } from 'react-aria-components/Input'
import { SearchField } from 'react-aria-components/SearchField'
import { useLocation } from 'wouter'
import styles from './LedgerSearch.module.css'
import { addressOfSearch } from './search.ts'
import { useMemberNames } from './useMemberNames.ts'

/** Finds a transaction or order by hash, a block or delivery period by number, a home by name. */
export function LedgerSearch() {
  const [text, setText] = useState('')
  const [isLost, setIsLost] = useState(false)
  const [, navigate] = useLocation()
  const names = useMemberNames()

  const search = (wanted: string) => {
    if (wanted.trim() === '') return
    const address = addressOfSearch(wanted, names)
    setIsLost(address === null)
    if (address === null) return
    setText('')
    navigate(address)
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    search(text)
  }

  return (
    <form role="search" className={styles.search} onSubmit={submit}>
      <SearchField
        className={styles.field ?? ''}
        aria-label="Search the ledger"
        value={text}
        onChange={(value) => {
          setText(value)
          setIsLost(false)
        }}
        isInvalid={isLost}
      >
        <Input className={styles.input ?? ''} placeholder="Hash, block, delivery period or home" />
        <FieldError className={styles.error ?? ''}>
          Give a whole 0x-hash, the number of a block or of a delivery period, or the name of a home.
        </FieldError>
      </SearchField>
      <Button type="submit" className={styles.button ?? ''}>
        Search
      </Button>
    </form>
  )
}
