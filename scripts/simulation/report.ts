import { readBalance } from '../../services/chain/members.ts'
import { orderDigest, orderDomain, recoverOrderSigner } from '../../services/chain/orders.ts'
import { readContract, type Ledger } from '../../services/chain/ledger.ts'
import { clearingOf } from '../../services/domain/market/clearing.ts'
import { readingTreeOf } from '../../services/domain/metering/reading-tree.ts'
import { statementTreeOf, type SaltedStatement } from '../../services/domain/settlement/statement-tree.ts'
import { deliveryPeriod, energyWh, money, price, startOf, type DeliveryPeriod } from '../../services/domain/units.ts'
import type { Store } from '../../services/store/connect.ts'
import { AREA } from '../setup/neighbourhood.ts'
import { InvariantLedger, type Invariant } from './invariants.ts'
import type { Recording } from './recorded-households.ts'

/** What a household or all of them pay, in micro-euro; positive pays, negative receives. */
export type MoneyLines = { market: number; imbalance: number; gridTariff: number; tariffOnly: number }

export type Report = {
  readonly from: string
  readonly to: string
  readonly forecast: string
  readonly periods: number
  readonly households: number
  readonly energyWh: {
    readonly load: number
    readonly pv: number
    readonly traded: number
    readonly gridImport: number
    readonly gridExport: number
  }
  readonly moneyMicroEuro: {
    readonly sign: string
    readonly households: Readonly<Record<string, MoneyLines>>
    readonly total: MoneyLines
    /** The other side of the households' payments. */
    readonly counterparties: { readonly supplier: number; readonly dso: number }
    readonly sum: number
  }
  readonly clearings: readonly {
    readonly period: number
    readonly priceMicroEuroPerKwh: number | null
    readonly volumeWh: number
    readonly orders: number
  }[]
  /** Quarter-hours without a reading, household by household. */
  readonly gaps: readonly {
    readonly household: string
    readonly from: string
    readonly to: string
    readonly periods: number
  }[]
  readonly gas: {
    readonly perOrder: number | null
    readonly perReading: number | null
    readonly perHouseholdPeriod: number
    readonly total: number
    readonly setUp: number
  }
  readonly invariants: readonly Invariant[]
  readonly wallSeconds: number
}

type Sources = {
  readonly store: Store
  readonly ledger: Ledger
  readonly recording: Recording
  readonly forecast: string
  readonly memberIds: readonly number[]
  readonly wallSeconds: number
}

/** Draws the report from the ledger's projection and the statements, and checks every invariant on the way. */
export async function reportOf(sources: Sources): Promise<Report> {
  const { recording, memberIds } = sources
  const { firstPeriod, periods } = recording
  const rows = await readRows(sources.store, firstPeriod, periods)
  const checks = new InvariantLedger()
  checkSessions(checks, rows, sources)
  checkStatements(checks, rows, sources)
  await checkBalances(checks, rows, sources)

  const nameOf = new Map(memberIds.map((memberId, position) => [memberId, recording.households[position]!.name]))
  const households = Object.fromEntries(recording.households.map(({ name }) => [name, noMoney()]))
  const counterparties = { supplier: 0, dso: 0 }
  const energy = { load: 0, pv: 0, traded: 0, gridImport: 0, gridExport: 0 }
  for (const statement of rows.statements) {
    const name = nameOf.get(statement.memberId)
    if (name === undefined) {
      counterparties.supplier += Number(statement.imbalanceMicroEuro)
      counterparties.dso += Number(statement.gridTariffMicroEuro)
      continue
    }
    addMoney(households[name]!, statement)
    if (statement.importWh === null || statement.exportWh === null) continue
    const difference = Number(statement.importWh - statement.exportWh - (statement.boughtWh - statement.soldWh))
    if (difference > 0) energy.gridImport += difference
    else energy.gridExport -= difference
  }
  for (const { loadWh, pvWh } of recording.households) {
    energy.load += loadWh.reduce<number>((sum, load) => sum + (load ?? 0), 0)
    energy.pv += pvWh.reduce<number>((sum, pv) => sum + (pv ?? 0), 0)
  }
  energy.traded = rows.sessions.reduce((sum, { volumeWh }) => sum + Number(volumeWh ?? 0n), 0)
  const total = Object.values(households).reduce((sum, lines) => addLines(sum, lines), noMoney())

  const iso = (period: number) => new Date(startOf(deliveryPeriod(period)) * 1000).toISOString()
  return {
    from: iso(firstPeriod),
    to: iso(firstPeriod + periods),
    forecast: sources.forecast,
    periods,
    households: recording.households.length,
    energyWh: energy,
    moneyMicroEuro: {
      sign: 'positive pays, negative receives',
      households,
      total,
      counterparties,
      sum: total.market + total.imbalance + total.gridTariff + counterparties.supplier + counterparties.dso,
    },
    clearings: rows.sessions.map((session) => ({
      period: session.period,
      priceMicroEuroPerKwh: session.priceMicroEuroPerKwh,
      volumeWh: Number(session.volumeWh ?? 0n),
      orders: session.orderCount,
    })),
    gaps: gapsOf(rows, sources, nameOf),
    gas: gasOf(rows, recording.households.length * periods),
    invariants: checks.results(),
    wallSeconds: sources.wallSeconds,
  }
}

