import { describe, expect, test, vi } from 'vitest'
import type { FlexRun } from '../../chain/flex-settlement.ts'
import type * as FlexSettlement from '../../chain/flex-settlement.ts'
import { unpackAvailability } from '../../chain/flex-settlement.ts'
import type { OutboxEntry } from '../../chain/outbox.ts'
import type { Call } from '../../chain/transactions.ts'
import { DomainError } from '../../domain/errors.ts'
import type { PeriodFlow } from '../../domain/flexibility/baseline/period-flow.ts'
import { localCalendarOf } from '../../domain/flexibility/baseline/local-calendar.ts'
import { energyWh, money, powerW, rate, signedW, signedWh, startOf } from '../../domain/units.ts'
import type { Operation } from '../operation.ts'
import { sourceKeyOf } from './books.ts'
import type { BaselineSources, BookedOrder, FlexBooks, KeptFlexDay, UnpaidReserve } from './books.ts'
import { createFlexibilityDuty } from './flex-duty.ts'
import type { Calendar } from '../../domain/grid/calendar.ts'
import { deliveryPeriod, endOfDay, firstPeriodOf, lastPeriodOf, tradingDay } from '../../domain/units.ts'

const AREA = 1
const DAY = tradingDay(20_000)
const PERIOD = deliveryPeriod(firstPeriodOf(DAY) + 72)
const CALENDAR: Calendar = {
  ...{ firstPeriod: firstPeriodOf(DAY), lastPeriod: lastPeriodOf(DAY), gateClosureLeadSeconds: 300 },
  ...{ readingDeadlineSeconds: 300, operatorDeadlineSeconds: 600, challengeWindowSeconds: 3_600 },
  ...{ correctionDelaySeconds: 6 * 3_600, finalDelaySeconds: 12 * 3_600 },
}
type LedgerOfTest = { run: unknown; isEnergyPaid: boolean; called: number; now: number; provenPermille: bigint }

/** What the ledger says, as far as the duty asks. */
const ledger = vi.hoisted((): LedgerOfTest => ({
  ...{ run: null, isEnergyPaid: true, called: 1, now: 0, provenPermille: 1_000n },
}))

vi.mock('../../chain/flex-settlement.ts', async (original) => ({
  ...(await original<typeof FlexSettlement>()),
  readFlexRun: async () => ledger.run,
  readProvenPermille: async () => ledger.provenPermille,
}))
vi.mock('../../chain/flex-run-events.ts', () => ({
  readCommittedFlexRun: async () => ({ deliveries: '0x', availability: '0x', payments: '0x' }),
}))
vi.mock('../../chain/flex-orders.ts', () => ({ readCallCount: async () => ledger.called }))
vi.mock('../../chain/settlement-runs.ts', () => ({ readRun: async () => ({ isPaid: ledger.isEnergyPaid }) }))
vi.mock('../../chain/areas.ts', () => ({
  readCalendar: async () => ({ challengeWindowSeconds: 3_600 }),
  readTariff: async () => ({ retail: rate(300_000n), feedIn: rate(80_000n) }),
}))
vi.mock('../../chain/ledger-clock.ts', () => ({ readLatestBlock: async () => ({ timestamp: ledger.now }) }))
vi.mock('../../chain/members.ts', () => ({ readMembers: async () => [] }))
vi.mock('../../store/households.ts', () => ({ readMemberSecrets: async () => new Map() }))
vi.mock('../../store/statements.ts', () => ({ readStatements: async () => [] }))
vi.mock('../settlement.ts', () => ({ counterpartiesOf: async () => ({ supplier: 1, dso: 2 }) }))
vi.mock('../settlement-day.ts', () => ({ dateOf: () => 'the day' }))
const outbox = vi.hoisted(() => new Map<string, { status: string }>())
vi.mock('../../store/outbox.ts', () => ({
  outboxOf: () => ({ find: async (purpose: string) => (outbox.get(purpose) as OutboxEntry | undefined) ?? null }),
}))

const ORDER: BookedOrder = {
  ...{ orderId: 1, portfolioId: 1, buyer: 'DSO', aggregator: 9, feePermille: 100, split: 'by-delivery' },
  product: {
    ...{ id: '1', purpose: 'power', level: 'cell', direction: 'consume-less', penalty: [], resolutionSeconds: 900 },
    ...{ activationLeadSeconds: 0, longestActivationSeconds: 3_600, recoverySeconds: 0, minimumSize: powerW(4n) },
    ...{ availabilityPrice: money(0n), utilisationPrice: rate(0n) },
    baseline: { name: 'nomination', gateClosureLeadSeconds: 0 },
  },
  ...{ isCancelled: false, orderedAt: startOf(PERIOD) - 3_600, price: money(100_000n) },
  periods: [{ period: PERIOD, power: signedW(-2_000n) }],
  calls: [{ period: PERIOD, ordered: powerW(2_000n), served: powerW(2_000n) }],
}

