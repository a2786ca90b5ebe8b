import { Interface, type InterfaceAbi } from 'ethers'
import fc from 'fast-check'
import hre from 'hardhat'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  clearBook,
  priceOf,
  tickOf,
  type ClearingClaim,
  type OrderBook,
} from '../../services/domain/market/clearing-book.ts'
import { price } from '../../services/domain/units.ts'
import { compile, readSource } from '../proofs/solidity-compiler.ts'

const HARNESS = 'contracts/mocks/ClearingHarness.sol'
const OFFER_BIT = 2 ** 31
const LARGEST_QUANTITY = 2 ** 31 - 1

type Order = { readonly isBid: boolean; readonly quantity: number; readonly tick: number }
type Vector = { orders: { side: 'bid' | 'offer'; quantityWh: string; limitPrice: string }[] }
type Sums = Omit<ClearingClaim, 'price'>

const booksOf = (ticks: { min: number; max: number }, quantities: { min: number; max: number }, maxLength: number) =>
  fc.array(fc.record<Order>({ isBid: fc.boolean(), quantity: fc.integer(quantities), tick: fc.integer(ticks) }), {
    maxLength,
  })

const fewLevels = booksOf({ min: 4_997, max: 5_003 }, { min: 0, max: 6 }, 9)
const spread = booksOf({ min: 0, max: 45_000 }, { min: 0, max: 5_000 }, 25)
const large = booksOf({ min: 44_998, max: 45_000 }, { min: LARGEST_QUANTITY - 9, max: LARGEST_QUANTITY }, 12)
const balanced = fewLevels.map((orders) =>
  orders.flatMap(({ quantity, tick }) => [
    { isBid: true, quantity, tick },
    { isBid: false, quantity, tick: tick - 3 },
  ]),
)

let harness: Harness
beforeAll(async () => {
  harness = await deployHarness()
})
afterAll(() => harness.close())

describe('the clearing in TypeScript and on the ledger', () => {
  test.each([
    ['few price levels and ties', fewLevels, 600],
    ['limits anywhere', spread, 300],
    ['the largest quantities', large, 150],
    ['sides that balance', balanced, 250],
  ])(
    'agree on price, sums and every fill, and the ledger refuses every neighbour: %s',
    (_, books, numRuns) => fc.assert(fc.asyncProperty(books, requireAgreement), { numRuns }),
    600_000,
  )

  test('agree on the shared cases', async () => {
    const { cases } = JSON.parse(readSource('test/vectors/clearing.json')) as { cases: Vector[] }
    expect(cases.length).toBeGreaterThan(20)
    for (const { orders } of cases) {
      await requireAgreement(
        orders.map(({ side, quantityWh, limitPrice }) => ({
          isBid: side === 'bid',
          quantity: Number(quantityWh),
          tick: tickOf(price(BigInt(limitPrice))),
        })),
      )
    }
  })

  test('agree on a session of 1,000 orders', async () => {
    await requireAgreement(
      Array.from({ length: 1_000 }, (_, place) => ({
        isBid: (place * 7) % 3 !== 0,
        quantity: (place * 7_919) % 4_001,
        tick: 5_000 + ((place * 104_729) % 40),
      })),
    )
  }, 600_000)
})

async function requireAgreement(orders: readonly Order[]): Promise<void> {
  const { claim, fills } = clearBook(bookOf(orders))
  expect(await harness.fillsOf(orders, claim)).toEqual([...fills])

  const claims = neighboursOf(orders, claim)
  const accepted = await harness.areAccepted(orders, claims)
  claims.forEach((neighbour, place) => {
    // A neighbour may be the same claim: without an order that neither trades nor bounds the interval, say.
    expect({ neighbour, isAccepted: accepted[place] }).toEqual({ neighbour, isAccepted: isSame(neighbour, claim) })
  })
}

/**
 * Claims beside the rule's: a tick away, with the same sums and with the true ones there; a Wh away in any sum; that
 * nothing crosses; and the rule's own for books that are an order, or a Wh of an order, away.
 */
