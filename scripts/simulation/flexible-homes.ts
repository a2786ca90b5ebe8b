import { readCalendar } from '../../services/chain/areas.ts'
import { powerW, type DeliveryPeriod } from '../../services/domain/units.ts'
import { flexibilityTopicOf, type FlexibilityMessage } from '../../services/runtime/home-flexibility.ts'
import { untilIndexed, type Platform } from '../platform.ts'
import type { FlexibilityPlan } from '../setup/flexibility.ts'
import { AREA } from '../setup/neighbourhood.ts'
import type { DriverOptions } from './driver.ts'
import { toldFlexibilityOf } from './feeder/told-flexibility.ts'
import { feederFlexibility } from './flexibility-plan.ts'
import { followFlexibility } from './flexibility-steps.ts'
import { feederDevicesOf, type FeederHomes } from './simulated-homes.ts'

/** Seconds before a day begins by which it is nominated, and as often as homes say what their devices can do. */
const NOMINATION_LEAD_SECONDS = 43_200
const PERIODS_BETWEEN = 4

/** The homes of the feeder that have a battery or a car are pooled; they may be called for all that their devices can do. */
export function flexibilityOfFeeder({ world, limit }: FeederHomes): FlexibilityPlan {
  const pooled = world.homes.filter(({ battery, car }) => battery !== null || car !== null)
  const power = pooled.reduce((sum, { battery, car }) => sum + 2 * (battery?.powerW ?? 0) + (car?.chargerW ?? 0), 0)
  return feederFlexibility(
    powerW(BigInt(limit!.limitW)),
    pooled.map(({ name }) => name),
    { nominationLeadSeconds: NOMINATION_LEAD_SECONDS, power: powerW(BigInt(power)) },
  )
}

/** What lets the homes take part: they say what their devices can do, and the clock waits for who buys and sells. */
export async function flexibleHomesOf(
  platform: Platform,
  { world, play }: FeederHomes,
  { memberIds, signal }: { readonly memberIds: readonly number[]; readonly signal: AbortSignal },
): Promise<Pick<DriverOptions, 'flexibility' | 'beforePeriod'>> {
  const { ledger, store, broker } = platform
  const calendar = await readCalendar(ledger, AREA)
  const devices = await feederDevicesOf(platform, world)
  const publish = async (messages: ReadonlyMap<number, FlexibilityMessage>) => {
    const told = [...messages].map(([place, message]) =>
      broker.publishAsync(flexibilityTopicOf(memberIds[place]!), JSON.stringify(message), { qos: 1, retain: true }),
    )
    await Promise.all(told)
  }
  const isDue = (period: DeliveryPeriod) => (period - world.firstPeriod) % PERIODS_BETWEEN === 0
  await publish(toldFlexibilityOf(world, play.state(), devices))
  return {
    async beforePeriod(period) {
      if (isDue(period)) await publish(toldFlexibilityOf(world, play.state(), devices))
    },
    flexibility: (until) =>
      followFlexibility({
        ...{ ledger, store, broker, calendar, until },
        nominationLeadSeconds: NOMINATION_LEAD_SECONDS,
        untilIndexed: () => untilIndexed(store, ledger, signal),
      }),
  }
}
