import type { SettlementState } from '../lib/api-client.ts'
import { SETTLEMENT_WORDS } from './settlement-words.ts'
import { StatusBadge } from './StatusBadge.tsx'

/** How far a day's settlement has come, in a word. */
export function SettlementBadge({ state }: { state: SettlementState }) {
  const { name, meaning, tone } = SETTLEMENT_WORDS[state]
  return (
    <span title={meaning}>
      <StatusBadge tone={tone}>{name}</StatusBadge>
    </span>
  )
}
