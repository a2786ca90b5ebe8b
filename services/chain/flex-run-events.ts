import { keccak256 } from 'ethers'
import { DomainError } from '../domain/errors.ts'
import type { TradingDay } from '../domain/units.ts'
import type { FlexRun } from './flex-settlement.ts'
import type { Ledger } from './ledger.ts'
import { readEventsSince } from './logs.ts'

/** What a day's settlement of flexibility was committed with, packed as 0x-hex. */
export type CommittedFlexRun = {
  readonly deliveries: string
  readonly availability: string
  readonly payments: string
}

/**
 * What the run was committed with, as the ledger's event tells it. Throws `ledger-inconsistent` where the node does not have
 * the event.
 */
export async function readCommittedFlexRun(
  ledger: Ledger,
  area: number,
  day: TradingDay,
  run: FlexRun,
): Promise<CommittedFlexRun> {
  const query = {
    contract: 'flexSettlement' as const,
    names: ['FlexStatementsCommitted'],
    ...{ area, number: day, since: run.committedAt },
  }
  const isOfRun = ({ arguments: values }: { arguments: Readonly<Record<string, unknown>> }) =>
    keccak256(values.payments as string) === run.paymentsHash &&
    keccak256(values.deliveries as string) === run.deliveriesHash &&
    keccak256(values.availability as string) === run.availabilityHash
  const event = (await readEventsSince(ledger, query, (found) => found.some(isOfRun))).find(isOfRun)
  if (event === undefined) {
    throw new DomainError(
      'ledger-inconsistent',
      `the node does not have what the flexibility of day ${day} was settled with`,
    )
  }
  const { deliveries, availability, payments } = event.arguments as Record<keyof CommittedFlexRun, string>
  return { deliveries, availability, payments }
}
