import { useEffect, useRef } from 'react'
import { useLocation } from 'wouter'
import { account } from '../../lib/account-client.ts'
import { PATHS } from '../../lib/addresses.ts'
import { useChange, type Change } from '../../lib/useChange.ts'

/** Signs in with the code of a one-time link, where the page was opened by one. */
export function useOneTimeLink(): Pick<Change, 'isUnderWay' | 'problem'> {
  const [, navigate] = useLocation()
  const { run, isUnderWay, problem } = useChange()
  const isUsed = useRef(false)

  useEffect(() => {
    const code = codeOf(location.hash)
    if (code === null || isUsed.current) return
    isUsed.current = true
    // Out of the address bar and the history: it is used up, and nobody shall copy it.
    history.replaceState(null, '', location.pathname)
    void run(() => account.signInWithCode(code)).then((isDone) => {
      if (isDone) navigate(PATHS.account)
    })
  })
  return { isUnderWay, problem }
}

/** The code behind the hash of an address; null where there is none. */
export function codeOf(hash: string): string | null {
  return new URLSearchParams(hash.replace(/^#/, '')).get('code')
}