function neighboursOf(orders: readonly Order[], claim: ClearingClaim): ClearingClaim[] {
  const sums = ['bidsAtOrAbove', 'bidsAbove', 'offersAtOrBelow', 'offersBelow'] as const
  const changed = (name: keyof Sums, by: bigint) => ({ ...claim, [name]: BigInt.asUintN(64, claim[name] + by) })
  const moved = [-200n, -100n, -1n, 1n, 100n, 200n].map((by) => (claim.price + by) as ClearingClaim['price'])
  const changes = orders.slice(0, 12).flatMap((order, place) => {
    const without = orders.filter((_, other) => other !== place)
    const less = orders.with(place, { ...order, quantity: Math.max(0, order.quantity - 1) })
    const dearer = orders.with(place, { ...order, tick: Math.min(45_000, order.tick + 1) })
    return [without, less, dearer, [...orders, order]]
  })
  return [
    claim,
    ...moved.map((other) => ({ ...claim, price: other })),
    ...moved.map((other) => ({ price: other, ...sumsAt(other, orders) })),
    ...sums.flatMap((name) => [changed(name, 1n), changed(name, -1n)]),
    clearBook(bookOf([])).claim,
    ...changes.map((other) => clearBook(bookOf(other)).claim),
  ]
}

function sumsAt(at: bigint, orders: readonly Order[]): Sums {
  const sum = (isBid: boolean, isCounted: (limit: bigint) => boolean) =>
    orders
      .filter((order) => order.isBid === isBid && isCounted(priceOf(order.tick)))
      .reduce((total, { quantity }) => total + BigInt(quantity), 0n) as ClearingClaim['bidsAbove']
  return {
    bidsAtOrAbove: sum(true, (limit) => limit >= at),
    bidsAbove: sum(true, (limit) => limit > at),
    offersAtOrBelow: sum(false, (limit) => limit <= at),
    offersBelow: sum(false, (limit) => limit < at),
  }
}

function isSame(one: ClearingClaim, other: ClearingClaim): boolean {
  return Object.entries(one).every(([name, value]) => other[name as keyof ClearingClaim] === value)
}

function bookOf(orders: readonly Order[]): OrderBook {
  return {
    quantities: Uint32Array.from(orders, ({ isBid, quantity }) => quantity + (isBid ? 0 : OFFER_BIT)),
    ticks: Uint16Array.from(orders, ({ tick }) => tick),
  }
}

type Harness = {
  readonly fillsOf: (orders: readonly Order[], claim: ClearingClaim) => Promise<number[]>
  readonly areAccepted: (orders: readonly Order[], claims: readonly ClearingClaim[]) => Promise<boolean[]>
  readonly close: () => Promise<void>
}

async function deployHarness(): Promise<Harness> {
  const { abi, bytecode } = compileHarness()
  const contract = new Interface(abi)
  const connection = await hre.network.create({
    network: 'default',
    override: { blockGasLimit: 1_000_000_000, gas: 900_000_000 },
  })
  const request = (method: string, params: unknown[]) => connection.provider.request({ method, params })
  const [from] = (await request('eth_accounts', [])) as [string]
  const hash = (await request('eth_sendTransaction', [{ from, data: bytecode, gas: '0x4c4b40' }])) as string
  const receipt = (await request('eth_getTransactionReceipt', [hash])) as { contractAddress: string }
  const call = async (name: string, values: unknown[]) => {
    const data = contract.encodeFunctionData(name, values)
    const answer = (await request('eth_call', [{ to: receipt.contractAddress, data }, 'latest'])) as string
    return contract.decodeFunctionResult(name, answer)[0] as unknown[]
  }
  const tuples = (orders: readonly Order[]) =>
    orders.map(({ isBid, quantity, tick }) => [isBid, quantity, priceOf(tick)])
  return {
    fillsOf: async (orders, claim) => (await call('fillsOf', [tuples(orders), claim])).map(Number),
    areAccepted: async (orders, claims) => {
      const accepted: boolean[] = []
      // So many claims in one call that its gas suffices.
      const atOnce = Math.ceil(4_000 / (orders.length + 1))
      for (let first = 0; first < claims.length; first += atOnce) {
        const values = [tuples(orders), claims.slice(first, first + atOnce)]
        accepted.push(...((await call('areAccepted', values)) as boolean[]))
      }
      return accepted
    },
    close: () => connection.close(),
  }
}

/** Compiled here, so that the test needs no build and runs what lies in the folder. */
function compileHarness(): { abi: InterfaceAbi; bytecode: string } {
  const { contracts } = compile<Compiled>(
    { [HARNESS]: readSource(HARNESS) },
    {
      optimizer: { enabled: true, runs: 10_000 },
      viaIR: true,
      evmVersion: 'cancun',
      outputSelection: { [HARNESS]: { ClearingHarness: ['abi', 'evm.bytecode.object'] } },
    },
  )
  const { abi, evm } = contracts[HARNESS]!.ClearingHarness
  return { abi, bytecode: `0x${evm.bytecode.object}` }
}

type Compiled = Record<string, { ClearingHarness: { abi: InterfaceAbi; evm: { bytecode: { object: string } } } }>
