import type { LedgerClock } from '../chain/ledger-clock.ts'
import type { Ledger } from '../chain/ledger.ts'
import type { TransactionSender } from '../chain/transactions.ts'
import type { Log } from '../runtime/log.ts'
import type { Store } from '../store/connect.ts'

/** What every duty of the market operator works with. */
export type Operation = {
  readonly ledger: Ledger
  readonly clock: LedgerClock
  readonly store: Store
  readonly sender: TransactionSender
  readonly log: Log
  /** A salt (0x-hex, 32 bytes) that a restart makes again, as long as the member's secret is there. */
  readonly saltOf: (purpose: string, memberSecret?: string) => string
}
