import type { Store } from '../connect.ts'
import { Prisma } from '../generated/client.ts'
import type { AreaView } from './area.ts'

/** What became of a challenge on the ledger. */
export type ChallengeView = {
  readonly outcome: 'statement-corrected' | 'correction-paid' | 'order-left-out' | 'rejected'
  readonly timestamp: number
  readonly transactionHash: string
  readonly day: number | null
  readonly run: number | null
  readonly period: number | null
  /** Whose statement or order it is about; null where that is not told. */
  readonly memberId: number | null
  readonly challenger: number
  readonly challengerName: string
  /** What a correction moved, what a left-out order cost the operator, or the stake that was lost. */
  readonly amountMicroEuro: bigint
  /** What corrections of the run owed the member from then on, because the bond lacked it. */
  readonly owedMicroEuro: bigint
}

/** The latest challenges of the area, newest first. */
export function listChallenges(store: Store, area: AreaView, limit: number): Promise<ChallengeView[]> {
  return selectChallenges(store, Prisma.sql`c.area = ${area.id}`, limit)
}

/** Challenges about the member's delivery period, or about its day as a whole; oldest last. */
export function readChallengesOf(
  store: Store,
  area: AreaView,
  about: { memberId: number; period: number; day: number },
): Promise<ChallengeView[]> {
  const { memberId, period, day } = about
  const isAbout = Prisma.sql`(c.period = ${period} OR (coalesce(c.period, 0) = 0 AND c.day = ${day}))`
  return selectChallenges(store, Prisma.sql`c.area = ${area.id} AND c.member_id = ${memberId} AND ${isAbout}`, 100)
}

/** Newest first. */
export function selectChallenges(store: Store, where: Prisma.Sql, limit: number): Promise<ChallengeView[]> {
  return store.client.$queryRaw<ChallengeView[]>`
    SELECT c.outcome, b.timestamp, c.transaction_hash AS "transactionHash", c.day, c.run, nullif(c.period, 0) AS period,
      c.member_id AS "memberId", c.challenger, coalesce(h.name, m.kind, 'member ' || c.challenger) AS "challengerName",
      c.amount_micro_euro AS "amountMicroEuro", c.owed_micro_euro AS "owedMicroEuro"
    FROM challenges c
    JOIN indexed_blocks b ON b.number = c.block_number
    LEFT JOIN households h ON h.member_id = c.challenger
    LEFT JOIN members m ON m.id = c.challenger
    WHERE ${where}
    ORDER BY c.block_number DESC, c.log_index DESC LIMIT ${limit}`
}
