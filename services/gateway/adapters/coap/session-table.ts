/** A secured connection or association, as far as its table must know it. */
export type Held = { readonly address: string; readonly identity: string; readonly heardAtMs: () => number }

/** What a server holds, by address, the one heard from last at the end. */
export type SessionTable<S extends Held> = {
  readonly at: (address: string) => S | undefined
  /** Puts a session in; gives those that had to go: its predecessor, the oldest of its identity, the longest idle. */
  readonly put: (session: S) => S[]
  readonly touch: (session: S) => void
  readonly remove: (session: S) => void
  /** Takes out those not heard from since. */
  readonly takeIdle: (sinceMs: number) => S[]
  readonly all: () => S[]
  readonly size: () => number
}

export type SessionLimits = {
  readonly maxSessions: number
  /** A device comes from a new port after its network changed; so many of its sessions live beside one another. */
  readonly maxPerIdentity: number
}

export function createSessionTable<S extends Held>({ maxSessions, maxPerIdentity }: SessionLimits): SessionTable<S> {
  const sessions = new Map<string, S>()
  const byIdentity = new Map<string, Set<S>>()

  const remove = (session: S): void => {
    if (sessions.get(session.address) === session) sessions.delete(session.address)
    const siblings = byIdentity.get(session.identity)
    siblings?.delete(session)
    if (siblings?.size === 0) byIdentity.delete(session.identity)
  }

  const touch = (session: S): void => {
    if (!sessions.delete(session.address)) return
    sessions.set(session.address, session)
  }

  const leastHeard = (candidates: Iterable<S>): S =>
    [...candidates].reduce((oldest, one) => (one.heardAtMs() < oldest.heardAtMs() ? one : oldest))

  return {
    at: (address) => sessions.get(address),
    put: (session) => {
      const gone: S[] = []
      const drop = (one: S | undefined): void => {
        if (one === undefined) return
        remove(one)
        gone.push(one)
      }
      drop(sessions.get(session.address))
      const siblings = byIdentity.get(session.identity)
      if (siblings !== undefined && siblings.size >= maxPerIdentity) drop(leastHeard(siblings))
      if (sessions.size >= maxSessions) drop(sessions.values().next().value)
      sessions.set(session.address, session)
      const all = byIdentity.get(session.identity) ?? new Set()
      byIdentity.set(session.identity, all.add(session))
      return gone
    },
    touch,
    remove,
    takeIdle: (sinceMs) => {
      const idle: S[] = []
      for (const session of sessions.values()) {
        if (session.heardAtMs() >= sinceMs) break
        idle.push(session)
      }
      idle.forEach(remove)
      return idle
    },
    all: () => [...sessions.values()],
    size: () => sessions.size,
  }
}
