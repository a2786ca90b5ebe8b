import { useEffect } from 'react'

/** Names the browser's window after what it shows. */
export function useWindowTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Commonwatt`
  }, [title])
}
