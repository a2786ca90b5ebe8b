import { describe, expect, test } from 'vitest'
import { hexOf } from '../ledger/hex.ts'
import { keccakHex } from '../ledger/keccak.ts'
import { chainOf } from '../market/session-clearing.ts'
import { chunksOf, clearCallsOf } from './clear-calls.ts'
import { eventForTest } from './event-for-test.ts'
import { fieldsOf, type LedgerEvent } from './ledger-event.ts'

const [AREA, PERIOD] = [1, 1_000]
const word = (value: number) => value.toString(16).padStart(64, '0')
const CLAIM = [7, 1, 1, 1, 1].map(word).join('')
const claimHash = keccakHex(Buffer.from(CLAIM, 'hex'))
const chunk = (byte: number) => Buffer.alloc(84, byte)
/** Arguments of `clear` with those orders. */
const argumentsOf = (orders: Buffer) =>
  [word(AREA), word(PERIOD), CLAIM, word(9 * 32), word(9 * 32 + 128), word(orders.length)].join('') +
  orders.toString('hex').padEnd(192, '0') +
  word(0)
const candidates = (input: string, calls: LedgerEvent['calls'] = []) => {
  const event = eventForTest('callAuction', 'OrdersCleared', {})
  const transaction = { ...event.transaction, input: Buffer.from(input, 'hex') }
  return clearCallsOf({ ...event, transaction, calls }, { area: AREA, period: PERIOD, claimHash, earlier: 0 })
}
const hexesOf = (input: string) => candidates(input).orders.map(hexOf)

describe('clearCallsOf', () => {
  test('finds orders in the input of a contract, without the selector as well, and beside others', () => {
    expect(hexesOf(`abcdef${argumentsOf(chunk(1))}`)).toEqual([hexOf(chunk(1))])
    expect(hexesOf(`ab${argumentsOf(chunk(1))}cd${argumentsOf(chunk(2))}`)).toEqual([hexOf(chunk(1)), hexOf(chunk(2))])
    expect(candidates(`ab${argumentsOf(chunk(1))}`).isDirect).toBe(false)
  })

  test('leaves out what is of another period, another claim, or cut off', () => {
    expect(hexesOf(argumentsOf(chunk(1)).replace(word(PERIOD), word(PERIOD + 1)))).toEqual([])
    expect(hexesOf(argumentsOf(chunk(1)).replace(CLAIM, CLAIM.replace('7', '8')))).toEqual([])
    expect(hexesOf(argumentsOf(chunk(1)).slice(0, 400))).toEqual([])
  })

  test('knows a call that was made directly', () => {
    const call = { contract: 'callAuction', name: 'clear', selector: '', data: new Uint8Array() } as const
    const fields = fieldsOf({ area: AREA, period: PERIOD })
    expect(candidates('', [{ ...call, fields }])).toEqual({ isDirect: true, orders: [] })
  })
})

describe('chunksOf', () => {
  const hash = chainOf([chunk(1), chunk(2)])
  const of = (...orders: readonly Buffer[]) => ({ isDirect: false, orders })

  test('chooses the candidates that the gate was closed with', () => {
    const chosen = chunksOf([of(chunk(9), chunk(1)), of(chunk(2), chunk(9))], hash)
    expect(chosen?.map(hexOf)).toEqual([hexOf(chunk(1)), hexOf(chunk(2))])
  })

  test('chooses none where none fit, or a chunk has none', () => {
    expect(chunksOf([of(chunk(2)), of(chunk(1))], hash)).toBeNull()
    expect(chunksOf([of(chunk(1)), of()], hash)).toBeNull()
  })
})