async function readRows({ client }: Store, firstPeriod: DeliveryPeriod, periods: number) {
  const where = { area: AREA, period: { gte: firstPeriod, lt: firstPeriod + periods } }
  const [sessions, fills, payments, statements, leaves, orders, readings, members, transactions] = await Promise.all([
    client.session.findMany({ where, orderBy: { period: 'asc' } }),
    client.fill.findMany({ where, orderBy: [{ period: 'asc' }, { memberId: 'asc' }, { side: 'asc' }] }),
    client.payment.findMany({ where }),
    client.statement.findMany({ where, orderBy: [{ period: 'asc' }, { position: 'asc' }] }),
    client.readingLeaf.findMany({ where, orderBy: [{ period: 'asc' }, { position: 'asc' }] }),
    client.order.findMany({ where }),
    client.meterReading.findMany({ where: { period: { gte: firstPeriod - 1, lt: firstPeriod + periods } } }),
    client.member.findMany({ where: { area: AREA } }),
    client.indexedTransaction.findMany({
      select: { hash: true, contract: true, function: true, gasUsed: true, succeeded: true },
    }),
  ])
  return {
    sessions,
    statements,
    members,
    orders,
    readings,
    transactions,
    payments,
    leaves,
    fillsOf: byPeriod(fills),
    leavesOf: byPeriod(leaves),
    statementsOf: byPeriod(statements),
    paymentsOf: byPeriod(payments),
    fills,
  }
}

type Rows = Awaited<ReturnType<typeof readRows>>

function checkSessions(checks: InvariantLedger, rows: Rows, { ledger, recording }: Sources): void {
  const domain = orderDomain(ledger)
  const keyOf = new Map(rows.members.map(({ id, tradingKey }) => [id, tradingKey]))
  const signatureOf = new Map(rows.orders.map(({ digest, signature }) => [digest, signature]))
  const used = new Set<string>()
  checks.check(
    'everyPeriodIsSettled',
    rows.sessions.filter(({ settledTransaction }) => settledTransaction !== null).length === recording.periods,
    () => `${rows.sessions.length} sessions`,
  )
  for (const session of rows.sessions) {
    const { period } = session
    const fills = [...(rows.fillsOf.get(period) ?? [])].sort(
      (one, other) => one.memberId - other.memberId || one.side.localeCompare(other.side),
    )
    const sumOf = (side: string) =>
      fills.reduce((sum, fill) => (fill.side === side ? sum + BigInt(fill.filledWh) : sum), 0n)
    const volume = session.volumeWh ?? 0n
    checks.check(
      'energyBoughtEqualsEnergySold',
      sumOf('bid') === sumOf('offer') && sumOf('bid') === volume,
      () => `period ${period}: ${sumOf('bid')} bought, ${sumOf('offer')} sold, volume ${volume}`,
    )
    const orders = fills.map((fill) => ({
      area: AREA,
      memberId: fill.memberId,
      deliveryPeriod: deliveryPeriod(period),
      side: fill.side as 'bid' | 'offer',
      quantity: energyWh(BigInt(fill.quantityWh)),
      limitPrice: price(BigInt(fill.limitPriceMicroEuroPerKwh)),
      salt: BigInt(fill.salt),
    }))
    const clearing = clearingOf(orders)
    const isRule =
      (clearing.price === null ? null : Number(clearing.price)) === session.priceMicroEuroPerKwh &&
      clearing.volume === volume
    checks.check(
      'clearingPriceIsTheRules',
      isRule,
      () => `period ${period}: ledger ${session.priceMicroEuroPerKwh}, rule ${clearing.price}`,
    )
    fills.forEach((fill, position) => {
      const { side, limitPriceMicroEuroPerKwh: limit, filledWh } = fill
      const clearingPrice = session.priceMicroEuroPerKwh
      const isBetter =
        filledWh === 0 || (clearingPrice !== null && (side === 'bid' ? limit >= clearingPrice : limit <= clearingPrice))
      checks.check(
        'noFillWorseThanItsLimit',
        isBetter && filledWh <= fill.quantityWh,
        () => `period ${period}, member ${fill.memberId}: limit ${limit}, price ${clearingPrice}`,
      )
      checks.check(
        'fillsAreTheRules',
        clearing.fills[position] === BigInt(filledWh),
        () =>
          `period ${period}, member ${fill.memberId}: ${filledWh} Wh on the ledger, ${clearing.fills[position]} by the rule`,
      )
      const order = orders[position]!
      const signature = signatureOf.get(fill.digest)
      const isOwners =
        signature !== undefined &&
        orderDigest(domain, order) === fill.digest &&
        recoverOrderSigner(domain, order, signature) === keyOf.get(fill.memberId)
      checks.check(
        'orderIsUsedOnceByItsOwner',
        isOwners && !used.has(fill.digest),
        () => `period ${period}, order ${fill.digest}`,
      )
      used.add(fill.digest)
    })
    const payments = rows.paymentsOf.get(period) ?? []
    const sum = payments.reduce((total, { amountMicroEuro }) => total + amountMicroEuro, 0n)
    checks.check('paymentsSumToZero', sum === 0n, () => `period ${period}: ${sum} micro-euro`)
  }
  for (const { digest, period } of rows.orders)
    checks.check('acceptedOrderIsOnTheLedger', used.has(digest), () => `period ${period}, order ${digest}`)
}

