import { dailyAddressOf } from '../../services/chain/daily-keys.ts'
import { readContract } from '../../services/chain/ledger.ts'
import { readBalance } from '../../services/chain/members.ts'
import { orderDigest, orderDomain, recoverOrderSigner } from '../../services/chain/orders.ts'
import { clearingOf } from '../../services/domain/market/clearing.ts'
import { readingTreeOf } from '../../services/domain/metering/reading-tree.ts'
import {
  deliveryPeriod,
  energyWh,
  PERIODS_PER_DAY,
  price,
  tradingDay,
  tradingDayOf,
} from '../../services/domain/units.ts'
import { AREA } from '../setup/neighbourhood.ts'
import { InvariantLedger, type Invariant } from './invariants.ts'
import { traderKey, type ReportSources, type Rows } from './report-rows.ts'
import { checkSettlements } from './settlement-checks.ts'

/** Checks every invariant on the rows of a run, recomputing what can be recomputed. */
export async function checkInvariants(rows: Rows, sources: ReportSources): Promise<Invariant[]> {
  const checks = new InvariantLedger()
  checkSessions(checks, rows, sources)
  checkReadings(checks, rows, sources)
  checkSettlements(checks, rows)
  await checkBalances(checks, rows, sources)
  return checks.results()
}

function checkSessions(checks: InvariantLedger, rows: Rows, { ledger, recording }: ReportSources): void {
  const domain = orderDomain(ledger)
  const keyOf = dailyKeysOf(rows)
  const signatureOf = new Map(rows.orders.map(({ digest, signature }) => [digest, signature]))
  const used = new Set<string>()
  const paidDays = new Set(rows.runs.flatMap(({ day, paidTransaction }) => (paidTransaction === null ? [] : [day])))
  checks.check(
    'everyPeriodIsSettled',
    rows.sessions.filter(({ period }) => paidDays.has(Math.floor(period / PERIODS_PER_DAY))).length ===
      recording.periods,
    () => `${rows.sessions.length} sessions on ${paidDays.size} days that are paid`,
  )
  for (const session of rows.sessions) {
    const { period } = session
    const fills = [...(rows.fillsOf.get(period) ?? [])].sort(
      (one, other) => one.trader - other.trader || one.side.localeCompare(other.side),
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
      trader: fill.trader,
      deliveryPeriod: deliveryPeriod(period),
      side: fill.side as 'bid' | 'offer',
      quantity: energyWh(BigInt(fill.quantityWh)),
      limitPrice: price(BigInt(fill.limitPriceMicroEuroPerKwh)),
      expiry: Number(fill.expiry),
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
        () => `period ${period}, trader ${fill.trader}: limit ${limit}, price ${clearingPrice}`,
      )
      checks.check(
        'fillsAreTheRules',
        clearing.fills[position] === BigInt(filledWh),
        () =>
          `period ${period}, trader ${fill.trader}: ${filledWh} Wh on the ledger, ${clearing.fills[position]} by the rule`,
      )
      const order = orders[position]!
      const signature = signatureOf.get(fill.digest)
      const isOwners =
        signature !== undefined &&
        orderDigest(domain, order) === fill.digest &&
        recoverOrderSigner(domain, order, signature) === keyOf(fill.period, fill.trader)
      checks.check(
        'orderIsUsedOnceByItsOwner',
        isOwners && !used.has(fill.digest),
        () => `period ${period}, order ${fill.digest}`,
      )
      used.add(fill.digest)
    })
    checks.check(
      'noOrderIsVoid',
      session.voidOrderCount === 0,
      () => `period ${period}: ${session.voidOrderCount} void`,
    )
  }
  const superseded = supersededOf(rows.orders)
  const paused = new Set(rows.sessions.flatMap(({ period, isPaused }) => (isPaused ? [period] : [])))
  for (const { digest, period } of rows.orders) {
    checks.check(
      'acceptedOrderIsOnTheLedger',
      used.has(digest) !== (superseded.has(digest) || paused.has(period)),
      () => `period ${period}, order ${digest}`,
    )
  }
}

