import type { LedgerClock } from '../chain/ledger-clock.ts'
import type { TransactionSender } from '../chain/transactions.ts'
import type { DeliveryPeriod, Rate, SignedWh } from '../domain/units.ts'
import type { HeldConsent } from '../runtime/flex-consents.ts'
import type { Log } from '../runtime/log.ts'
import type { Announcements } from './announcements.ts'
import type { CommandDesk } from './command-desk.ts'
import type { Homes } from './homes.ts'
import type { FlexMarket } from './market.ts'
import type { AggregatorRecords } from './records.ts'
import type { AggregatorSettings } from './settings.ts'

/** What every duty of the aggregator works with. */
export type Operation = {
  readonly clock: Pick<LedgerClock, 'now'>
  /** Milliseconds of a clock that never steps. */
  readonly nowMs: () => number
  readonly sender: Pick<TransactionSender, 'send'>
  readonly market: FlexMarket
  readonly records: AggregatorRecords
  readonly desk: CommandDesk
  readonly homes: Pick<Homes, 'devicesOf'>
  /** What the member's home expects to take, all its devices as planned; null where it does not know, undefined before it says. */
  readonly expectedOf: (memberId: number, period: DeliveryPeriod) => SignedWh | null | undefined
  readonly consents: readonly HeldConsent[]
  /** What the aggregator pays the supplier for a kWh that members delivered in the period, in micro-euro. */
  readonly readCompensation: (area: number, period: DeliveryPeriod) => Promise<Rate>
  readonly settings: AggregatorSettings
  /** 32 bytes at random, 0x-hex. */
  readonly drawSalt: () => string
  /** A salt (0x-hex, 32 bytes) that a restart makes again. */
  readonly saltOf: (purpose: string) => string
  readonly announce: Announcements
  /** Tells the home, retained, what is wished of its devices; null takes it back. */
  readonly signal: (memberId: number, message: object | null) => void
  readonly log: Log
}