function checkStatements(checks: InvariantLedger, rows: Rows, { recording, memberIds }: Sources): void {
  for (const session of rows.sessions) {
    const { period } = session
    const leaves = rows.leavesOf.get(period) ?? []
    const readings = readingTreeOf(
      leaves.map((leaf) => ({
        memberId: leaf.memberId,
        period: deliveryPeriod(period),
        importStart: energyWh(leaf.importStartWh),
        importEnd: energyWh(leaf.importEndWh),
        exportStart: energyWh(leaf.exportStartWh),
        exportEnd: energyWh(leaf.exportEndWh),
        salt: leaf.salt,
      })),
    ).root
    const isCommitted =
      readings.hash === session.readingsRoot &&
      readings.a === session.importTotalWh &&
      readings.b === session.exportTotalWh
    checks.check(
      'readingsMatchTheirCommitment',
      isCommitted,
      () => `period ${period}: ${readings.hash} is not ${session.readingsRoot}`,
    )

    const statements = rows.statementsOf.get(period) ?? []
    const root = statementTreeOf(deliveryPeriod(period), statements.map(statementOf)).root.hash
    checks.check(
      'statementsMatchTheirCommitment',
      root === session.statementsRoot,
      () => `period ${period}: ${root} is not ${session.statementsRoot}`,
    )
    const paid = new Map(
      (rows.paymentsOf.get(period) ?? []).map(({ memberId, amountMicroEuro }) => [memberId, amountMicroEuro]),
    )
    for (const { memberId, marketMicroEuro, imbalanceMicroEuro, gridTariffMicroEuro } of statements) {
      const owed = marketMicroEuro + imbalanceMicroEuro + gridTariffMicroEuro
      checks.check(
        'statementIsWhatWasPaid',
        owed === (paid.get(memberId) ?? 0n),
        () => `period ${period}, member ${memberId}: ${owed} owed, ${paid.get(memberId)} paid`,
      )
    }
  }

  const readingOf = new Set(rows.readings.map(({ memberId, period }) => `${memberId}:${period}`))
  const leafOf = new Map(rows.leaves.map((leaf) => [`${leaf.memberId}:${leaf.period}`, leaf]))
  recording.households.forEach(({ loadWh, pvWh }, household) => {
    const memberId = memberIds[household]!
    loadWh.forEach((load, position) => {
      const period = recording.firstPeriod + position
      const leaf = leafOf.get(`${memberId}:${period}`)
      const isKnown = readingOf.has(`${memberId}:${period}`) && readingOf.has(`${memberId}:${period - 1}`)
      checks.check(
        'readingIsUsedOnce',
        isKnown === (leaf !== undefined),
        () =>
          `period ${period}, member ${memberId}: ${isKnown ? 'a known reading has no leaf' : 'a leaf without readings'}`,
      )
      if (leaf === undefined || load === null) return
      const net = BigInt(load) - BigInt(pvWh[position] ?? 0)
      const metered = leaf.importEndWh - leaf.importStartWh - (leaf.exportEndWh - leaf.exportStartWh)
      checks.check(
        'meteredEnergyIsTheRecorded',
        net === metered,
        () => `period ${period}, member ${memberId}: ${metered} Wh metered, ${net} Wh recorded`,
      )
    })
  })
}

