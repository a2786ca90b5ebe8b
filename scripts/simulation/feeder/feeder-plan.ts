import {
  firstStateOf,
  stepFeeder,
  type FeederState,
  type FeederWorld,
  type HomeFlow,
  type SetPoints,
} from './feeder-world.ts'

/** What flows in the periods of a run that begins in a state, by position from there on. */
export type FeederPlan = {
  /** The state in which the first of these periods begins. */
  readonly state: FeederState
  /** By position after that of the state, and then by home. */
  readonly flows: readonly (readonly HomeFlow[])[]
}

const NOBODY_TOLD: SetPoints = new Map()

/** What flows from the state on to the end of the run where nobody is told anything. */
export function planFrom(world: FeederWorld, state: FeederState): FeederPlan {
  const flows: (readonly HomeFlow[])[] = []
  for (let current = state; current.position < world.periods;) {
    const step = stepFeeder(world, current, NOBODY_TOLD)
    flows.push(step.flows)
    current = step.state
  }
  return { state, flows }
}

/** What flows in the whole run where nobody is told anything. */
export function unmanagedPlanOf(world: FeederWorld): FeederPlan {
  return planFrom(world, firstStateOf(world))
}

/** What the homes draw together, the mean of each period in W; negative where they feed in. */
export function loadingOf(flows: FeederPlan['flows']): readonly number[] {
  return flows.map((homes) => 4 * homes.reduce((sum, { netWh }) => sum + netWh, 0))
}

/** The highest draw of the feeder, the mean of a period in W; 0 where it never draws. */
export function peakOf(loadingW: readonly number[]): number {
  return loadingW.reduce((peak, powerW) => Math.max(peak, powerW), 0)
}

/** A share of the peak, in thousandths of it, in W rounded down. */
export function limitOf(peakW: number, permille: number): number {
  return Math.floor((peakW * permille) / 1_000)
}

/** In how many periods more is drawn than the limit. */
export function periodsAbove(loadingW: readonly number[], limitW: number): number {
  return loadingW.filter((powerW) => powerW > limitW).length
}
