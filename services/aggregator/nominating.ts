import { nominateCall } from '../chain/flex-nominations.ts'
import { DomainError } from '../domain/errors.ts'
import { fallbackOf, type BaselineMethod } from '../domain/flexibility/baseline/baseline-method.ts'
import type { NominationRule } from '../domain/flexibility/baseline/nomination.ts'
import { nominationTreeOf, type NominatedBaseline } from '../domain/flexibility/baseline/nomination-tree.ts'
import {
  deliveryPeriod,
  energyWh,
  firstPeriodOf,
  PERIODS_PER_DAY,
  SECONDS_PER_PERIOD,
  startOfDay,
  tradingDay,
  tradingDayAt,
  type TradingDay,
} from '../domain/units.ts'
import type { NominationKey } from '../store/flexibility/nominated-baselines.ts'
import type { OwnPortfolio } from './market.ts'
import type { Operation } from './operation.ts'

/** So long before a nomination is due it is made for the homes that are known, whoever has not said anything yet. */
const LAST_CALL_SECONDS = 2 * SECONDS_PER_PERIOD

/** The nomination among a product's methods; null where it is not one of them. */
export function nominationRuleOf(method: BaselineMethod): NominationRule | null {
  for (let one: BaselineMethod | null = method; one !== null; one = fallbackOf(one)) {
    if (one.name === 'nomination') return one
  }
  return null
}

/**
 * Nominates, before the gate of each day closes, what the members of each portfolio will take from the grid, for products whose
 * delivery may be measured against that: what their homes expect, all devices as planned. As soon as all homes have said it,
 * else shortly before it is due for those that have. The leaves are kept before their root is committed.
 */
export function createNominating(operation: Operation): () => Promise<boolean> {
  const { market, clock } = operation
  /** What is committed, or cannot be any more. */
  const finished = new Set<string>()

  const nominate = async (
    { portfolioId }: OwnPortfolio,
    productId: number,
    rule: NominationRule,
    day: TradingDay,
  ): Promise<boolean> => {
    const key = `${portfolioId}:${productId}:${day}`
    if (finished.has(key)) return true
    const due = startOfDay(day) - rule.gateClosureLeadSeconds
    const now = clock.now()
    if (now >= due || (await market.hasNominated(portfolioId, productId, day))) {
      finished.add(key)
      return true
    }
    const members = await market.listMembers(portfolioId, productId, startOfDay(day))
    const kept = await operation.records.listNominated({ portfolioId, productId, day })
    if (kept.length > 0) {
      // What was kept may be signed already.
      await commit({ portfolioId, productId, day }, kept)
      finished.add(key)
      return true
    }
    const known = members.filter((memberId) => baselinesOf(operation, memberId, day) !== null)
    if (known.length === 0 || (known.length < members.length && now < due - LAST_CALL_SECONDS)) return false
    const baselines = known.flatMap((memberId) => baselinesOf(operation, memberId, day)!)
    await operation.records.keepNominated({ portfolioId, productId, day }, baselines)
    await commit({ portfolioId, productId, day }, baselines)
    finished.add(key)
    return true
  }

  const commit = async (key: NominationKey, baselines: readonly NominatedBaseline[]): Promise<void> => {
    const { portfolioId, productId, day } = key
    const { root } = nominationTreeOf(baselines)
    const totals = {
      root: root.hash,
      count: root.count,
      importTotal: energyWh(root.a),
      exportTotal: energyWh(root.b),
    }
    try {
      await operation.sender.send(`nominate:${portfolioId}:${productId}:${day}`, nominateCall(key, totals))
    } catch (error) {
      if (!(error instanceof DomainError) || !error.code.startsWith('flex-nominations-')) throw error
      operation.log.warn(
        { portfolioId, productId, day, code: error.code },
        `day ${day} is not nominated: ${error.message}`,
      )
    }
  }

  return async () => {
    const now = clock.now()
    const today = tradingDayAt(now)
    for (const day of [today, tradingDay(today + 1)]) {
      let isDone = true
      for (const portfolio of await market.listPortfolios()) {
        for (const { productId, product } of await market.listProducts(portfolio.portfolioId, now)) {
          const rule = nominationRuleOf(product.baseline)
          if (rule !== null) isDone = (await nominate(portfolio, productId, rule, day)) && isDone
        }
      }
      if (isDone) operation.announce.nominated(day)
    }
    return false
  }
}

/** Of all periods of the day, with salts that a restart makes again; null where the home does not know all of them. */
function baselinesOf(
  { expectedOf, saltOf }: Pick<Operation, 'expectedOf' | 'saltOf'>,
  memberId: number,
  day: TradingDay,
): NominatedBaseline[] | null {
  const baselines: NominatedBaseline[] = []
  for (let position = 0; position < PERIODS_PER_DAY; position += 1) {
    const period = deliveryPeriod(firstPeriodOf(day) + position)
    const baseline = expectedOf(memberId, period)
    if (baseline === null || baseline === undefined) return null
    baselines.push({ memberId, period, baseline, salt: saltOf(`nomination:${memberId}:${period}`) })
  }
  return baselines
}
