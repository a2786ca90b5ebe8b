/** A signed order as it is kept until its gate closes. Hex is in lower case; times are unix seconds. */
export type NewOrder = {
  readonly digest: string
  readonly area: number
  readonly period: number
  readonly trader: number
  readonly side: 'bid' | 'offer'
  readonly quantityWh: number
  readonly limitPriceMicroEuroPerKwh: number
  readonly expiry: number
  readonly salt: bigint
  readonly signature: string
  /** Address of the key that signed. */
  readonly signingKey: string
  /** Whether only a contract can say that the key signed: then the order goes over the ledger, without a receipt. */
  readonly isForLedger: boolean
  readonly receivedAt: number
  readonly gateClosure: number
  /** Micro-euro: the most that the member's bid and offer of the session may put at risk together. */
  readonly allowance: bigint
}

/** `already-placed` is this very order; `superseded` one whose salt is not greater than that of an order placed before. */
export type Placing =
  | { readonly outcome: 'placed' | 'already-placed'; readonly position: number; readonly receipt: string | null }
  | { readonly outcome: 'superseded'; readonly salt: bigint }
  | { readonly outcome: 'over-allowance'; readonly exposure: bigint; readonly otherSide: bigint }
  | { readonly outcome: 'gate-closed' }

/** What decides how much an order puts at risk. */
export type OrderTerms = Pick<NewOrder, 'period' | 'side' | 'quantityWh' | 'limitPriceMicroEuroPerKwh'>

/** The order that counts of a member's side in a session. */
export type StandingOrder = OrderTerms & Pick<NewOrder, 'area' | 'trader' | 'salt'>

/** What the sessions hold already. */
export type SessionBook = {
  readonly sessions: readonly {
    readonly area: number
    readonly period: number
    readonly isGateClosed: boolean
    /** Of its latest order; 0 before the first. */
    readonly lastPosition: number
  }[]
  readonly standing: readonly StandingOrder[]
  readonly placed: readonly { readonly digest: string; readonly position: number; readonly receipt: string | null }[]
}

export type PlacingRules = {
  /** Micro-euro. */
  readonly exposureOf: (order: OrderTerms) => bigint
  /** The receipt's signature: always the same for the same receipt. */
  readonly signReceipt: (receipt: { orderDigest: string; position: number; deadline: number }) => string
}

/**
 * What becomes of the orders, one after the other in the sequence of their arrival: whoever comes first is counted
 * when the next one is looked at. Positions go on from the session's last one without a gap.
 */
export function placingsOf(book: SessionBook, orders: readonly NewOrder[], rules: PlacingRules): Placing[] {
  const sessions = new Map(book.sessions.map((session) => [sessionKeyOf(session), { ...session }]))
  const placed = new Map(book.placed.map(({ digest, position, receipt }) => [digest, { position, receipt }]))
  const standing = new Map(
    book.standing.map((order) => [sideKeyOf(order), { salt: order.salt, exposure: rules.exposureOf(order) }]),
  )

  return orders.map((order): Placing => {
    const known = placed.get(order.digest)
    if (known !== undefined) return { outcome: 'already-placed', ...known }
    const session = sessions.get(sessionKeyOf(order))
    if (session === undefined || session.isGateClosed) return { outcome: 'gate-closed' }
    const replaced = standing.get(sideKeyOf(order))
    if (replaced !== undefined && order.salt <= replaced.salt) return { outcome: 'superseded', salt: replaced.salt }
    const exposure = rules.exposureOf(order)
    const otherSide =
      standing.get(sideKeyOf({ ...order, side: order.side === 'bid' ? 'offer' : 'bid' }))?.exposure ?? 0n
    // What puts nothing at risk, as a cancellation, is never refused for what the other side does.
    if (exposure > 0n && exposure + otherSide > order.allowance)
      return { outcome: 'over-allowance', exposure, otherSide }

    session.lastPosition += 1
    const position = session.lastPosition
    const receipt = order.isForLedger
      ? null
      : rules.signReceipt({ orderDigest: order.digest, position, deadline: order.gateClosure })
    placed.set(order.digest, { position, receipt })
    standing.set(sideKeyOf(order), { salt: order.salt, exposure })
    return { outcome: 'placed', position, receipt }
  })
}

function sessionKeyOf({ area, period }: { area: number; period: number }): string {
  return `${area}:${period}`
}

function sideKeyOf({ area, period, trader, side }: Pick<NewOrder, 'area' | 'period' | 'trader' | 'side'>): string {
  return `${area}:${period}:${trader}:${side}`
}
