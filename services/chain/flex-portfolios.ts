import { FLEX_DIRECTIONS, type FlexDirection } from '../domain/flexibility/flex-direction.ts'
import { powerW, type PowerW } from '../domain/units.ts'
import { QUEUE_STATES, SPLITS, type PoolSplit, type QueueState } from './flex-states.ts'
import { readContract, type Ledger } from './ledger.ts'
import type { Call } from './transactions.ts'

export type PortfolioTerms = {
  /** Thousandths of what is paid for delivery that the aggregator keeps. */
  readonly feePermille: number
  readonly split: PoolSplit
}

/** Which portfolio, for which product, at which congestion point. */
export type PrequalificationKey = {
  readonly portfolioId: number
  readonly productId: number
  readonly pointId: number
}

export type LedgerPrequalification = {
  readonly state: QueueState
  /** In the product's direction, in any period; what is prequalified holds while a renewal waits. */
  readonly power: PowerW
  /** By how much a W of the portfolio changes the flow at the congestion point, in millionths. */
  readonly effectPpm: number
  /** Unix seconds; `until` is not included. */
  readonly from: number
  readonly until: number
}

/** By the account of an active aggregator of the area. */
export function openPortfolioCall(
  area: number,
  aggregator: number,
  name: string,
  { feePermille, split }: PortfolioTerms,
): Call {
  return {
    contract: 'flexPortfolios',
    function: 'openPortfolio',
    arguments: [area, aggregator, name, feePermille, SPLITS.indexOf(split)],
  }
}

/**
 * The member's consent, by whoever acts for it: its account's owner or trading key.
 * @param until Unix seconds up to which it holds, at most a year ahead.
 * @param consent Salted digest of the consent credential, 32 bytes as 0x-hex.
 */
export function joinPortfolioCall(
  { portfolioId, productId, memberId }: { portfolioId: number; productId: number; memberId: number },
  until: number,
  consent: string,
): Call {
  return {
    contract: 'flexPortfolios',
    function: 'join',
    arguments: [portfolioId, productId, memberId, until, consent],
  }
}

/** From its block on, by whoever acts for the member, or by the aggregator. */
export function leavePortfolioCall({
  portfolioId,
  productId,
  memberId,
}: {
  portfolioId: number
  productId: number
  memberId: number
}): Call {
  return { contract: 'flexPortfolios', function: 'leave', arguments: [portfolioId, productId, memberId] }
}

/**
 * Enters the DSO's queue, by the portfolio's aggregator.
 * @param evidence Digest of what the aggregator shows, 32 bytes as 0x-hex.
 */
export function requestPrequalificationCall(
  { portfolioId, productId, pointId }: PrequalificationKey,
  power: PowerW,
  evidence: string,
): Call {
  return {
    contract: 'flexPortfolios',
    function: 'requestPrequalification',
    arguments: [portfolioId, productId, pointId, power, evidence],
  }
}

/** By the DSO of the point's area; `until` in unix seconds, at most a year ahead. */
export function prequalifyCall(
  { portfolioId, productId, pointId }: PrequalificationKey,
  { power, effectPpm, until }: Pick<LedgerPrequalification, 'power' | 'effectPpm' | 'until'>,
): Call {
  return {
    contract: 'flexPortfolios',
    function: 'prequalify',
    arguments: [portfolioId, productId, pointId, power, effectPpm, until],
  }
}

/** By the DSO of the point's area; also takes back what is prequalified. The reason is 1 to 256 bytes. */
export function rejectPrequalificationCall(
  { portfolioId, productId, pointId }: PrequalificationKey,
  reason: string,
): Call {
  return {
    contract: 'flexPortfolios',
    function: 'rejectPrequalification',
    arguments: [portfolioId, productId, pointId, reason],
  }
}

/** The portfolio in which the member is for the product at the time, in unix seconds; null where it is in none. */
export async function readPortfolioAt(
  ledger: Ledger,
  productId: number,
  memberId: number,
  time: number,
): Promise<number | null> {
  const [portfolio] = await readContract(ledger, 'flexPortfolios', 'portfolioAt', productId, memberId, time)
  return portfolio === 0n ? null : Number(portfolio)
}

export async function readPrequalification(
  ledger: Ledger,
  { portfolioId, productId, pointId }: PrequalificationKey,
): Promise<LedgerPrequalification> {
  const answer = await readContract(ledger, 'flexPortfolios', 'prequalificationOf', portfolioId, productId, pointId)
  const [found] = answer as unknown as [{ state: bigint; power: bigint; effect: bigint; from: bigint; until: bigint }]
  return {
    state: QUEUE_STATES[Number(found.state)] ?? 'none',
    power: powerW(found.power),
    effectPpm: Number(found.effect),
    from: Number(found.from),
    until: Number(found.until),
  }
}

/** The most that the portfolio is prequalified for now in the direction, at any point and for any product. */
export async function readCapability(ledger: Ledger, portfolioId: number, direction: FlexDirection): Promise<PowerW> {
  const number = FLEX_DIRECTIONS.indexOf(direction)
  const [power] = await readContract(ledger, 'flexPortfolios', 'capabilityOf', portfolioId, number)
  return powerW(power as bigint)
}

/** Throws `flex-portfolios-unknown`. */
export async function readPortfolioTerms(ledger: Ledger, portfolioId: number): Promise<PortfolioTerms> {
  const answer = await readContract(ledger, 'flexPortfolios', 'termsOf', portfolioId)
  const [feePermille, split] = answer as unknown as [bigint, bigint]
  return { feePermille: Number(feePermille), split: SPLITS[Number(split)] ?? 'by-delivery' }
}

/** The member that opened the portfolio. Throws `flex-portfolios-unknown`. */
export async function readAggregator(ledger: Ledger, portfolioId: number): Promise<number> {
  const [aggregator] = await readContract(ledger, 'flexPortfolios', 'aggregatorOf', portfolioId)
  return Number(aggregator)
}

/** Throws `flex-portfolios-unknown`. */
export async function readPortfolioArea(ledger: Ledger, portfolioId: number): Promise<number> {
  const [area] = await readContract(ledger, 'flexPortfolios', 'areaOf', portfolioId)
  return Number(area)
}

/** Portfolios are numbered from 1 to this. */
export async function readPortfolioCount(ledger: Ledger): Promise<number> {
  const [count] = await readContract(ledger, 'flexPortfolios', 'portfolioCount')
  return Number(count)
}
