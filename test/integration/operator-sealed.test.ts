import { sha256, toUtf8Bytes } from 'ethers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { dailyAddressOf, dailyKeyOf, keyChainOf } from '../../services/chain/daily-keys.ts'
import { advanceTo } from '../../services/chain/hardhat-time.ts'
import { readOpeningEnd } from '../../services/chain/opened-orders.ts'
import { readRevealedTraders } from '../../services/chain/reveals.ts'
import { linkHashOf, linksRootOf, NO_KEY, readDayLocks } from '../../services/chain/sealed-keys.ts'
import type { LedgerSession } from '../../services/chain/sessions.ts'
import { readLastRun, readRun } from '../../services/chain/settlement-runs.ts'
import { areKeysPublished, readTradingKeys } from '../../services/chain/trading-days.ts'
import { addressOfKey } from '../../services/chain/typed-data.ts'
import type { PlacedLink } from '../../services/domain/market/traders.ts'
import {
  deliveryPeriod,
  endOfDay,
  tradingDay,
  type DeliveryPeriod,
  type TradingDay,
} from '../../services/domain/units.ts'
import type { Operation } from '../../services/market-operator/operation.ts'
import { publishSealedPage } from '../../services/market-operator/sealed-page.ts'
import { readDraws, readTraderLinks } from '../../services/store/traders.ts'
import {
  AREA,
  CHALLENGE_WINDOW,
  commitReadings,
  DAY,
  FIRST_PERIOD,
  HOUSEHOLDS,
  placeOrder,
  runServiceOf,
  startNeighbourhood,
  startPlatform,
  stepToEnd,
  stepToGateClosure,
  until,
  type Neighbourhood,
  type Platform,
  type RunningService,
} from './operator-neighbourhood.ts'
import { sendTo, untilCleared } from './operator-sessions.ts'

const OPERATOR = 'services/market-operator/main.ts'
const [BUYER, SELLER, OTHER] = HOUSEHOLDS
/** Up to the end of the day behind the next one, whose keys are published ahead. */
const LAST_PERIOD = deliveryPeriod((DAY + 3) * 96 - 1)
const NEXT_DAY = tradingDay(DAY + 1)
const DAY_AFTER_NEXT = tradingDay(DAY + 2)
const LAST_OF_DAY = deliveryPeriod((DAY + 1) * 96 - 1)

let platform: Platform
let neighbourhood: Neighbourhood
let operator: RunningService

beforeAll(async () => {
  platform = await startPlatform({ postgres: 18_630, broker: 18_631 })
  const options = { name: 'sealed', ledgerPort: 18_632, lastPeriod: LAST_PERIOD, isSealed: true }
  neighbourhood = await startNeighbourhood(platform, options)
  operator = runServiceOf(platform, neighbourhood, OPERATOR)
  await until('the keys are published', () => areKeysPublished(neighbourhood.ledger, AREA, DAY))
})
afterAll(async () => {
  await operator?.kill('SIGKILL')
  await neighbourhood?.stop()
  await platform?.stop()
})

test("the day's page names neither a member's number nor its key, and its links tell who is who", async () => {
  const { ledger, store, households, wallet } = neighbourhood
  const [keys, links, [locks]] = await Promise.all([
    readTradingKeys(ledger, AREA, DAY),
    readTraderLinks(store, AREA, DAY),
    readDayLocks(ledger, AREA, DAY),
  ])
  expect(links.map(({ memberId }) => memberId)).toEqual([...HOUSEHOLDS])
  expect(links.map(({ trader }) => trader).sort()).toEqual([1, 2, 3, 4])
  expect(locks!.map(({ memberId }) => memberId)).toEqual([...HOUSEHOLDS])
  for (const { memberId, tradingKey } of households) {
    const link = links.find((candidate) => candidate.memberId === memberId)!
    expect(link.registeredKey).toBe(addressOfKey(tradingKey))
    expect(link.key).toBe(dailyAddressOf(keyChainOf(tradingKey), AREA, DAY, link.draw))
    expect(link.leaf).toBe(linkHashOf(link))
    expect(keys.find(({ key }) => key === link.key)?.trader).toBe(link.trader)
    expect(keys.map(({ key }) => key)).not.toContain(link.registeredKey)
  }
  // A contract has no key of the day.
  expect(links.at(-1)).toMatchObject({ delegatedKey: wallet, registeredDelegate: wallet })
  const [root] = await ledger.contracts.tradingDays.getFunction('linksRootOf').staticCallResult(AREA, DAY, 0)
  expect(root).toBe(linksRootOf(links))
})

