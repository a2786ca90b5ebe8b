import { concatBytes, hexToBytes } from '@noble/hashes/utils.js'
import { encodeInteger, merkleSumTreeOf, type MerkleSumTree, type SumLeaf } from '../metering/merkle-sum-tree.ts'
import type { DeliveryPeriod } from '../units.ts'
import { encodeAmount } from './payment.ts'
import type { Statement } from './statement.ts'

/** A statement with the salt (0x-hex, 32 bytes) that keeps its leaf from being guessed. */
export type SaltedStatement = Statement & { readonly salt: string }

/** What the ledger's commitment says of one statement. The tree adds up Wh bought and Wh sold. */
export function statementLeafOf(period: DeliveryPeriod, statement: SaltedStatement): SumLeaf {
  const { memberId, bought, sold, metered, market, imbalance, gridTariff, salt } = statement
  const bytes = concatBytes(
    encodeInteger(BigInt(memberId), 3),
    encodeInteger(BigInt(period), 4),
    encodeInteger(bought, 8),
    encodeInteger(sold, 8),
    Uint8Array.of(metered ? 1 : 0),
    encodeInteger(metered?.import ?? 0n, 8),
    encodeInteger(metered?.export ?? 0n, 8),
    encodeAmount(market),
    encodeAmount(imbalance),
    encodeAmount(gridTariff),
    hexToBytes(salt.slice(2)),
  )
  return { bytes, a: bought, b: sold }
}

/** The commitment to a period's statements, in the order given (ascending by member). */
export function statementTreeOf(period: DeliveryPeriod, statements: readonly SaltedStatement[]): MerkleSumTree {
  return merkleSumTreeOf(statements.map((statement) => statementLeafOf(period, statement)))
}
