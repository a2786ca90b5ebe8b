import { AbiCoder, keccak256 } from 'ethers'
import type { FlexOffer, FlexOption } from '../domain/flexibility/trading/flex-offer.ts'
import { requireFlexOffer } from '../domain/flexibility/trading/flex-offer.ts'
import { activationFactor } from '../domain/flexibility/trading/activation-factor.ts'
import { flexPrice } from '../domain/flexibility/trading/flex-price.ts'
import type { RequestedPeriod } from '../domain/flexibility/trading/flex-request.ts'
import { rate, type Rate } from '../domain/units.ts'
import { packFlexPowers, packRequestedPeriods, unpackFlexPowers } from './flex-periods.ts'
import { OFFER_STATES, REQUEST_STATES, type LedgerOfferState, type RequestState } from './flex-states.ts'
import { readContract, type Ledger } from './ledger.ts'
import type { Call } from './transactions.ts'

/** A buyer's need, as it is put on the ledger. */
export type FlexRequestDraft = {
  readonly pointId: number
  readonly productId: number
  /** The contract under which it is made; null where it is for everybody. */
  readonly reservationId: number | null
  /** An earlier request of the same need, of which nothing was ordered; null for none. */
  readonly supersedes: number | null
  /** Unix seconds until which offers are taken, and until which they are opened. */
  readonly expiresAt: number
  readonly revealUntil: number
  /** Micro-euro per kWh of effect at the congestion point. */
  readonly priceCap: Rate
  /** Ascending. */
  readonly periods: readonly RequestedPeriod[]
}

/** What the ledger keeps of a request: of its periods the hash. */
export type LedgerRequest = Omit<FlexRequestDraft, 'periods'> & {
  readonly state: RequestState
  readonly periodsHash: string
  /** What decides between equal offers, 32 bytes as 0x-hex; null before the first offer is opened. */
  readonly seed: string | null
}

/** An offer as it is sealed. The place of an option is its reference: `0` for the first one. */
export type FlexOfferDraft = {
  /** Unix seconds until which it may be ordered. */
  readonly expiresAt: number
  readonly options: readonly Omit<FlexOption, 'reference'>[]
  /** Random, 32 bytes as 0x-hex. */
  readonly salt: string
}

export type LedgerOffer = {
  readonly state: LedgerOfferState
  readonly requestId: number
  readonly portfolioId: number
  /** 32 bytes as 0x-hex. */
  readonly commitment: string
  /** Places of the options that cost no more than the request's cap, ascending; none before it is opened. */
  readonly optionsWithinCap: readonly number[]
}

/** An offer by the names of the contract's struct. */
export type LedgerOfferTerms = {
  readonly expiresAt: bigint
  readonly options: readonly {
    readonly price: bigint
    readonly minActivationFactor: bigint
    readonly periods: string
  }[]
  readonly salt: string
}

const COMMITTED = ['uint32', 'uint32', 'tuple(uint40, tuple(uint64, uint8, bytes)[], bytes32)']
const MOST_OPTIONS = 10
const NO_SEED = `0x${'0'.repeat(64)}`

/** By the product's buyer. */
export function requestFlexibilityCall(draft: FlexRequestDraft): Call {
  const { pointId, productId, reservationId, supersedes, expiresAt, revealUntil, priceCap, periods } = draft
  const request = {
    ...{ pointId, productId, expiresAt, revealUntil, priceCap },
    reservationId: reservationId ?? 0,
    supersedes: supersedes ?? 0,
    periods: packRequestedPeriods(periods),
  }
  return { contract: 'flexRequests', function: 'requestFlexibility', arguments: [request] }
}

/** By the product's buyer, before anything is ordered. */
export function cancelRequestCall(requestId: number): Call {
  return { contract: 'flexRequests', function: 'cancelRequest', arguments: [requestId] }
}

/** Before the request expires, by the portfolio's aggregator. */
export function sealOfferCall(requestId: number, portfolioId: number, commitment: string): Call {
  return { contract: 'flexRequests', function: 'sealOffer', arguments: [requestId, portfolioId, commitment] }
}

/** Once the request has expired, until offers are no longer opened; by whoever knows the offer. */
export function openOfferCall(offerId: number, offer: FlexOfferDraft, requested: readonly RequestedPeriod[]): Call {
  return {
    contract: 'flexRequests',
    function: 'openOffer',
    arguments: [offerId, encodeOffer(offer), packRequestedPeriods(requested)],
  }
}