test('another day has other numbers and keys', async () => {
  const { ledger, store } = neighbourhood
  await until('the keys of the next day are published', () => areKeysPublished(ledger, AREA, NEXT_DAY))
  const [today, tomorrow] = await Promise.all([DAY, NEXT_DAY].map((day) => readTraderLinks(store, AREA, day)))
  expect(today!.map(({ key }) => key)).not.toEqual(expect.arrayContaining(tomorrow!.map(({ key }) => key)))
  expect(new Set([...today!, ...tomorrow!].map(({ salt }) => salt)).size).toBe(8)
})

test('a page that is drawn again has nothing in common with what was drawn before, which may be on the ledger too', async () => {
  const { ledger, store, wallet } = neighbourhood
  const purposes: string[] = []
  const sent: string[] = []
  const saltOf = (purpose: string) => {
    purposes.push(purpose)
    return sha256(toUtf8Bytes(purpose))
  }
  const send = async (_purpose: string, { arguments: values }: Call) => void sent.push(values[3] as string)
  const operation = { ledger, store, saltOf, sender: { send }, log: { info: () => {} } } as unknown as Operation
  const draw = async () => {
    await publishSealedPage(operation, { area: AREA, day: DAY_AFTER_NEXT, page: 0 }, 100)
    const links = await readTraderLinks(store, AREA, DAY_AFTER_NEXT)
    return { draws: await readDraws(store, AREA, DAY_AFTER_NEXT), links }
  }
  const [first, second] = [await draw(), await draw()]

  expect([first.draws, second.draws]).toEqual([[0], [1]])
  expect(new Set(purposes).size).toBe(purposes.length)
  const saidOf = ({ links }: typeof first) => links.flatMap(({ key, delegatedKey, salt }) => [key, delegatedKey, salt])
  // What is alike is known of everybody: a contract has no key of the day, and most have no delegate.
  const alike = saidOf(first).filter((said) => saidOf(second).includes(said))
  expect(new Set(alike)).toEqual(new Set([wallet, NO_KEY]))
  for (const { key } of first.links) {
    expect(sent[0]).toContain(key.slice(2))
    expect(sent[1]).not.toContain(key.slice(2))
  }
})

test('members are paid for what they trade under the numbers of the day, and the payments do not say these', async () => {
  const { store } = neighbourhood
  await trade(FIRST_PERIOD, [
    [BUYER, 'bid', 1_000n, 300_000n],
    [SELLER, 'offer', 600n, 80_000n],
    [OTHER, 'offer', 600n, 80_000n],
  ])
  await stepToEnd(neighbourhood, FIRST_PERIOD)
  await commitReadings(neighbourhood, FIRST_PERIOD, [
    { memberId: BUYER, importWh: 1_100n, exportWh: 0n },
    { memberId: SELLER, importWh: 0n, exportWh: 600n },
  ])
  const statements = await until('the statements are drawn up', async () => {
    const rows = await store.client.statement.findMany({ where: { period: FIRST_PERIOD, run: 0 } })
    return rows.length > 0 && rows
  })
  const of = (memberId: number) => statements.find((statement) => statement.memberId === memberId)!
  expect(of(BUYER)).toMatchObject({ boughtWh: 1_000n, energyMicroEuro: 80_000n, imbalanceMicroEuro: 30_000n })
  expect(of(SELLER).soldWh + of(OTHER).soldWh).toBe(1_000n)
  const { events } = await ordersOnLedger()
  expect(events).toBeGreaterThan(0)
})

test('whoever loses its right to trade is revealed where it has an order on the ledger, and left out all the same where not', async () => {
  const { keys, store } = neighbourhood
  // The gate of the period before is closed already.
  const period = deliveryPeriod(FIRST_PERIOD + 2)
  expect(await placeUnderNumber(BUYER, period, 'bid', 500n, 300_000n)).toBe('placed')
  for (const seller of [SELLER, OTHER]) {
    expect(await placeUnderNumber(seller, period, 'offer', 500n, 80_000n)).toBe('placed')
  }
  await commitUnderNumber(SELLER, period)
  for (const memberId of [OTHER, SELLER]) {
    const deactivation = { contract: 'memberRegistry', name: 'deactivateMember', parameters: [memberId] } as const
    await sendTo(neighbourhood, keys['community-manager'], deactivation)
  }
  const links = await readTraderLinks(store, AREA, DAY)
  const [sellers, others] = [SELLER, OTHER].map((member) => links.find(({ memberId }) => memberId === member)!.trader)
  await until('the trader is revealed', async () => (await revealedOf(links)).size > 0)

  expect(await clearUnopened(period)).toMatchObject({ orderCount: 1, volume: 0n })
  const leftOut = operator.lines.filter(({ code }) => code === 'order-key-revoked').map(({ trader }) => trader)
  expect(new Set(leftOut)).toEqual(new Set([sellers, others]))
  expect(await revealedOf(links)).toEqual(new Set([sellers]))

  // Until it is revealed the ledger takes commitments of it: then it is.
  const later = deliveryPeriod(period + 2)
  await commitUnderNumber(OTHER, later)
  await until('the other trader is revealed', async () => (await revealedOf(links)).has(others!))
  await clearUnopened(later)
})

