import type { ReactNode } from 'react'
import { NOT_SIGNED_IN, useWho } from '../lib/useWho.ts'
import { AccessNotice } from '../ui/AccessNotice.tsx'
import { ProblemNotice } from '../ui/ProblemNotice.tsx'
import { Skeleton } from '../ui/Skeleton.tsx'

/** What is asked for in the name of somebody; how to sign in, for nobody. */
export function SignedInOnly({ children }: { children: ReactNode }) {
  const who = useWho()
  switch (who.status) {
    case 'loading':
      return <Skeleton lines={8} />
    case 'failed':
      return <ProblemNotice problem={who.problem} onRetry={who.retry} />
    case 'ready':
      return who.data.person === null ? <AccessNotice problem={NOT_SIGNED_IN} /> : children
  }
}