function world(others: Partial<FlexBooks> = {}) {
  Object.assign(ledger, {
    run: null,
    isEnergyPaid: true,
    called: 1,
    now: endOfDay(DAY) + 7_200,
    provenPermille: 1_000n,
  })
  outbox.clear()
  const kept: KeptFlexDay[] = []
  const sources: BaselineSources[] = []
  const sent: string[] = []
  const calls: Call[] = []
  const nominated = new Map([[PERIOD, signedWh(500n)]])
  const books: FlexBooks = {
    listOrders: async () => (ledger.called === 0 ? [] : [ORDER]),
    readPeriods: async () => new Map(),
    membersAt: async () => [10, 11],
    readCalledPeriods: async () => new Map(),
    // The second one was not nominated, and so delivers nothing.
    readNominations: async () => new Map([[10, { revision: 0, committedAt: 0, flows: nominated }]]),
    readAsked: async () => new Map([[10, energyWh(500n)]]),
    readFlowsAt: async (_, members) =>
      new Map(
        members.map((member) => [
          member,
          [{ period: PERIOD, flow: signedWh(100n), quality: 'metered' as const, version: 0 }],
        ]),
      ),
    listControlGroup: async () => [],
    listUnpaidReserves: async () => [],
    async keepDay(_, __, drawn, found) {
      kept.push(drawn)
      sources.push(found)
    },
    ...others,
  }
  const operation = {
    ...{ ledger: {}, clock: { now: () => ledger.now }, store: {}, log: { info: () => undefined } },
    saltOf: (purpose: string) => `0x${Buffer.from(purpose).toString('hex').padEnd(64, '0').slice(-64)}`,
    sender: {
      async send(purpose: string, call: Call) {
        sent.push(purpose)
        calls.push(call)
        outbox.set(purpose, { status: 'mined' })
        if (purpose.startsWith('commit')) ledger.run = run()
        else (ledger.run as { isPaid: boolean }).isPaid = true
      },
    },
  } as unknown as Operation
  const calendar = localCalendarOf({
    ...{ timeZone: 'UTC', publicHolidays: [] },
    firstPeriod: deliveryPeriod(PERIOD - 9_600),
    lastPeriod: deliveryPeriod(PERIOD + 9_600),
  })
  const duty = () =>
    createFlexibilityDuty(operation, books, { area: AREA, calendar: CALENDAR, localCalendar: calendar })
  return { duty, kept, sources, sent, calls, operation }
}
const run = () => ({ committedAt: ledger.now, isPaid: false, total: money(0n) }) as FlexRun

describe('createFlexibilityDuty', () => {
  test('commits a day once its energy is paid, and pays it once it can be challenged no more', async () => {
    const { duty, kept, sent } = world()
    const step = duty()
    ledger.isEnergyPaid = false
    expect(await step()).toBe(false)
    ledger.isEnergyPaid = true
    expect([await step(), await step()]).toEqual([true, false])
    ledger.now += 3_600
    expect([await step(), await step()]).toEqual([true, false])
    expect(sent).toEqual([`commit-flexibility:1:${DAY}:0`, `pay-flexibility:1:${DAY}`])
    const [{ assets, settled }] = kept[0]!.calls as [KeptFlexDay['calls'][number]]
    expect(settled.delivered).toBe(400n)
    expect(assets.map(({ memberId, baseline, delivered }) => [memberId, baseline, delivered])).toEqual([
      [10, 500n, 400n],
      [11, null, 0n],
    ])
  })

  test('draws anew what was void, with other salts and under another purpose', async () => {
    const { duty, kept, sent } = world()
    const step = duty()
    await step()
    ledger.run = null
    expect(await step()).toBe(true)
    expect(sent).toEqual([`commit-flexibility:1:${DAY}:0`, `commit-flexibility:1:${DAY}:1`])
    expect(kept[1]!.statements[0]!.salt).not.toBe(kept[0]!.statements[0]!.salt)
  })

  test('sends after a restart what was signed before it, and draws nothing in its place', async () => {
    const { duty, kept, sent } = world()
    outbox.set(`commit-flexibility:1:${DAY}:0`, { status: 'signed' })
    expect(await duty()()).toBe(true)
    expect(sent).toEqual([`commit-flexibility:1:${DAY}:0`])
    expect(kept).toEqual([])
  })

  test('draws anew where what was signed before came too late', async () => {
    const { duty, kept, operation } = world()
    const purpose = `commit-flexibility:1:${DAY}:0`
    outbox.set(purpose, { status: 'signed' })
    const usual = operation.sender
    const sender = { ...usual }
    sender.send = async () => {
      outbox.set(purpose, { status: 'reverted' })
      throw new DomainError('flex-settlement-readings-too-old', 'too late')
    }
    Object.assign(operation, { sender })
    const step = duty()
    expect(await step()).toBe(false)
    Object.assign(operation, { sender: usual })
    expect(await step()).toBe(true)
    expect(kept).toHaveLength(1)
  })

  test('waits for the projections where the ledger has more calls, and leaves a day without any', async () => {
    const { duty, sent } = world()
    const step = duty()
    ledger.called = 2
    expect(await step()).toBe(false)
    ledger.called = 0
    expect(await step()).toBe(false)
    ledger.called = 1
    expect(await step()).toBe(false)
    expect(sent).toEqual([])
  })
})

