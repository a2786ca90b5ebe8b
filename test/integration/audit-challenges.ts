import { challengePeriodCall, challengeStatementCall } from '../../services/chain/challenge-calls.ts'
import { endowArea } from '../../services/chain/deploy.ts'
import { nodesOf } from '../../services/domain/metering/committed-tree.ts'
import { siblingsOf } from '../../services/domain/metering/merkle-sum-tree.ts'
import { readingTreeOf, type SaltedReading } from '../../services/domain/metering/reading-tree.ts'
import { encodePayments, paymentsOf } from '../../services/domain/settlement/payment.ts'
import { periodTreeOf, statementTreeOf } from '../../services/domain/settlement/statement-tree.ts'
import { money } from '../../services/domain/units.ts'
import type { SettledRun } from './audit-consent.ts'
import { accountKeyOf, AREA, KEYS, tradingKeyOf, type MarketMaker } from './audit-ledger.ts'

/** Challenges a member's statement of the run as a whole. */
export async function challengeWhole(maker: MarketMaker, run: SettledRun, memberId: number): Promise<void> {
  const place = run.statements.findIndex((statement) => statement.memberId === memberId)
  const call = challengeStatementCall(maker.ledger, {
    challenger: memberId,
    area: AREA,
    statement: {
      leaf: run.statements[place]!,
      position: place,
      siblings: siblingsOf(statementTreeOf(run.statements), place),
    },
    nodes: nodesOf(periodTreeOf(run.periods.filter((statement) => statement.memberId === memberId))),
    payments: [encodePayments(paymentsOf(run.statements))],
  })
  await maker.sendData(tradingKeyOf(memberId), 'challenges', call.calldata)
}

/** What the bond holds of what a correction of the run owes at first, and the rest once somebody has filled it. */
export async function payCorrections(maker: MarketMaker, run: SettledRun, memberId: number): Promise<void> {
  const owed = [AREA, run.statements[0]!.day, run.number, memberId]
  await maker.send(accountKeyOf(memberId), 'challenges', 'payCorrections', owed)
  const bank = { settlementBankKey: KEYS.settlementBank }
  await endowArea(maker.ledger, bank, AREA, { bond: money(3_000_000_000n), fund: money(1n) })
  await maker.send(KEYS.marketOperator, 'challenges', 'payCorrections', owed)
}

/** Challenges a quarter-hour of a member's statement, with its reading of version 0. */
export async function challengePeriod(
  maker: MarketMaker,
  run: SettledRun,
  readings: ReadonlyMap<string, readonly SaltedReading[]>,
  memberId: number,
  period: number,
): Promise<void> {
  const own = run.periods.filter((statement) => statement.memberId === memberId)
  const position = own.findIndex((statement) => statement.period === period)
  const place = run.statements.findIndex((statement) => statement.memberId === memberId)
  const ofPeriod = readings.get(`${period}:0`)!
  const leaf = ofPeriod.findIndex((reading) => reading.memberId === memberId)
  const fills = await fillsOf(maker, period)
  const call = challengePeriodCall(maker.ledger, {
    challenger: memberId,
    area: AREA,
    statement: {
      leaf: run.statements[place]!,
      position: place,
      siblings: siblingsOf(statementTreeOf(run.statements), place),
    },
    period: { leaf: own[position]!, position, siblings: siblingsOf(periodTreeOf(own), position) },
    reading: { leaf: ofPeriod[leaf]!, position: leaf, siblings: siblingsOf(readingTreeOf(ofPeriod), leaf) },
    readingVersion: 0,
    fills,
  })
  await maker.sendData(tradingKeyOf(memberId), 'challenges', call.calldata)
}

async function fillsOf({ ledger }: MarketMaker, period: number): Promise<string[]> {
  const { callAuction } = ledger.contracts
  const events = await callAuction.queryFilter(callAuction.filters.OrdersCleared!(AREA, period))
  return events.map((event) => (event as unknown as { args: { fills: string } }).args.fills)
}
