import { describe, expect, test, vi } from 'vitest'
import type { TradingKeyEntry } from '../domain/market/trading-key.ts'
import { energyWh, HIGHEST_PRICE, LOWEST_PRICE, money, tradingDay } from '../domain/units.ts'
import { createTradingKeys } from './trading-keys.ts'

const DAY = tradingDay(20_000)

const entryOf = (trader: number, key: string): TradingKeyEntry => ({
  index: trader,
  trader,
  key,
  mayBid: true,
  mayOffer: true,
  validPeriods: 96,
  quantityLimit: energyWh(1_000n),
  lowestPrice: LOWEST_PRICE,
  highestPrice: HIGHEST_PRICE,
  allowance: money(100n),
})

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
    const { ledger, readEntries, readTradingKeys } = ledgerWith([entryOf(3, '0xa')])
    await Promise.all(Array.from({ length: 5 }, () => readTradingKeys(DAY)))
    await readTradingKeys(DAY)
    expect(readEntries).toHaveBeenCalledTimes(1)
    ledger.block = 2
    await readTradingKeys(DAY)
    expect(readEntries).toHaveBeenCalledTimes(2)
  })

  test('sees in the next block what was published and what was revoked', async () => {
    const { ledger, readTradingKeys } = ledgerWith([entryOf(3, '0xa')])
    expect((await readTradingKeys(DAY)).entriesOf(4)).toEqual([])
    ledger.block = 2
    ledger.entries.push(entryOf(4, '0xb'))
    ledger.revocations.set(3, 77)
    const keys = await readTradingKeys(DAY)
    expect(keys.entriesOf(4).map(({ key }) => key)).toEqual(['0xb'])
    expect([keys.revokedAtOf(entryOf(3, '0xa')), keys.revokedAtOf(entryOf(4, '0xb'))]).toEqual([77, null])
  })

  test('asks once a block whether a key is a contract', async () => {
    const { isContract, readTradingKeys } = ledgerWith([entryOf(3, '0xa'), entryOf(4, '0xc')])
    const keys = await readTradingKeys(DAY)
    const asked = [entryOf(3, '0xa'), entryOf(4, '0xc'), entryOf(4, '0xc')].map((entry) => keys.isContract(entry))
    expect(await Promise.all(asked)).toEqual([false, true, true])
    expect(isContract).toHaveBeenCalledTimes(2)
  })

  test('asks again after a failure', async () => {
    const { readEntries, readTradingKeys } = ledgerWith([entryOf(3, '0xa')])
    readEntries.mockRejectedValueOnce(new Error('connection refused'))
    await expect(readTradingKeys(DAY)).rejects.toThrow('connection refused')
    expect((await readTradingKeys(DAY)).entriesOf(3)).toHaveLength(1)
  })
})
