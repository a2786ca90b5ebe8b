import type { ReactNode } from 'react'
import type { Joining } from '../../lib/joining-client.ts'
import { sentenceOf } from '../../lib/problem.ts'
import { ProblemNotice } from '../../ui/ProblemNotice.tsx'

type Props = { step: Joining['meter']; children?: ReactNode }

/** Why a step was refused, or what it waits for; what is in between where nobody said so. */
export function StepReason({ step: { state, reason }, children }: Props) {
  if (reason === undefined) return children === undefined ? null : <p className="soft">{children}</p>
  const detail = sentenceOf(reason.message)
  if (state !== 'refused') return <p className="soft">{detail}</p>
  return <ProblemNotice problem={{ code: reason.code, title: 'This was refused', detail }} />
}
