import { readContract } from '../../services/chain/ledger.ts'
import { readBalance } from '../../services/chain/members.ts'
import { orderDigest, orderDomain, recoverOrderSigner } from '../../services/chain/orders.ts'
import { clearingOf } from '../../services/domain/market/clearing.ts'
import { readingTreeOf } from '../../services/domain/metering/reading-tree.ts'
import { statementTreeOf, type SaltedStatement } from '../../services/domain/settlement/statement-tree.ts'
import { deliveryPeriod, energyWh, money, price } from '../../services/domain/units.ts'
import { AREA } from '../setup/neighbourhood.ts'
import { InvariantLedger, type Invariant } from './invariants.ts'
import type { ReportSources, Rows } from './report-rows.ts'

/** Checks every invariant on the rows of a run, recomputing what can be recomputed. */
export async function checkInvariants(rows: Rows, sources: ReportSources): Promise<Invariant[]> {
  const checks = new InvariantLedger()
  checkSessions(checks, rows, sources)
  checkStatements(checks, rows, sources)
  await checkBalances(checks, rows, sources)
  return checks.results()
}

function checkSessions(checks: InvariantLedger, rows: Rows, { ledger, recording }: ReportSources): void {
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

function checkStatements(checks: InvariantLedger, rows: Rows, { recording, memberIds }: ReportSources): void {
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

  const sequenceOf = new Map(rows.readings.map(({ memberId, period, sequence }) => [`${memberId}:${period}`, sequence]))
  const leafOf = new Map(rows.leaves.map((leaf) => [`${leaf.memberId}:${leaf.period}`, leaf]))
  recording.households.forEach(({ loadWh, pvWh }, household) => {
    const memberId = memberIds[household]!
    loadWh.forEach((load, position) => {
      const period = recording.firstPeriod + position
      const leaf = leafOf.get(`${memberId}:${period}`)
      const start = sequenceOf.get(`${memberId}:${period - 1}`)
      const isKnown = start !== undefined && sequenceOf.get(`${memberId}:${period}`) === start + 1
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

async function checkBalances(checks: InvariantLedger, rows: Rows, { ledger }: ReportSources): Promise<void> {
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
