import { isAcceptedByContract } from '../chain/contract-accounts.ts'
import { commandDomain, digestOfCommand, type SignedCommand } from '../chain/device-commands.ts'
import { readLatestBlock } from '../chain/ledger-clock.ts'
import type { Ledger } from '../chain/ledger.ts'
import { isSealedDay } from '../chain/trading-days.ts'
import { recoverSigner } from '../chain/typed-data.ts'
import { DomainError } from '../domain/errors.ts'
import type { TradingKeyEntry } from '../domain/market/trading-key.ts'
import { deliveryPeriodAt, firstPeriodOf, tradingDayOf } from '../domain/units.ts'
import type { Store } from '../store/connect.ts'
import { readTraderLinks } from '../store/traders.ts'
import { readArea } from '../store/views/area.ts'
import { ledgerTradingKeysOf } from './ledger-trading-keys.ts'

/** The key that signed a command, and for which member it trades today. */
export type CommandSigner = { readonly key: string; readonly memberId: number }

/**
 * Makes what finds out who signed a command: the key under which the member trades on the day of the ledger's latest block,
 * or the one that it delegated to. Throws `command-signature-invalid` where it is neither, or is revoked or past its periods.
 */
export function commandSignerOf({ store, ledger }: { readonly store: Store; readonly ledger: Ledger }) {
  const areaId = async () => (await readArea(store)).id
  const readKeys = ledgerTradingKeysOf({ store, ledger, areaId })
  const domain = commandDomain(ledger)

  return async (command: SignedCommand, signature: string): Promise<CommandSigner> => {
    const { number, timestamp } = await readLatestBlock(ledger)
    const period = deliveryPeriodAt(timestamp)
    const day = tradingDayOf(period)
    const keys = await readKeys(day, number)
    const digest = digestOfCommand(domain, command)
    const signer = recoverSigner(digest, signature)
    const isOf = async (entry: TradingKeyEntry): Promise<boolean> => {
      if (entry.key === signer) return true
      if (!(await keys.isContract(entry))) return false
      return isAcceptedByContract(ledger, entry.key, `0x${Buffer.from(digest).toString('hex')}`, signature)
    }
    for (const entry of keys.entriesOf(command.trader)) {
      const revokedAt = keys.revokedAtOf(entry)
      if (revokedAt !== null && timestamp >= revokedAt) continue
      if (period - firstPeriodOf(day) >= entry.validPeriods || !(await isOf(entry))) continue
      const memberId = await memberOf(command.trader)
      if (memberId !== null) return { key: entry.key, memberId }
    }
    throw new DomainError(
      'command-signature-invalid',
      `the command was not signed, as it stands, by a key of trader ${command.trader} today`,
    )

    async function memberOf(trader: number): Promise<number | null> {
      const area = await areaId()
      if (!(await isSealedDay(ledger, area, day))) return trader
      const links = await readTraderLinks(store, area, day)
      return links.find((link) => link.trader === trader)?.memberId ?? null
    }
  }
}
