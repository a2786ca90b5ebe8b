import { expect, test } from 'vitest'
import { isLeafOf, siblingsOf } from '../../metering/merkle-sum-tree.ts'
import { deliveryPeriod, signedWh } from '../../units.ts'
import { nominationLeafOf, nominationTreeOf, type NominatedBaseline } from './nomination-tree.ts'

const nominated = (memberId: number, period: number, wh: bigint): NominatedBaseline => ({
  memberId,
  period: deliveryPeriod(period),
  baseline: signedWh(wh),
  salt: `0x${'ab'.repeat(32)}`,
})

test('the tree adds up what is taken and what is fed in, and proves each baseline', () => {
  const baselines = [nominated(1, 100, 250n), nominated(1, 101, -90n), nominated(2, 100, 0n)]
  const tree = nominationTreeOf(baselines)
  expect(tree.root).toMatchObject({ a: 250n, b: 90n, count: 3 })
  baselines.forEach((baseline, position) => {
    expect(isLeafOf(tree.root, nominationLeafOf(baseline), position, siblingsOf(tree, position))).toBe(true)
    const other = nominationLeafOf({ ...baseline, baseline: signedWh(baseline.baseline + 1n) })
    expect(isLeafOf(tree.root, other, position, siblingsOf(tree, position))).toBe(false)
  })
})

test('a leaf has 47 bytes: member 3, period 4, baseline 8 signed, salt 32', () => {
  const { bytes } = nominationLeafOf(nominated(0x010203, 0x04050607, -1n))
  expect(Buffer.from(bytes).toString('hex')).toBe(`01020304050607${'ff'.repeat(8)}${'ab'.repeat(32)}`)
})
