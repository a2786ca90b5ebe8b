import { DomainError } from '../../errors.ts'
import { money, type EnergyWh, type Money } from '../../units.ts'
import { roundedTogether } from '../settlement/cumulative-rounding.ts'
import { deliveredByAsset } from '../settlement/delivery.ts'
import type { PeriodSettlement } from '../settlement/order-settlement.ts'

/** A member of a pool in one period of an order: what it was asked for, and by how much it moved. */
export type PoolMember = {
  readonly memberId: number
  readonly asked: EnergyWh
  /** Wh in the ordered direction; negative where it moved the other way. */
  readonly response: bigint
}

/** What of a settlement is a member's, in micro-euro: it receives `revenue`, and pays `penalty`. Neither is negative. */
export type MemberShare = {
  readonly memberId: number
  readonly delivered: EnergyWh
  readonly revenue: Money
  readonly penalty: Money
}

export type PoolSplit = {
  readonly members: readonly MemberShare[]
  /** What the aggregator keeps of the payment, and pays of the penalty; neither is negative. */
  readonly fee: Money
  readonly ownPenalty: Money
}

const FULL_PERMILLE = 1_000n

/**
 * The published rule of a pool, by delivery: of the payment the aggregator keeps its fee, rounded down; the rest is shared in
 * proportion to what each member delivered. The penalty is shared in proportion to what each is missing of what it was asked
 * for; where nobody misses anything, the aggregator asked for too little and pays it. All parts sum to the settlement.
 * Throws `pool-fee-invalid` unless the fee is from 0 to 1,000 thousandths.
 */
export function splitByDelivery(
  { delivered, payment, penalty }: Pick<PeriodSettlement, 'delivered' | 'payment' | 'penalty'>,
  members: readonly PoolMember[],
  feePermille: number,
): PoolSplit {
  if (!Number.isInteger(feePermille) || feePermille < 0 || feePermille > Number(FULL_PERMILLE)) {
    throw new DomainError('pool-fee-invalid', `${feePermille} thousandths are no fee: give 0 to 1,000`)
  }
  const energies = deliveredByAsset(
    delivered,
    members.map(({ response }) => response),
  )
  const missing = members.map(({ asked, response }) => (asked > response ? asked - response : 0n))
  const fee = money((payment * BigInt(feePermille)) / FULL_PERMILLE)
  const revenues = sharedBy(money(payment - fee), energies)
  const penalties = sharedBy(penalty, missing)
  return {
    members: members.map(({ memberId }, index) => ({
      memberId,
      delivered: energies[index]!,
      revenue: revenues.shares[index]!,
      penalty: penalties.shares[index]!,
    })),
    fee: money(fee + revenues.rest),
    ownPenalty: penalties.rest,
  }
}

/**
 * An amount in proportion to weights of 0 or more, by cumulative rounding in the sequence given, so that the shares sum to it.
 * Where all weights are 0 there are no shares, and all of it is the rest.
 */
export function sharedBy(
  amount: Money,
  weights: readonly bigint[],
): { readonly shares: Money[]; readonly rest: Money } {
  const total = weights.reduce((sum, weight) => sum + weight, 0n)
  if (total === 0n) return { shares: weights.map(() => money(0n)), rest: amount }
  const parts = weights.map((weight) => amount * weight)
  return { shares: roundedTogether(parts, total), rest: money(0n) }
}
