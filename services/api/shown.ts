import type { ChallengeView } from '../store/views/challenges.ts'
import type { NeighbourhoodView } from '../store/views/neighbourhood.ts'
import type { SessionFillView, SessionView } from '../store/views/sessions.ts'
import type { TraceView } from '../store/views/trace.ts'
import { isReadable, type Viewer } from './access/access.ts'

/** What a viewer is shown: households by number where not by name, and of their data no more than it may read. */
type Households = ReadonlySet<number>

/** The household's number in the place of its name, where the viewer may not know it. */
export function shownName<Named extends { readonly memberId: number; readonly name: string }>(
  viewer: Viewer,
  named: Named,
): Named {
  return { ...named, name: nameShown(viewer, named.memberId, named.name) }
}

/** Quarter-hours of the households that the viewer may see; the picture of all together stays. */
export function shownNeighbourhood(
  viewer: Viewer,
  households: Households,
  neighbourhood: NeighbourhoodView,
): NeighbourhoodView {
  return {
    ...neighbourhood,
    challenges: shownChallenges(viewer, households, neighbourhood.challenges),
    households: neighbourhood.households.map((household) => {
      const named = shownName(viewer, household)
      const isShown = isReadable(viewer['quarter-hours'], household.memberId)
      return isShown ? named : { ...named, isShown, role: null, latest: null }
    }),
  }
}

/** Fills are on the ledger, by trader; what a household pays is not, nor on a sealed day which trader it is. */
export function shownSession(viewer: Viewer, households: Households, session: SessionView): SessionView {
  const ofMember = <Named extends { readonly memberId: number; readonly name: string }>(named: Named) =>
    households.has(named.memberId) ? shownName(viewer, named) : named
  const maySee = ({ memberId }: { memberId: number }) =>
    !households.has(memberId) || isReadable(viewer.statements, memberId)
  const { settlement } = session
  return {
    ...session,
    closedBy: shownCloser(viewer, households, session.closedBy),
    fills: session.fills.map((fill) => shownFill(viewer, households, session.areTradersSealed, fill)),
    settlement: settlement && { ...settlement, statements: settlement.statements.filter(maySee).map(ofMember) },
  }
}

export function shownChallenges(
  viewer: Viewer,
  households: Households,
  challenges: readonly ChallengeView[],
): ChallengeView[] {
  return challenges.map((challenge) => {
    const { challenger, challengerName } = challenge
    if (!households.has(challenger)) return challenge
    return { ...challenge, challengerName: nameShown(viewer, challenger, challengerName) }
  })
}

/** The trace of a household that the viewer may read whole, but for other households' names. */
export function shownTrace(viewer: Viewer, households: Households, trace: TraceView): TraceView {
  const { gateClosure } = trace
  return {
    ...shownName(viewer, trace),
    gateClosure: gateClosure && {
      ...gateClosure,
      closedBy: shownCloser(viewer, households, gateClosure.closedBy) ?? gateClosure.closedBy,
    },
    challenges: shownChallenges(viewer, households, trace.challenges),
  }
}

/** The members whom these name. */
export function membersIn(views: {
  readonly closedBy?: SessionView['closedBy'] | undefined
  readonly challenges?: readonly ChallengeView[]
  readonly named?: readonly { readonly memberId: number }[]
}): number[] {
  const closer = views.closedBy?.memberId ?? null
  return [
    ...(closer === null ? [] : [closer]),
    ...(views.challenges ?? []).map(({ challenger }) => challenger),
    ...(views.named ?? []).map(({ memberId }) => memberId),
  ]
}

function shownFill(viewer: Viewer, households: Households, isSealed: boolean, fill: SessionFillView): SessionFillView {
  const { trader, memberId, name } = fill
  const isHidden = memberId !== null && isSealed && !isReadable(viewer.orders, memberId)
  if (memberId === null || isHidden) return { ...fill, memberId: null, name: `trader ${trader}` }
  if (!households.has(memberId)) return fill
  return { ...fill, name: nameShown(viewer, memberId, name) }
}

function shownCloser(viewer: Viewer, households: Households, closer: SessionView['closedBy']): SessionView['closedBy'] {
  if (closer === null || closer.memberId === null || closer.name === null || !households.has(closer.memberId))
    return closer
  return { ...closer, name: nameShown(viewer, closer.memberId, closer.name) }
}

function nameShown(viewer: Viewer, memberId: number, name: string): string {
  return isReadable(viewer.name, memberId) ? name : `member ${memberId}`
}