async function checkBalances(checks: InvariantLedger, rows: Rows, { ledger }: Sources): Promise<void> {
  let balances = 0n
  for (const member of rows.members) {
    const balance = await readBalance(ledger, member.id)
    balances += balance
    checks.check(
      'noBalanceBelowTheCollateralRule',
      balance >= 0n && member.balanceMicroEuro === balance,
      () => `member ${member.id}: ${balance} on the ledger, ${member.balanceMicroEuro} projected`,
    )
  }
  const [held] = await readContract(ledger, 'settlementCurrency', 'balanceOf', ledger.addresses.accounts)
  checks.check(
    'balancesEqualTheDepositsHeld',
    balances === (held as bigint),
    () => `${balances} in balances, ${String(held)} held`,
  )
  for (const { hash, succeeded } of rows.transactions) checks.check('noTransactionFailed', succeeded, () => hash)
}

const SESSION_FUNCTIONS = [
  'callAuction.closeGate',
  'callAuction.clear',
  'meterReadings.commitReadings',
  'settlement.settle',
]

function gasOf(rows: Rows, householdPeriods: number): Report['gas'] {
  const gas = new Map<string, number>()
  let setUp = 0
  for (const transaction of rows.transactions) {
    const name = `${transaction.contract ?? ''}.${transaction.function ?? ''}`
    if (SESSION_FUNCTIONS.includes(name)) gas.set(name, (gas.get(name) ?? 0) + Number(transaction.gasUsed))
    else setUp += Number(transaction.gasUsed)
  }
  const used = (...names: string[]) => names.reduce((sum, name) => sum + (gas.get(name) ?? 0), 0)
  const total = used(...SESSION_FUNCTIONS)
  const each = (amount: number, count: number) => (count === 0 ? null : Math.round(amount / count))
  return {
    perOrder: each(used('callAuction.closeGate', 'callAuction.clear'), rows.fills.length),
    perReading: each(used('meterReadings.commitReadings'), rows.leaves.length),
    perHouseholdPeriod: Math.round(total / householdPeriods),
    total,
    setUp,
  }
}

function gapsOf(rows: Rows, { recording, memberIds }: Sources, nameOf: ReadonlyMap<number, string>): Report['gaps'] {
  const known = new Set(rows.leaves.map(({ memberId, period }) => `${memberId}:${period}`))
  const iso = (period: number) => new Date(startOf(deliveryPeriod(period)) * 1000).toISOString()
  return memberIds.flatMap((memberId) => {
    const gaps: { household: string; from: string; to: string; periods: number }[] = []
    let start: number | null = null
    for (let position = 0; position <= recording.periods; position += 1) {
      const period = recording.firstPeriod + position
      const isGap = position < recording.periods && !known.has(`${memberId}:${period}`)
      if (isGap) {
        start ??= period
      } else if (start !== null) {
        gaps.push({ household: nameOf.get(memberId)!, from: iso(start), to: iso(period), periods: period - start })
        start = null
      }
    }
    return gaps
  })
}

function statementOf(row: Rows['statements'][number]): SaltedStatement {
  return {
    memberId: row.memberId,
    bought: energyWh(row.boughtWh),
    sold: energyWh(row.soldWh),
    metered:
      row.importWh === null || row.exportWh === null
        ? null
        : { import: energyWh(row.importWh), export: energyWh(row.exportWh) },
    market: money(row.marketMicroEuro),
    imbalance: money(row.imbalanceMicroEuro),
    gridTariff: money(row.gridTariffMicroEuro),
    tariffOnly: row.tariffOnlyMicroEuro === null ? null : money(row.tariffOnlyMicroEuro),
    salt: row.salt,
  }
}

function noMoney(): MoneyLines {
  return { market: 0, imbalance: 0, gridTariff: 0, tariffOnly: 0 }
}

function addMoney(lines: MoneyLines, statement: Rows['statements'][number]): void {
  lines.market += Number(statement.marketMicroEuro)
  lines.imbalance += Number(statement.imbalanceMicroEuro)
  lines.gridTariff += Number(statement.gridTariffMicroEuro)
  lines.tariffOnly += Number(statement.tariffOnlyMicroEuro ?? 0n)
}

function addLines(one: MoneyLines, other: MoneyLines): MoneyLines {
  return {
    market: one.market + other.market,
    imbalance: one.imbalance + other.imbalance,
    gridTariff: one.gridTariff + other.gridTariff,
    tariffOnly: one.tariffOnly + other.tariffOnly,
  }
}

function byPeriod<Row extends { period: number }>(rows: readonly Row[]): Map<number, Row[]> {
  const groups = new Map<number, Row[]>()
  for (const row of rows) {
    const group = groups.get(row.period)
    if (group === undefined) groups.set(row.period, [row])
    else group.push(row)
  }
  return groups
}
