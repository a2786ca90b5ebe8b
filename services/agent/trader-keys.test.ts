import { expect, test } from 'vitest'
import { dailyKeyOf } from '../chain/daily-keys.ts'
import { addressOfKey } from '../chain/typed-data.ts'
import { tradingKeyEntry } from '../domain/market/trading-key-for-test.ts'
import type { TradingKeyEntry } from '../domain/market/trading-key.ts'
import { tradingDay } from '../domain/units.ts'
import { traderKeysOf } from './trader-keys.ts'

const AREA = 1
const DAY = tradingDay(20_700)
const ANNA = { memberId: 7, tradingKey: `0x${'0a'.repeat(32)}` }
const ANNAS_KEY = addressOfKey(ANNA.tradingKey)
const DRAWS = [0, 3]
const keyOfDay = (draw: number) => dailyKeyOf(ANNA.tradingKey, AREA, DAY, draw)

const find = (isSealed: boolean, entries: TradingKeyEntry[], isComplete = true) =>
  traderKeysOf({ area: AREA, isComplete, isSealed, entries, draws: isSealed ? DRAWS : [] }, DAY)(ANNA)

test('a home trades with its key of the day, under whatever number that has, by whichever draw its page is', () => {
  for (const draw of DRAWS) {
    const own = tradingKeyEntry(3, addressOfKey(keyOfDay(draw)))
    expect(find(true, [tradingKeyEntry(7, `0x${'11'.repeat(20)}`), own])).toEqual({
      entry: own,
      privateKey: keyOfDay(draw),
    })
  }
})

test('a home does not trade with the key of a draw that no page is of', () => {
  expect(find(true, [tradingKeyEntry(3, addressOfKey(keyOfDay(1)))])).toBeNull()
})

test('a home whose chain came after the page trades on it with its own key, under the number that was drawn', () => {
  const own = tradingKeyEntry(3, ANNAS_KEY)
  expect(find(true, [own])).toEqual({ entry: own, privateKey: ANNA.tradingKey })
})

test('on an open day a home trades under its own number alone', () => {
  const own = tradingKeyEntry(7, ANNAS_KEY)
  expect(find(false, [own])).toEqual({ entry: own, privateKey: ANNA.tradingKey })
  expect(find(false, [tradingKeyEntry(3, ANNAS_KEY)])).toBeNull()
})

test('keys may come while the day is not wholly published', () => {
  expect(find(true, [], false)).toBeUndefined()
  expect(find(true, [])).toBeNull()
})
