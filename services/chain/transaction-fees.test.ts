import { expect, test } from 'vitest'
import { feesFor, raisedFees } from './transaction-fees.ts'

const offer = (maxFeePerGas: bigint, maxPriorityFeePerGas = 0n) => ({ maxFeePerGas, maxPriorityFeePerGas })

test('fees outlast a doubling of the base fee, up to the highest, and are nothing where it is nothing', () => {
  expect(feesFor(100n, 1_000n)).toEqual(offer(200n))
  expect(feesFor(600n, 1_000n)).toEqual(offer(1_000n))
  expect(feesFor(0n, 1_000n)).toEqual(offer(0n))
})

test('fees that are enough for the base fee are not raised', () => {
  expect(raisedFees(offer(100n), 100n, 1_000n)).toBeNull()
  expect(raisedFees(offer(0n), 0n, 1_000n)).toBeNull()
})

test('raised fees are higher by an eighth at least, and outlast another doubling where the highest lets them', () => {
  expect(raisedFees(offer(100n), 101n, 1_000n)).toEqual(offer(202n))
  expect(raisedFees(offer(100n), 101n, 150n)).toEqual(offer(150n))
  expect(raisedFees(offer(100n, 9n), 101n, 113n)).toEqual(offer(113n, 11n))
  expect(raisedFees(offer(0n), 5n, 1_000n)).toEqual(offer(10n))
})

test('fees are not raised beyond the highest, nor by less than nodes ask for', () => {
  expect(raisedFees(offer(100n), 101n, 112n)).toBeNull()
  expect(raisedFees(offer(100n), 2_000n, 1_000n)).toBeNull()
})
