import {
  FLEXIBLE_KINDS,
  stepHome,
  type FeederHome,
  type FeederState,
  type FeederWorld,
  type FlexibleKind,
  type HomeFlow,
  type HomeSetPoints,
  type HomeState,
} from './feeder-world.ts'

/**
 * By how much less a device could take in the periods of a window, in W of the mean of a period. Its home draws as much less,
 * since no other device makes up for it.
 */
export type DeviceFlexibility = {
  /** Position of its home. */
  readonly home: number
  readonly kind: FlexibleKind
  /** What it takes if nobody tells it anything; negative where it gives. By period of the window. */
  readonly plannedW: readonly number[]
  /** By how much less it could take in the period if it were told in that one alone. */
  readonly mostLessW: readonly number[]
  /**
   * By how much less it can take in all of these periods together: as much as `mostLessW`, cut off at the highest level
   * that it can keep up. To be told `plannedW` less this in each of them has it take exactly so much less.
   */
  readonly heldLessW: readonly number[]
  /** What it takes more than planned behind the window, if it is called so; negative where less. Empty where nothing changes. */
  readonly rebound: readonly { readonly position: number; readonly moreW: number }[]
}

/** The first period, and how many of them. */
export type FlexWindow = { readonly position: number; readonly periods: number }

/** How far behind a window a rebound is looked for: cars have left by then, and batteries had their day. */
const REBOUND_PERIODS = 96

type Course = { readonly flows: readonly HomeFlow[]; readonly states: readonly HomeState[] }
type Told = (offset: number) => HomeSetPoints

const NOTHING: Told = () => ({})

/**
 * What every battery and car of the feeder could take less in a window that is ahead, if nobody is told anything until
 * then. A device that could do nothing is left out.
 * Throws a `RangeError` for a window that has begun or reaches beyond the run.
 */
export function flexibilityOf(
  world: FeederWorld,
  state: FeederState,
  window: FlexWindow,
): readonly DeviceFlexibility[] {
  const { position, periods } = window
  if (position < state.position || periods < 1 || position + periods > world.periods)
    throw new RangeError(`no window of ${periods} periods from ${position} is ahead of ${state.position}`)
  return world.homes.flatMap((home, place) => {
    const kinds = FLEXIBLE_KINDS.filter((kind) => (kind === 'battery' ? home.battery : home.car) !== null)
    if (kinds.length === 0) return []
    const before = run(home, state.homes[place]!, { from: state.position, to: position }, NOTHING)
    const begun = before.states.at(-1) ?? state.homes[place]!
    return kinds.flatMap((kind) => flexibilityOfDevice(home, begun, window, { kind, place, end: world.periods }))
  })
}

function flexibilityOfDevice(
  home: FeederHome,
  state: HomeState,
  { position, periods }: FlexWindow,
  { kind, place, end }: { readonly kind: FlexibleKind; readonly place: number; readonly end: number },
): readonly DeviceFlexibility[] {
  const to = Math.min(end, position + periods + REBOUND_PERIODS)
  const planned = run(home, state, { from: position, to }, NOTHING)
  const plannedW = planned.flows.map((flow) => powerOf(flow, kind))
  const stateAt = (offset: number) => (offset === 0 ? state : planned.states[offset - 1]!)
  const mostLessW = plannedW.slice(0, periods).map((powerW, offset) => {
    const { flow } = stepHome(home, stateAt(offset), position + offset, { [kind]: -Number.MAX_SAFE_INTEGER })
    return powerW - powerOf(flow, kind)
  })
  if (mostLessW.every((lessW) => lessW === 0)) return []

  const called = (levelW: number): Course =>
    run(home, state, { from: position, to }, (offset) =>
      offset < periods ? { [kind]: plannedW[offset]! - Math.min(levelW, mostLessW[offset]!) } : {},
    )
  const isHeld = (levelW: number): boolean => {
    const { flows } = called(levelW)
    return mostLessW.every(
      (lessW, offset) => plannedW[offset]! - powerOf(flows[offset]!, kind) === Math.min(levelW, lessW),
    )
  }
  const levelW = highestHeld(Math.max(...mostLessW), isHeld)
  const after = called(levelW).flows.map((flow) => powerOf(flow, kind))
  return [
    {
      ...{ home: place, kind, mostLessW },
      plannedW: plannedW.slice(0, periods),
      heldLessW: mostLessW.map((lessW) => Math.min(levelW, lessW)),
      rebound: after
        .map((powerW, offset) => ({ position: position + offset, moreW: powerW - plannedW[offset]! }))
        .filter(({ position: at, moreW }) => at >= position + periods && moreW !== 0),
    },
  ]
}

/** The highest level, a multiple of 4 W, that is held; whatever is below one that is held is held too. */
function highestHeld(mostW: number, isHeld: (levelW: number) => boolean): number {
  let [low, high] = [0, mostW / 4]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (isHeld(4 * middle)) low = middle
    else high = middle - 1
  }
  return 4 * low
}

function powerOf({ batteryWh, carWh }: HomeFlow, kind: FlexibleKind): number {
  return 4 * (kind === 'battery' ? batteryWh : carWh)
}

function run(
  home: FeederHome,
  begun: HomeState,
  { from, to }: { readonly from: number; readonly to: number },
  told: Told,
): Course {
  const flows: HomeFlow[] = []
  const states: HomeState[] = []
  let state = begun
  for (let position = from; position < to; position += 1) {
    const step = stepHome(home, state, position, told(position - from))
    state = step.state
    states.push(state)
    flows.push(step.flow)
  }
  return { flows, states }
}
