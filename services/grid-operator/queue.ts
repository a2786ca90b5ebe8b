import { prequalifyCall, rejectPrequalificationCall } from '../chain/flex-portfolios.ts'
import {
  ruleOnQueue,
  type AssetEvidence,
  type QueueRuling,
} from '../domain/flexibility/conflict/prequalification-evidence.ts'
import {
  deliveryPeriod,
  deliveryPeriodAt,
  powerW,
  PERIODS_PER_DAY,
  SECONDS_PER_DAY,
  tradingDayOf,
} from '../domain/units.ts'
import type { WaitingPortfolio } from './market.ts'
import type { Operation } from './operation.ts'

const VALIDITY_SECONDS = 180 * SECONDS_PER_DAY
/** How far back metered days are counted. */
const LOOK_BACK_DAYS = 60

/** Decides on the portfolios that wait, by rule or as a person said; resolves to whether anything was decided. */
export async function workOffQueue(operation: Operation): Promise<boolean> {
  const { market, records, settings } = operation
  const waiting = await market.listWaiting()
  if (waiting.length === 0) return false
  const decisions = settings.prequalification === 'person' ? await records.listQueueDecisions() : []
  let isProgress = false
  for (const portfolio of waiting) {
    const { portfolioId, productId, pointId, requestedAt } = portfolio
    const byRule = await rulingOn(operation, portfolio)
    const said = decisions.find(
      (one) =>
        one.portfolioId === portfolioId &&
        one.productId === productId &&
        one.pointId === pointId &&
        one.askedAt === requestedAt,
    )
    const ruling = settings.prequalification === 'rule' ? byRule : rulingOfPerson(portfolio, said, byRule)
    if (ruling.kind === 'wait') continue
    await decide(operation, portfolio, ruling)
    isProgress = true
  }
  return isProgress
}

/** A person may prequalify what the rule lets wait, and not what no connection carries. */
function rulingOfPerson(
  { power }: WaitingPortfolio,
  said: { readonly refusal: string | null } | undefined,
  byRule: QueueRuling,
): QueueRuling {
  if (byRule.kind === 'reject') return byRule
  if (said === undefined) return { kind: 'wait', effectPpm: byRule.effectPpm }
  if (said.refusal !== null) return { kind: 'reject', reason: said.refusal }
  return byRule.kind === 'prequalify' ? byRule : { kind: 'prequalify', power, effectPpm: byRule.effectPpm }
}

async function rulingOn(
  { market, records, settings, clock }: Operation,
  { area, members, pointId, power }: WaitingPortfolio,
): Promise<QueueRuling> {
  const point = (await market.listPoints()).find((one) => one.pointId === pointId)
  const [capacityOf, flows] = await Promise.all([
    records.readConnectionCapacities(area),
    records.readFlows(
      area,
      members,
      deliveryPeriod(Math.max(0, deliveryPeriodAt(clock.now()) - LOOK_BACK_DAYS * PERIODS_PER_DAY)),
      deliveryPeriodAt(clock.now()),
    ),
  ])
  const assets = members.map((member): AssetEvidence => {
    const metered = (flows.get(member) ?? []).filter(({ quality }) => quality === 'metered')
    const days = Map.groupBy(metered, ({ period }) => tradingDayOf(period))
    return {
      connectionCapacity: capacityOf.get(member) ?? powerW(0n),
      effectPpm: point?.effectOf.get(member) ?? 0,
      meteredDays: [...days.values()].filter((periods) => periods.length === PERIODS_PER_DAY).length,
    }
  })
  return ruleOnQueue(power, assets, settings.evidenceDays)
}

async function decide(
  { sender, clock, log }: Operation,
  portfolio: WaitingPortfolio,
  ruling: Exclude<QueueRuling, { kind: 'wait' }>,
): Promise<void> {
  const { portfolioId, productId, pointId, requestedAt } = portfolio
  const key = { portfolioId, productId, pointId }
  const call =
    ruling.kind === 'reject'
      ? rejectPrequalificationCall(key, ruling.reason)
      : prequalifyCall(key, { power: ruling.power, effectPpm: ruling.effectPpm, until: clock.now() + VALIDITY_SECONDS })
  await sender.send(`prequalification:${portfolioId}:${productId}:${pointId}:${requestedAt}`, call)
  const outcome = ruling.kind === 'reject' ? `rejected: ${ruling.reason}` : `prequalified for ${ruling.power} W`
  log.info(key, `portfolio ${portfolioId} is ${outcome}`)
}
