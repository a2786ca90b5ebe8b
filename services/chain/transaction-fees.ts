/** What a transaction offers for a unit of gas, in wei. */
export type Fees = { readonly maxFeePerGas: bigint; readonly maxPriorityFeePerGas: bigint }

/** EIP-1559 fees that outlast a doubling of the base fee, and are never above `highest`; none without a base fee. */
export function feesFor(baseFee: bigint, highest: bigint): Fees {
  return { maxFeePerGas: least(2n * baseFee, highest), maxPriorityFeePerGas: 0n }
}

/**
 * Fees by which a transaction that offers too little for the base fee is replaced: both raised by an eighth at least, as
 * nodes ask for. Null where it offers enough, or where no fees up to `highest` would do.
 */
export function raisedFees(offered: Fees, baseFee: bigint, highest: bigint): Fees | null {
  if (baseFee <= offered.maxFeePerGas) return null
  const maxPriorityFeePerGas = raised(offered.maxPriorityFeePerGas)
  const needed = greatest(raised(offered.maxFeePerGas), baseFee + maxPriorityFeePerGas)
  if (needed > highest) return null
  return { maxFeePerGas: least(greatest(needed, 2n * baseFee), highest), maxPriorityFeePerGas }
}

/** By an eighth, rounded up. */
function raised(fee: bigint): bigint {
  return fee + (fee + 7n) / 8n
}

function least(one: bigint, other: bigint): bigint {
  return one < other ? one : other
}

function greatest(one: bigint, other: bigint): bigint {
  return one > other ? one : other
}
