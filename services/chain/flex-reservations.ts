import type { FlexReservation } from '../domain/flexibility/trading/flex-reservation.ts'
import { money, powerW, rate, type DeliveryPeriod, type PowerW } from '../domain/units.ts'
import { packReservedPowers, packWindows, type ReservedPower } from './flex-periods.ts'
import { RESERVATION_STATES, type ReservationState } from './flex-states.ts'
import { readContract, type Ledger } from './ledger.ts'
import type { Call } from './transactions.ts'

/** What a buyer proposes to a portfolio. */
export type ReservationDraft = Pick<
  FlexReservation,
  'availabilityPrice' | 'utilisationPrice' | 'releaseLeadSeconds' | 'windows'
> & { readonly pointId: number; readonly productId: number; readonly portfolioId: number }

/** Of the windows the ledger keeps no more than it needs: the store has them. */
export type LedgerReservation = Omit<ReservationDraft, 'windows'> & { readonly state: ReservationState }

/** By the product's buyer. */
export function proposeReservationCall(draft: ReservationDraft): Call {
  const { pointId, productId, portfolioId, availabilityPrice, utilisationPrice, windows } = draft
  const releaseLead = draft.releaseLeadSeconds
  return {
    contract: 'flexReservations',
    function: 'propose',
    arguments: [
      { pointId, productId, portfolioId, availabilityPrice, utilisationPrice, releaseLead },
      packWindows(windows),
    ],
  }
}

/** Before the first window begins, by the portfolio's aggregator. */
export function agreeReservationCall(reservationId: number): Call {
  return { contract: 'flexReservations', function: 'agree', arguments: [reservationId] }
}

/** Before it is agreed, by either side. */
export function withdrawReservationCall(reservationId: number): Call {
  return { contract: 'flexReservations', function: 'withdraw', arguments: [reservationId] }
}

/**
 * What stays reserved, by the product's buyer.
 * @param reference The buyer's own number of the release, 32 bytes as 0x-hex.
 */
export function releaseReservationCall(
  reservationId: number,
  reference: string,
  periods: readonly ReservedPower[],
): Call {
  return {
    contract: 'flexReservations',
    function: 'release',
    arguments: [reservationId, reference, packReservedPowers(periods)],
  }
}

/** Throws `flex-reservations-unknown`. */
export async function readReservation(ledger: Ledger, reservationId: number): Promise<LedgerReservation> {
  const answer = await readContract(ledger, 'flexReservations', 'reservationOf', reservationId)
  const [found, state] = answer as unknown as [
    Record<'pointId' | 'productId' | 'portfolioId' | 'availabilityPrice' | 'utilisationPrice' | 'releaseLead', bigint>,
    bigint,
  ]
  return {
    state: RESERVATION_STATES[Number(state)] ?? 'none',
    pointId: Number(found.pointId),
    productId: Number(found.productId),
    portfolioId: Number(found.portfolioId),
    availabilityPrice: money(found.availabilityPrice),
    utilisationPrice: rate(found.utilisationPrice),
    releaseLeadSeconds: Number(found.releaseLead),
  }
}

/** After the releases; 0 where it is not agreed. */
export async function readReservedAt(ledger: Ledger, reservationId: number, period: DeliveryPeriod): Promise<PowerW> {
  const [power] = await readContract(ledger, 'flexReservations', 'reservedAt', reservationId, period)
  return powerW(power as bigint)
}

/** Reservations are numbered from 1 to this. */
export async function readReservationCount(ledger: Ledger): Promise<number> {
  const [count] = await readContract(ledger, 'flexReservations', 'reservationCount')
  return Number(count)
}