/** What an offer is sealed with, 0x-hex: the hash of request, portfolio and offer, which nobody guesses without its salt. */
export function commitmentOf(requestId: number, portfolioId: number, offer: FlexOfferDraft): string {
  const { expiresAt, options, salt } = encodeOffer(offer)
  const tuples = options.map(({ price, minActivationFactor, periods }) => [price, minActivationFactor, periods])
  return keccak256(AbiCoder.defaultAbiCoder().encode(COMMITTED, [requestId, portfolioId, [expiresAt, tuples, salt]]))
}

export function encodeOffer({ expiresAt, options, salt }: FlexOfferDraft): LedgerOfferTerms {
  return {
    expiresAt: BigInt(expiresAt),
    options: options.map(({ price, minActivationFactor, periods }) => ({
      price,
      minActivationFactor: BigInt(minActivationFactor),
      periods: packFlexPowers(periods),
    })),
    salt,
  }
}

/** Of what the event of its opening says. Throws the codes of its parts. */
export function decodeOffer({ expiresAt, options, salt }: LedgerOfferTerms): FlexOfferDraft {
  return {
    expiresAt: Number(expiresAt),
    options: options.map(({ price, minActivationFactor, periods }) => ({
      price: flexPrice(price),
      minActivationFactor: activationFactor(Number(minActivationFactor)),
      periods: unpackFlexPowers(periods),
    })),
    salt,
  }
}

/** The offer in the words of the rules, which know it by the numbers of the ledger as text. Throws what `requireFlexOffer` does. */
export function offerOfDraft(
  { expiresAt, options }: Omit<FlexOfferDraft, 'salt'>,
  known: Pick<FlexOffer, 'id' | 'request' | 'congestionPoint' | 'contract' | 'portfolio'>,
): FlexOffer {
  const named = options.map((option, place): FlexOption => ({ ...option, reference: String(place) }))
  return requireFlexOffer({ ...known, expiresAt, options: named })
}

/** Throws `flex-requests-unknown`. */
export async function readFlexRequest(ledger: Ledger, requestId: number): Promise<LedgerRequest> {
  const answer = await readContract(ledger, 'flexRequests', 'requestOf', requestId)
  const [state, request, periodsHash, seed] = answer as unknown as [
    bigint,
    Record<'pointId' | 'productId' | 'reservationId' | 'supersedes' | 'expiresAt' | 'revealUntil' | 'priceCap', bigint>,
    string,
    string,
  ]
  return {
    state: REQUEST_STATES[Number(state)] ?? 'none',
    pointId: Number(request.pointId),
    productId: Number(request.productId),
    reservationId: numberOrNull(request.reservationId),
    supersedes: numberOrNull(request.supersedes),
    expiresAt: Number(request.expiresAt),
    revealUntil: Number(request.revealUntil),
    priceCap: rate(request.priceCap),
    periodsHash,
    seed: seed === NO_SEED ? null : seed,
  }
}

/** Throws `flex-offers-unknown`. */
export async function readFlexOffer(ledger: Ledger, offerId: number): Promise<LedgerOffer> {
  const answer = await readContract(ledger, 'flexRequests', 'offerOf', offerId)
  const [state, requestId, portfolioId, commitment, withinCap] = answer as unknown as [
    bigint,
    bigint,
    bigint,
    string,
    bigint,
  ]
  return {
    state: OFFER_STATES[Number(state)] ?? 'none',
    requestId: Number(requestId),
    portfolioId: Number(portfolioId),
    commitment,
    optionsWithinCap: Array.from({ length: MOST_OPTIONS }, (_, place) => place).filter(
      (place) => ((withinCap >> BigInt(place)) & 1n) === 1n,
    ),
  }
}

/** Requests are numbered from 1 to this. */
export async function readRequestCount(ledger: Ledger): Promise<number> {
  const [count] = await readContract(ledger, 'flexRequests', 'requestCount')
  return Number(count)
}

/** Offers are numbered from 1 to this. */
export async function readOfferCount(ledger: Ledger): Promise<number> {
  const [count] = await readContract(ledger, 'flexRequests', 'offerCount')
  return Number(count)
}

function numberOrNull(value: bigint): number | null {
  return value === 0n ? null : Number(value)
}