/** The address with which a trader signs in a period, derived anew from its member's trading key; null for nobody's. */
function dailyKeysOf({
  members,
  chainOf,
  linkOf,
  sealedDays,
}: Rows): (period: number, trader: number) => string | null {
  const tradingKeyOf = new Map(members.map(({ id, tradingKey }) => [id, tradingKey]))
  const known = new Map<string, string | null>()
  const derive = (day: number, trader: number): string | null => {
    if (!sealedDays.has(day)) return tradingKeyOf.get(trader) ?? null
    const link = linkOf.get(traderKey(day, trader))
    if (link === undefined) return null
    const chain = chainOf.get(tradingKeyOf.get(link.memberId) ?? '')
    return chain === undefined ? null : dailyAddressOf(chain, AREA, tradingDay(day), link.draw)
  }
  return (period, trader) => {
    const day = tradingDayOf(deliveryPeriod(period))
    const key = traderKey(day, trader)
    if (!known.has(key)) known.set(key, derive(day, trader))
    return known.get(key)!
  }
}

/** The orders that a later one of the same trader, side and period replaced. */
function supersededOf(orders: Rows['orders']): Set<string> {
  const latest = new Map<string, Rows['orders'][number]>()
  const superseded = new Set<string>()
  for (const order of orders) {
    const key = `${order.period}:${order.trader}:${order.side}`
    const known = latest.get(key)
    const isLater = known === undefined || BigInt(known.salt) < BigInt(order.salt)
    if (isLater) latest.set(key, order)
    const loser = isLater ? known : order
    if (loser !== undefined) superseded.add(loser.digest)
  }
  return superseded
}

function checkReadings(checks: InvariantLedger, rows: Rows, { recording, memberIds }: ReportSources): void {
  for (const session of rows.sessions) {
    const { period } = session
    const readings = readingTreeOf(
      (rows.leavesOf.get(period) ?? []).map((leaf) => ({
        memberId: leaf.memberId,
        period: deliveryPeriod(period),
        importStart: energyWh(leaf.importStartWh),
        importEnd: energyWh(leaf.importEndWh),
        exportStart: energyWh(leaf.exportStartWh),
        exportEnd: energyWh(leaf.exportEndWh),
        quality: leaf.quality === 'metered' ? 'metered' : 'estimated',
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
        leaf?.quality === (isKnown ? 'metered' : 'estimated'),
        () =>
          `period ${period}, member ${memberId}: ${leaf?.quality ?? 'no leaf'} where it is ${isKnown ? '' : 'not '}known`,
      )
      if (leaf?.quality !== 'metered' || load === null) return
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
    const [locked] = await readContract(ledger, 'tradingDays', 'lockedOf', member.id)
    balances += balance
    checks.check(
      'noBalanceBelowTheCollateralRule',
      balance + member.creditLineMicroEuro >= (locked as bigint) && member.balanceMicroEuro === balance,
      () =>
        `member ${member.id}: ${balance} on the ledger, ${String(locked)} locked, ${member.balanceMicroEuro} projected`,
    )
  }
  const [fund] = await readContract(ledger, 'accounts', 'fundOf', AREA)
  const [bond] = await readContract(ledger, 'accounts', 'bondOf', AREA)
  const area = rows.areas[0]
  checks.check(
    'fundAndBondAreProjected',
    area?.fundMicroEuro === fund && area?.bondMicroEuro === bond,
    () => `fund ${String(fund)}, bond ${String(bond)} on the ledger`,
  )
  const [held] = await readContract(ledger, 'settlementCurrency', 'balanceOf', ledger.addresses.accounts)
  const owed = balances + (fund as bigint) + (bond as bigint)
  checks.check('balancesEqualTheDepositsHeld', owed === (held as bigint), () => `${owed} owed, ${String(held)} held`)
  for (const { hash, succeeded } of rows.transactions) checks.check('noTransactionFailed', succeeded, () => hash)
}
