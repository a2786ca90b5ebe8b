import { bookOfPacked, clearPacked, PACKED_ORDER_LENGTH } from '../services/domain/market/packed-orders.ts'
import type { Figure } from './figure.ts'

const RUNS = 15
const SIZES = [
  { name: 'clearing.ms20k', count: 20_000, target: '<= 2' },
  { name: 'clearing.ms100k', count: 100_000, target: '<= 8' },
  { name: 'clearing.ms1M', count: 1_000_000, target: '<= 80' },
] as const
const OPEN_ENGINE = 'best open engine, as published, with its own form of input and output: 72 ms and 840 ms'

/** Limits from 0.00 to 0.30 euro per kWh, quantities from 1 to 4,000 Wh. */
const LOWEST_TICK = 5_000
const TICKS = 3_000
const LARGEST_QUANTITY = 4_000
const OFFER_BIT = 2 ** 31

/**
 * The TypeScript clearing, packed orders in (84 bytes each), price and every fill out, in the median of some runs; against
 * a sort of the same prices, and a histogram of their ticks alone.
 */
export function measureClearing(): Figure[] {
  return SIZES.map(({ name, count, target }) => {
    const packed = makeOrders(count)
    const { ticks } = bookOfPacked(packed)
    const prices = Float64Array.from(ticks)
    const clearingMs = median(() => clearPacked(packed))
    const sortMs = median(() => Float64Array.from(prices).sort())
    const histogramMs = median(() => histogramOf(ticks))
    const orders = count.toLocaleString('en')
    const references = [
      `sort of the same ${orders} prices: ${round(sortMs)} ms (${round(sortMs / clearingMs)} times as long)`,
      `a bare histogram of their ticks: ${round(histogramMs)} ms`,
      OPEN_ENGINE,
    ]
    return { name, value: round(clearingMs), unit: 'ms', target, reference: references.join('; ') }
  })
}

function histogramOf(ticks: Uint16Array): Uint32Array {
  const counts = new Uint32Array(2 ** 16)
  for (let position = 0; position < ticks.length; position += 1) {
    const tick = ticks[position]!
    counts[tick] = counts[tick]! + 1
  }
  return counts
}

/** What the clearing does not read (entries, expiries, salts, signatures) is there as well, as noise. */
function makeOrders(count: number): Uint8Array {
  let state = 42
  const next = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
  const packed = new Uint8Array(count * PACKED_ORDER_LENGTH)
  const view = new DataView(packed.buffer)
  for (let start = 0; start < packed.length; start += PACKED_ORDER_LENGTH) {
    for (let at = 0; at < PACKED_ORDER_LENGTH; at += 4) view.setUint32(start + at, next() * 2 ** 32)
    const isOffer = next() < 0.5
    view.setUint32(start + 2, 1 + Math.floor(next() * LARGEST_QUANTITY) + (isOffer ? OFFER_BIT : 0))
    view.setUint16(start + 6, LOWEST_TICK + Math.floor(next() * TICKS))
  }
  return packed
}

function median(work: () => unknown): number {
  const times: number[] = []
  for (let run = 0; run < RUNS; run += 1) {
    const began = performance.now()
    work()
    times.push(performance.now() - began)
  }
  return times.sort((one, other) => one - other)[Math.floor(RUNS / 2)]!
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
