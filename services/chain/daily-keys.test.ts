import fc from 'fast-check'
import { encodeBase58, HDNodeWallet, sha256 } from 'ethers'
import { expect, test } from 'vitest'
import { tradingDay } from '../domain/units.ts'
import {
  addressOfChain,
  addressOfDerivation,
  dailyAddressOf,
  dailyKeyOf,
  derivationOf,
  keyChainOf,
} from './daily-keys.ts'
import { addressOfKey } from './typed-data.ts'

const privateKey = fc.bigInt({ min: 1n, max: 2n ** 255n }).map((key) => `0x${key.toString(16).padStart(64, '0')}`)
const index = fc.nat(2 ** 31 - 1)
const day = fc.nat(40_000_000)

test("the registrar knows the address of each day's key, and the member signs with it", () => {
  fc.assert(
    fc.property(privateKey, index, day, index, (key, area, day, draw) => {
      const chain = keyChainOf(key)
      expect(addressOfChain(chain)).toBe(addressOfKey(key))
      const place = [area, tradingDay(day), draw] as const
      expect(dailyAddressOf(chain, ...place)).toBe(addressOfKey(dailyKeyOf(key, ...place)))
    }),
    { numRuns: 50 },
  )
})

test("is BIP-32's child m/area/day/draw", () => {
  const key = `0x${'0b'.repeat(32)}`
  const { publicKey, chainCode } = keyChainOf(key)
  const root = extendedKeyOf(publicKey, chainCode)
  const child = root.deriveChild(3).deriveChild(20_650).deriveChild(2)
  expect(dailyAddressOf({ publicKey, chainCode }, 3, tradingDay(20_650), 2)).toBe(child.address.toLowerCase())
})

test('other areas, days and draws have other keys, and none is the trading key', () => {
  const key = `0x${'0c'.repeat(32)}`
  const addresses = [1, 2].flatMap((area) =>
    [1, 2].flatMap((day) => [0, 1].map((draw) => dailyAddressOf(keyChainOf(key), area, tradingDay(day), draw))),
  )
  expect(new Set([addressOfKey(key), ...addresses]).size).toBe(9)
})

test("one draw's derivation leads to its key of the day, and without the chain code to no other", () => {
  fc.assert(
    fc.property(privateKey, index, day, fc.nat(1_000), (key, area, number, draw) => {
      const of = (day: number, drawn: number) => derivationOf(keyChainOf(key), area, tradingDay(day), drawn)
      const own = of(number, draw)
      expect(addressOfDerivation(own)).toBe(addressOfKey(dailyKeyOf(key, area, tradingDay(number), draw)))
      for (const other of [of(number + 1, draw), of(number, draw + 1)]) {
        expect(addressOfDerivation(own)).not.toBe(addressOfDerivation(other))
      }
      expect(Object.keys(own)).toEqual(['publicKey', 'tweak'])
    }),
    { numRuns: 50 },
  )
})

test('what is no derivation is refused', () => {
  const { publicKey, tweak } = derivationOf(keyChainOf(`0x${'0d'.repeat(32)}`), 1, tradingDay(20_000), 0)
  expect(() => addressOfDerivation({ publicKey, tweak: `0x${'ff'.repeat(32)}` })).toThrow()
  expect(() => addressOfDerivation({ publicKey: `0x02${'ff'.repeat(32)}`, tweak })).toThrow()
})

/** An xpub as ethers reads it: version, depth, parent, number, chain code, key, checksum. */
function extendedKeyOf(publicKey: string, chainCode: string) {
  const payload = `0x0488b21e${'00'.repeat(9)}${chainCode.slice(2)}${publicKey.slice(2)}`
  const checksum = sha256(sha256(payload)).slice(2, 10)
  return HDNodeWallet.fromExtendedKey(encodeBase58(payload + checksum))
}
