import type { LedgerClock } from '../chain/ledger-clock.ts'
import type { Ledger } from '../chain/ledger.ts'
import type { TransactionSender } from '../chain/transactions.ts'
import type { LocalCalendar } from '../domain/flexibility/baseline/local-calendar.ts'
import type { Log } from '../runtime/log.ts'
import type { Announcements } from './announcements.ts'
import type { GridMarket } from './market.ts'
import type { GridRecords } from './records.ts'
import type { GridSettings } from './settings.ts'

/** What every duty of the DSO works with. */
export type Operation = {
  readonly ledger: Ledger
  readonly clock: Pick<LedgerClock, 'now'>
  readonly sender: Pick<TransactionSender, 'send'>
  readonly market: GridMarket
  readonly records: GridRecords
  readonly settings: GridSettings
  readonly calendar: LocalCalendar
  readonly announce: Announcements
  readonly log: Log
}
