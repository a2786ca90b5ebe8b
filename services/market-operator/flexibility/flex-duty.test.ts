import { describe, expect, test, vi } from 'vitest'
import type { FlexRun } from '../../chain/flex-settlement.ts'
import type * as FlexSettlement from '../../chain/flex-settlement.ts'
import type { OutboxEntry } from '../../chain/outbox.ts'
import { DomainError } from '../../domain/errors.ts'
import { localCalendarOf } from '../../domain/flexibility/baseline/local-calendar.ts'
import { energyWh, money, powerW, rate, signedW, signedWh, startOf } from '../../domain/units.ts'
import type { Operation } from '../operation.ts'
import type { BookedOrder, FlexBooks, KeptFlexDay } from './books.ts'
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
type LedgerOfTest = { run: unknown; isEnergyPaid: boolean; called: number; now: number }

/** What the ledger says, as far as the duty asks. */
const ledger = vi.hoisted((): LedgerOfTest => ({ run: null, isEnergyPaid: true, called: 1, now: 0 }))

vi.mock('../../chain/flex-settlement.ts', async (original) => ({
  ...(await original<typeof FlexSettlement>()),
  readFlexRun: async () => ledger.run,
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

function world() {
  Object.assign(ledger, { run: null, isEnergyPaid: true, called: 1, now: endOfDay(DAY) + 7_200 })
  outbox.clear()
  const kept: KeptFlexDay[] = []
  const sent: string[] = []
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
    keepDay: async (_, __, drawn) => void kept.push(drawn),
  }
  const operation = {
    ...{ ledger: {}, clock: { now: () => ledger.now }, store: {}, log: { info: () => undefined } },
    saltOf: (purpose: string) => `0x${Buffer.from(purpose).toString('hex').padEnd(64, '0').slice(-64)}`,
    sender: {
      async send(purpose: string) {
        sent.push(purpose)
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
  return { duty, kept, sent, operation }
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
