import type { Store } from '../connect.ts'

export type MemberAccount = { readonly memberId: number; readonly name: string }

/** The households of which one of these addresses is the account, as the ledger's registry has it. */
export async function listHouseholdsOf(store: Store, accounts: readonly string[]): Promise<MemberAccount[]> {
  return store.client.$queryRaw<MemberAccount[]>`
    SELECT h.member_id AS "memberId", h.name FROM households h LEFT JOIN members m ON m.id = h.member_id
    WHERE coalesce(m.account, h.account) = ANY(${[...accounts]})
    ORDER BY h.member_id`
}

/** Which of the members are households; the others are institutions. */
export async function listHouseholdsAmong(store: Store, memberIds: readonly number[]): Promise<ReadonlySet<number>> {
  const rows = await store.client.household.findMany({
    where: { memberId: { in: [...new Set(memberIds)] } },
    select: { memberId: true },
  })
  return new Set(rows.map(({ memberId }) => memberId))
}
