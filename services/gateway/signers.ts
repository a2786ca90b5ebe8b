import { keepSigningKeys } from '../chain/gateway-signers.ts'
import type { Ledger } from '../chain/ledger.ts'
import type { OutboxStep } from '../chain/outbox.ts'
import { createTransactionSender, type TransactionSender } from '../chain/transactions.ts'
import type { ServiceContext } from '../runtime/service.ts'
import type { Store } from '../store/connect.ts'
import { outboxOf } from '../store/outbox.ts'

/** Who sends the transactions of each area. */
export type Signers = {
  readonly senderOf: (area: number) => TransactionSender
  readonly stop: () => void
}

/** A sender for each key among which the areas are divided: each with nonces of its own, and all with one outbox. */
export async function createSigners(
  { configuration, log }: Pick<ServiceContext, 'configuration' | 'log'>,
  options: {
    readonly areas: readonly number[]
    readonly ledger: Ledger
    readonly store: Store
    readonly reportOn: (part: string) => (detail: string | null) => void
    readonly onStep?: ((step: OutboxStep, purpose: string) => void) | undefined
  },
): Promise<Signers> {
  const { areas, ledger, store, reportOn, onStep } = options
  const { dataFolder, gatewaySigners = 1, highestFeePerGas, pollMs } = configuration
  const senders = new Map<string, TransactionSender>()
  const byArea = new Map<number, TransactionSender>()
  for (const [area, key] of await keepSigningKeys(dataFolder, areas, gatewaySigners)) {
    const sender =
      senders.get(key.address) ??
      createTransactionSender({
        ledger,
        key,
        outbox: outboxOf(store, 'gateway'),
        pollMs,
        log,
        highestFeePerGas,
        onTrouble: reportOn(senders.size === 0 ? 'transactions' : `transactions of ${key.address}`),
        ...(onStep === undefined ? {} : { onStep }),
      })
    senders.set(key.address, sender)
    byArea.set(area, sender)
  }
  return {
    senderOf: (area) => byArea.get(area)!,
    stop: () => {
      for (const sender of senders.values()) sender.stop()
    },
  }
}