/** 6 kW were reserved in a period of the day before, of a portfolio of two homes that is prequalified for 8 kW. */
const RESERVED = deliveryPeriod(PERIOD - 96)
const reserve = (change: Partial<UnpaidReserve> = {}): UnpaidReserve => ({
  ...{ reservationId: 3, period: RESERVED, portfolioId: 1, productId: 1, aggregator: 9, buyer: 'DSO' },
  ...{ availabilityPrice: money(40_000n), reserved: powerW(6_000n), request: null, prequalified: powerW(8_000n) },
  ...{ isProvedLater: true, deadline: endOfDay(DAY) + 86_400 },
  ...change,
})
type Flow = PeriodFlow & { readonly version: number }
const flowAt = (period: number, wh: bigint, quality: Flow['quality'] = 'metered'): Flow => ({
  ...{ period: deliveryPeriod(period), flow: signedWh(wh), quality, version: 0 },
})
const bothMetered: FlexBooks['readFlowsAt'] = async (_, members, { first }) =>
  new Map(members.map((member) => [member, [flowAt(first, 100n)]]))

describe('availability', () => {
  const nobodyCalled = (reserves: readonly UnpaidReserve[], others: Partial<FlexBooks> = {}) => {
    const made = world({ listUnpaidReserves: async () => reserves, readFlowsAt: bothMetered, ...others })
    ledger.called = 0
    return made
  }
  const committedBy = (calls: readonly Call[]) => {
    const [, , , , facts] = calls[0]!.arguments as [number, number, unknown, number, { readonly availability: string }]
    return unpackAvailability(facts.availability)
  }

  test('is paid by the thousandths that are proved, with a day on which nothing was called', async () => {
    const { duty, kept, sent, calls } = nobodyCalled([reserve()])
    ledger.provenPermille = 500n
    const step = duty()
    expect(await step()).toBe(true)
    expect(committedBy(calls)).toEqual([{ reservationId: 3, period: RESERVED, available: 3_000n }])
    // 3 kW at 0.04 euro.
    const [{ memberId, charges, credits }] = kept[0]!.statements as [KeptFlexDay['statements'][number]]
    expect([kept[0]!.statements.length, memberId, charges, credits]).toEqual([1, 9, 0n, 120_000n])
    ledger.now += 3_600
    await step()
    expect(sent).toEqual([`commit-flexibility:1:${DAY}:0`, `pay-flexibility:1:${DAY}`])
  })

  test('waits for a proof, and for who asks for none until every deadline has passed', async () => {
    const waiting = [reserve({ isProvedLater: false })]
    const { duty, sent } = nobodyCalled(waiting)
    expect(await duty()()).toBe(false)
    expect(sent).toEqual([])
    const over = nobodyCalled([reserve({ isProvedLater: false, deadline: endOfDay(DAY) + 7_200 })])
    expect(await over.duty()()).toBe(true)
    expect(committedBy(over.calls)).toEqual([{ reservationId: 3, period: RESERVED, available: 6_000n }])
  })

  test.each<[string, Partial<UnpaidReserve>, Partial<FlexBooks>, bigint]>([
    [
      'what was requested under it and not offered',
      { request: { requested: powerW(6_000n), offered: powerW(1_000n) } },
      {},
      1_000n,
    ],
    [
      'what homes without a metered reading would have done',
      {},
      {
        readFlowsAt: async (_, members, { first }) =>
          new Map(members.map((member) => [member, [flowAt(first, 1n, member === 10 ? 'metered' : 'estimated')]])),
      },
      4_000n,
    ],
    ['all of it where nobody is in the portfolio any more', {}, { membersAt: async () => [] }, 0n],
  ])('is not paid for %s', async (_, change, others, available) => {
    const { duty, calls } = nobodyCalled([reserve(change)], others)
    await duty()()
    expect(committedBy(calls)).toEqual([{ reservationId: 3, period: RESERVED, available }])
  })
})

