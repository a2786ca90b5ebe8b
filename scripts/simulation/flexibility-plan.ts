import { parseEntityAddress } from '../../services/domain/flexibility/trading/entity-address.ts'
import { money, powerW, rate, type PowerW, type Rate } from '../../services/domain/units.ts'
import type { FlexibilityPlan } from '../setup/flexibility.ts'

/** What a home wants for a kWh that it shifts, in micro-euro, before the aggregator's fee. */
const ASK: Rate = rate(50_000n)
const FEE_PERMILLE = 500

/**
 * A feeder that may draw no more than its limit, and homes with a battery or a car that an aggregator has pooled. Relief is
 * ordered at a quarter of an hour's notice, for six hours at most, and measured against what the homes had nominated.
 */
export function feederFlexibility(
  limit: PowerW,
  homes: readonly string[],
  {
    mode = 'commandable',
    nominationLeadSeconds = 43_200,
    power,
  }: {
    readonly mode?: 'commandable' | 'informational'
    /** Seconds before a day begins by which the aggregator has nominated it. */
    readonly nominationLeadSeconds?: number
    readonly power: PowerW
  },
): FlexibilityPlan {
  return {
    point: { address: parseEntityAddress('ea1.2026-01.example.dso:feeder-1'), consumption: limit, feedIn: limit },
    product: {
      name: 'feeder relief',
      purpose: 'power',
      level: 'cell',
      direction: 'consume-less',
      activationLeadSeconds: 900,
      longestActivationSeconds: 6 * 3_600,
      recoverySeconds: 0,
      minimumSize: powerW(100n),
      availabilityPrice: money(10_000n),
      utilisationPrice: rate(1_000_000n),
      resolutionSeconds: 900,
      baseline: { name: 'nomination', gateClosureLeadSeconds: nominationLeadSeconds },
      // A tenth may be missing; what is missing beyond costs about its price, and half of it twice as much.
      penalty: [
        { abovePermille: 100, price: rate(400_000n) },
        { abovePermille: 500, price: rate(800_000n) },
      ],
    },
    portfolio: {
      ...{ name: 'Homes of the feeder', feePermille: FEE_PERMILLE, split: 'by-delivery', power },
      members: homes.map((name) => ({ name, mode, ask: ASK })),
    },
  }
}
