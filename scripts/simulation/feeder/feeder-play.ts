import type { CommandAction, CommandAnswer } from '../../../services/domain/devices/command.ts'
import { startOf, type DeliveryPeriod } from '../../../services/domain/units.ts'
import { drawBetween, type Seed } from './draw.ts'
import {
  FLEXIBLE_KINDS,
  firstStateOf,
  stepFeeder,
  type FeederState,
  type FeederWorld,
  type FlexibleKind,
  type HomeFlow,
  type SetPoints,
} from './feeder-world.ts'
import { heldPowerAt } from './held-power.ts'

/** One device of the feeder. */
export type FlexibleDevice = { readonly place: number; readonly kind: FlexibleKind }

/** A feeder's world as it goes by, one period after the other, its devices told what they are told. */
export type FeederPlay = {
  /** Has the device do so from the next period that begins, in the place of what it was told before. */
  readonly tell: (device: FlexibleDevice, action: CommandAction) => CommandAnswer
  /** Begins the next period: whatever was told by now counts for it. */
  readonly begin: (period: DeliveryPeriod) => void
  /** What flows in a period that has begun, by the home's position. */
  readonly flowsOf: (period: DeliveryPeriod) => readonly HomeFlow[]
  /** How things stand at the end of the period that began last. */
  readonly state: () => FeederState
  /** What flowed in all periods that have begun. */
  readonly flows: () => readonly (readonly HomeFlow[])[]
}

const DONE: CommandAnswer = { status: 'done' }

/** Draws which devices ignore what they are told, so many thousandths of them; the same ones for one seed. */
export function drawIgnoring(seed: Seed, permille: number): (device: FlexibleDevice) => boolean {
  return ({ place, kind }) => {
    const index = FLEXIBLE_KINDS.indexOf(kind)
    return drawBetween(seed, 'disobedience', { home: place, index }, [0, 999]) < permille
  }
}

/** Who `ignores` says to each command that it is done, and does as it likes. */
export function playFeeder(world: FeederWorld, ignores: (device: FlexibleDevice) => boolean = () => false): FeederPlay {
  const told = new Map<string, CommandAction>()
  const flows: (readonly HomeFlow[])[] = []
  let state = firstStateOf(world)

  const heldIn = (period: DeliveryPeriod): SetPoints =>
    new Map(
      world.homes.map((_, place) => {
        const held = FLEXIBLE_KINDS.flatMap((kind) => {
          const powerW = heldPowerAt(told.get(nameOf({ place, kind })) ?? null, startOf(period))
          return powerW === null ? [] : [[kind, powerW] as const]
        })
        return [place, Object.fromEntries(held)]
      }),
    )

  return {
    tell(device, action) {
      if (action.kind === 'charge-limit') return { status: 'refused', reason: 'it has no limits of its charge' }
      if (!ignores(device)) told.set(nameOf(device), action)
      return DONE
    },
    begin(period) {
      if (period !== world.firstPeriod + state.position) throw new RangeError(`${period} is not the next period`)
      const step = stepFeeder(world, state, heldIn(period))
      state = step.state
      flows.push(step.flows)
    },
    flowsOf(period) {
      const begun = flows[period - world.firstPeriod]
      if (begun === undefined) throw new RangeError(`${period} has not begun`)
      return begun
    },
    state: () => state,
    flows: () => flows,
  }
}

function nameOf({ place, kind }: FlexibleDevice): string {
  return `${place} ${kind}`
}
