import { z } from 'zod'
import { address, dayInPath, deliveryPeriod, hash, memberId, memberIdInPath, tradingDay, unixTime } from './scalars.ts'
import { amountMicroEuro, amountWh, assetLeaf, ledgerId, membership, place, signedMicroEuro } from './flex-scalars.ts'

export const householdFlexPath = z.object({ memberId: memberIdInPath })
export const householdFlex = z
  .object({
    memberId,
    memberships: z.array(membership),
    dispatches: z
      .array(
        z.object({
          orderId: ledgerId,
          device: address,
          mode: z.enum(['commandable', 'informational']),
          state: z.string(),
          detail: z.string(),
          periods: z.array(z.object({ deliveryPeriod, setPointW: z.number(), movedW: z.number() })),
          createdAt: unixTime,
        }),
      )
      .meta({ description: 'What was asked of its devices, the latest first; at most 200.' }),
    days: z
      .array(
        z.object({
          day: tradingDay,
          deliveredWh: amountWh,
          chargesMicroEuro: amountMicroEuro,
          creditsMicroEuro: amountMicroEuro,
          run: z.enum(['open', 'committed', 'void', 'paid']),
        }),
      )
      .meta({ description: 'What it delivered, paid and received by day, the latest first; at most 60.' }),
  })
  .meta({ id: 'HouseholdFlexibility' })

export const householdFlexDayPath = z.object({ memberId: memberIdInPath, day: dayInPath })
export const householdFlexDay = z
  .object({
    memberId,
    day: tradingDay,
    run: z.enum(['open', 'committed', 'void', 'paid']),
    root: hash.meta({ description: 'Of the tree of statements.' }),
    statement: z.object({
      ...place,
      entriesRoot: hash,
      chargesMicroEuro: amountMicroEuro,
      creditsMicroEuro: amountMicroEuro,
    }),
    entries: z
      .array(
        z.object({
          deliveryPeriod,
          ...place,
          deliveredWh: amountWh,
          revenueMicroEuro: amountMicroEuro,
          penaltyMicroEuro: amountMicroEuro,
          correctionMicroEuro: signedMicroEuro.meta({ description: 'Transfer of energy: paid where positive.' }),
        }),
      )
      .meta({ description: 'Of the periods in which it delivered, paid or received anything.' }),
    assets: z.array(assetLeaf).meta({ description: 'Its leaves, with which it challenges them.' }),
  })
  .meta({ id: 'HouseholdFlexibilityDay' })

export type HouseholdFlex = z.infer<typeof householdFlex>
export type HouseholdFlexDay = z.infer<typeof householdFlexDay>
