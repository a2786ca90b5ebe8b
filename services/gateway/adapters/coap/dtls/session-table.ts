import type { LiveSession } from './session.ts'

/** The sessions of a server by address, the one heard from last at the end. */
export type SessionTable = {
  readonly at: (address: string) => LiveSession | undefined
  /** Puts a session in; gives those that had to go: its predecessor, the oldest of its identity, the longest idle. */
  readonly put: (session: LiveSession) => LiveSession[]
  readonly touch: (session: LiveSession) => void
  readonly remove: (session: LiveSession) => void
  /** Takes out those not heard from since. */
  readonly takeIdle: (sinceMs: number) => LiveSession[]
  readonly all: () => LiveSession[]
  readonly size: () => number
}

export type SessionLimits = {
  readonly maxSessions: number
  /** A device comes from a new port after its network changed; so many of its sessions live beside one another. */
  readonly maxPerIdentity: number
}

export function createSessionTable({ maxSessions, maxPerIdentity }: SessionLimits): SessionTable {
  const sessions = new Map<string, LiveSession>()
  const byIdentity = new Map<string, Set<LiveSession>>()

  const remove = (session: LiveSession): void => {
    if (sessions.get(session.address) === session) sessions.delete(session.address)
    const siblings = byIdentity.get(session.identity)
    siblings?.delete(session)
    if (siblings?.size === 0) byIdentity.delete(session.identity)
  }

  const touch = (session: LiveSession): void => {
    if (!sessions.delete(session.address)) return
    sessions.set(session.address, session)
  }

  const leastHeard = (candidates: Iterable<LiveSession>): LiveSession =>
    [...candidates].reduce((oldest, one) => (one.heardAtMs() < oldest.heardAtMs() ? one : oldest))

  return {
    at: (address) => sessions.get(address),
    put: (session) => {
      const gone: LiveSession[] = []
      const drop = (one: LiveSession | undefined): void => {
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
      const idle: LiveSession[] = []
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