describe('an order by similar days', () => {
  const BY_DAYS: BookedOrder = {
    ...ORDER,
    product: {
      ...ORDER.product,
      baseline: {
        ...{ name: '10-of-10', lookBackDays: 45, adjustment: null },
        fallback: { name: 'meter-before-meter-after', periodsBefore: 2, periodsAfter: 0 },
      },
    },
  }
  /** What a home took in the same quarter-hour of so many days before, the nearest first. */
  const history = (days: number, whOf: (daysBefore: number) => bigint, quality: Flow['quality'] = 'metered') =>
    Array.from({ length: days }, (_, index) => flowAt(PERIOD - 96 * (index + 1), whOf(index + 1), quality))
  /** Before it was told: an hour and more before the activation. */
  const justBefore = [flowAt(PERIOD - 6, 280n), flowAt(PERIOD - 5, 320n)]
  const settled = async (flows: ReadonlyMap<number, readonly Flow[]>, others: Partial<FlexBooks> = {}) => {
    const { duty, kept, sources } = world({
      listOrders: async () => [BY_DAYS],
      membersAt: async () => [...flows.keys()],
      readFlowsAt: async (_, members, { first, last }) =>
        new Map(
          members.map((member) => [
            member,
            [...(flows.get(member) ?? [])]
              .filter(({ period }) => first <= period && period <= last)
              .sort((one, other) => one.period - other.period),
          ]),
        ),
      ...others,
    })
    expect(await duty()()).toBe(true)
    const [{ assets }] = kept[0]!.calls as [KeptFlexDay['calls'][number]]
    return { assets, sourceOf: (memberId: number) => sources[0]!.get(sourceKeyOf(1, PERIOD, memberId)) }
  }

  test('takes the last ten working days, and meter-before-meter-after of who has too few', async () => {
    // A Friday: the ten working days before are up to 14 days back, and those further back are no part of it.
    const long = [...history(30, (before) => (before <= 14 ? 500n : 9_000n)), ...justBefore, flowAt(PERIOD, 100n)]
    const short = [...history(9, () => 500n), ...justBefore, flowAt(PERIOD, 100n)]
    const { assets, sourceOf } = await settled(
      new Map([
        [10, long],
        [11, short],
      ]),
    )
    expect(assets.map(({ memberId, baseline }) => [memberId, baseline])).toEqual([
      [10, 500n],
      [11, 300n],
    ])
    // The first method with ten days and no adjustment, and the second.
    expect(sourceOf(10)).toMatch(/^0x000a([0-9a-f]{8}){10}00$/)
    expect(sourceOf(11)).toBe('0x01')
  })

  test('is fed by no day on which the home was called, nor by an estimated one', async () => {
    const called = PERIOD - 96
    const days = history(30, (before) => (before === 1 ? 0n : 500n))
    const flows = days.map((flow) => (flow.period === PERIOD - 192 ? flowAt(flow.period, 9_000n, 'estimated') : flow))
    const { assets, sourceOf } = await settled(new Map([[10, [...flows, flowAt(PERIOD, 100n)]]]), {
      readCalledPeriods: async () => new Map([[10, [deliveryPeriod(called)]]]),
    })
    expect(assets[0]!.baseline).toBe(500n)
    const used = [...sourceOf(10)!.slice(6, -2).matchAll(/.{8}/g)].map(([day]) => Number.parseInt(day, 16))
    expect(used).toHaveLength(10)
    expect(used).not.toContain(DAY - 1)
    expect(used).not.toContain(DAY - 2)
  })

  test('counts nothing of a home whose reading of the activation is missing, and an estimate only against it', async () => {
    const usual = [...history(30, () => 500n), ...justBefore]
    const { assets } = await settled(
      new Map([
        [10, usual],
        [11, [...usual, flowAt(PERIOD, 0n, 'estimated')]],
        [12, [...usual, flowAt(PERIOD, 0n)]],
      ]),
    )
    expect(assets.map(({ memberId, quality, delivered }) => [memberId, quality, delivered])).toEqual([
      [10, 'none', 0n],
      [11, 'estimated', 0n],
      [12, 'metered', 500n],
    ])
  })

  test('has no baseline, and so delivers nothing, where no method has enough', async () => {
    const { assets, sourceOf } = await settled(new Map([[10, [flowAt(PERIOD, 0n)]]]))
    expect(assets[0]).toMatchObject({ baseline: null, source: null, delivered: 0n })
    expect(sourceOf(10)).toBeUndefined()
  })
})
