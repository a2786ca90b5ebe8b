import type { Store } from '../connect.ts'

/** What an order is checked against of its member. */
export type OrderMember = {
  readonly memberId: number
  readonly area: number
  readonly tradingKey: string
  readonly quantityLimitWh: bigint
  readonly isActive: boolean
  readonly balanceMicroEuro: bigint
}

/** The households among these members, by number. */
export async function readOrderMembers(store: Store, memberIds: readonly number[]): Promise<Map<number, OrderMember>> {
  const rows = await store.client.member.findMany({
    where: { id: { in: [...new Set(memberIds)] }, kind: 'household' },
  })
  return new Map(
    rows.map((row) => [
      row.id,
      {
        memberId: row.id,
        area: row.area,
        tradingKey: row.tradingKey,
        quantityLimitWh: BigInt(row.quantityLimitWh),
        isActive: row.activeUntil === null,
        balanceMicroEuro: row.balanceMicroEuro,
      },
    ]),
  )
}
