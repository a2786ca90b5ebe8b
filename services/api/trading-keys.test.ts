import { describe, expect, test, vi } from 'vitest'
import { tradingKeyEntry } from '../domain/market/trading-key-for-test.ts'
import type { TradingKeyEntry } from '../domain/market/trading-key.ts'
import { tradingDay } from '../domain/units.ts'
import { createTradingKeys } from './trading-keys.ts'

const DAY = tradingDay(20_000)

function ledgerWith(entries: TradingKeyEntry[]) {
  const ledger = { block: 1, entries, revocations: new Map<number, number>() }
  const readEntries = vi.fn(async () => [...ledger.entries])
  const isContract = vi.fn(async (address: string) => address === '0xc')
  const read = createTradingKeys({
    readIsComplete: async () => true,
    readEntries,
    readRevocations: async () => new Map(ledger.revocations),
    isContract,
  })
  return { ledger, isContract, readEntries, readTradingKeys: (day: typeof DAY) => read(day, ledger.block) }
}

describe('createTradingKeys', () => {
  test('reads a day once a block, however many ask', async () => {
    const { ledger, readEntries, readTradingKeys } = ledgerWith([tradingKeyEntry(3, '0xa')])
    await Promise.all(Array.from({ length: 5 }, () => readTradingKeys(DAY)))
    await readTradingKeys(DAY)
    expect(readEntries).toHaveBeenCalledTimes(1)
    ledger.block = 2
    await readTradingKeys(DAY)
    expect(readEntries).toHaveBeenCalledTimes(2)
  })

  test('sees in the next block what was published and what was revoked', async () => {
    const { ledger, readTradingKeys } = ledgerWith([tradingKeyEntry(3, '0xa')])
    expect((await readTradingKeys(DAY)).entriesOf(4)).toEqual([])
    ledger.block = 2
    ledger.entries.push(tradingKeyEntry(4, '0xb'))
    ledger.revocations.set(3, 77)
    const keys = await readTradingKeys(DAY)
    expect(keys.entriesOf(4).map(({ key }) => key)).toEqual(['0xb'])
    expect([keys.revokedAtOf(tradingKeyEntry(3, '0xa')), keys.revokedAtOf(tradingKeyEntry(4, '0xb'))]).toEqual([
      77,
      null,
    ])
  })

  test('asks once a block whether a key is a contract', async () => {
    const { isContract, readTradingKeys } = ledgerWith([tradingKeyEntry(3, '0xa'), tradingKeyEntry(4, '0xc')])
    const keys = await readTradingKeys(DAY)
    const asked = [tradingKeyEntry(3, '0xa'), tradingKeyEntry(4, '0xc'), tradingKeyEntry(4, '0xc')].map((entry) =>
      keys.isContract(entry),
    )
    expect(await Promise.all(asked)).toEqual([false, true, true])
    expect(isContract).toHaveBeenCalledTimes(2)
  })

  test('asks again after a failure', async () => {
    const { readEntries, readTradingKeys } = ledgerWith([tradingKeyEntry(3, '0xa')])
    readEntries.mockRejectedValueOnce(new Error('connection refused'))
    await expect(readTradingKeys(DAY)).rejects.toThrow('connection refused')
    expect((await readTradingKeys(DAY)).entriesOf(3)).toHaveLength(1)
  })
})