test('the day is settled and paid by member, whatever restarts meanwhile', async () => {
  const { ledger } = neighbourhood
  await operator.kill('SIGKILL')
  operator = runServiceOf(platform, neighbourhood, OPERATOR)
  for (let period = FIRST_PERIOD + 1; period <= LAST_OF_DAY; period += 1) {
    await stepToGateClosure(neighbourhood, deliveryPeriod(period))
    await stepToEnd(neighbourhood, deliveryPeriod(period))
    await commitReadings(neighbourhood, deliveryPeriod(period), [])
  }
  await advanceTo(ledger, endOfDay(DAY))
  const { committedAt } = await until('the statements are committed', () => readRun(ledger, AREA, DAY, 0))
  await advanceTo(ledger, committedAt + CHALLENGE_WINDOW)
  await until('the run is paid', async () => (await readLastRun(ledger, AREA, DAY))?.isPaid)
})

type Call = Parameters<Operation['sender']['send']>[1]
type Wish = readonly [memberId: number, side: 'bid' | 'offer', quantityWh: bigint, limit: bigint]

async function trade(period: DeliveryPeriod, wishes: readonly Wish[]): Promise<void> {
  for (const [memberId, ...wish] of wishes) expect(await placeUnderNumber(memberId, period, ...wish)).toBe('placed')
  await stepToGateClosure(neighbourhood, period)
  await untilCleared(neighbourhood, period)
}

async function placeUnderNumber(
  memberId: number,
  period: DeliveryPeriod,
  ...[side, quantity, limit]: Wish extends readonly [number, ...infer Rest] ? Rest : never
): Promise<string> {
  const { households } = neighbourhood
  const { tradingKey } = households.find((household) => household.memberId === memberId)!
  const under = await traderOf(tradingKey, DAY)
  return placeOrder(neighbourhood, memberId, period, side, quantity, limit, { under })
}

/** An order that nobody knows yet, which the trader puts on the ledger itself. */
async function commitUnderNumber(memberId: number, period: DeliveryPeriod): Promise<void> {
  const { tradingKey } = neighbourhood.households.find((household) => household.memberId === memberId)!
  const { trader, privateKey } = await traderOf(tradingKey, DAY)
  const parameters = [AREA, period, trader, 0, `0x${'0c'.repeat(32)}`]
  await sendTo(neighbourhood, privateKey, { contract: 'callAuction', name: 'commitOrder', parameters })
}

/** Closes the gate and lets the time pass in which nobody opens what was committed. */
async function clearUnopened(period: DeliveryPeriod): Promise<LedgerSession> {
  const { ledger } = neighbourhood
  await stepToGateClosure(neighbourhood, period)
  const end = await until('the gate is closed', () => readOpeningEnd(ledger, AREA, period))
  await advanceTo(ledger, end + 1)
  return untilCleared(neighbourhood, period)
}

function revealedOf(links: readonly PlacedLink[]): Promise<ReadonlySet<number>> {
  return readRevealedTraders(
    neighbourhood.ledger,
    AREA,
    DAY,
    links.map(({ trader }) => trader),
  )
}

/** As a member finds it: by its own key on the day's pages. */
async function traderOf(tradingKey: string, day: TradingDay): Promise<{ trader: number; privateKey: string }> {
  const { ledger, store } = neighbourhood
  const keys = await readTradingKeys(ledger, AREA, day)
  const own = (await readDraws(store, AREA, day)).flatMap((draw) => {
    const privateKey = dailyKeyOf(tradingKey, AREA, day, draw)
    const entry = keys.find(({ key }) => key === addressOfKey(privateKey))
    return entry === undefined ? [] : [{ trader: entry.trader, privateKey }]
  })
  return own[0]!
}

/** How much of the auction is on the ledger, where no registered key of a household may be. */
async function ordersOnLedger(): Promise<{ events: number }> {
  const { ledger, households } = neighbourhood
  const filter = { address: ledger.addresses.callAuction, fromBlock: '0x0', toBlock: 'latest' }
  const logs = (await ledger.provider.send('eth_getLogs', [filter])) as { data: string; topics: string[] }[]
  const said = logs.map(({ data, topics }) => data + topics.join('')).join('')
  for (const { tradingKey } of households) expect(said).not.toContain(addressOfKey(tradingKey).slice(2))
  return { events: logs.length }
}
