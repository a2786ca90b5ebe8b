/** Each in the sequence of its contract's numbers. */
export const REQUEST_STATES = ['none', 'open', 'superseded', 'cancelled'] as const
export type RequestState = (typeof REQUEST_STATES)[number]

export const OFFER_STATES = ['none', 'sealed', 'opened', 'revoked', 'ordered'] as const
export type LedgerOfferState = (typeof OFFER_STATES)[number]

export const ORDER_STATES = ['none', 'binding', 'annulled', 'cancelled'] as const
export type LedgerOrderState = (typeof ORDER_STATES)[number]

export const RESERVATION_STATES = ['none', 'proposed', 'agreed', 'withdrawn'] as const
export type ReservationState = (typeof RESERVATION_STATES)[number]

/** Of a portfolio in the DSO's queue. */
export const QUEUE_STATES = ['none', 'waiting', 'prequalified', 'rejected'] as const
export type QueueState = (typeof QUEUE_STATES)[number]

/** How revenue and penalty are split among the members of a portfolio. */
export const SPLITS = ['by-delivery', 'shapley'] as const
export type PoolSplit = (typeof SPLITS)[number]
