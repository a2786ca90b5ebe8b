import type { Store } from '../connect.ts'

export type MemberAccount = { readonly memberId: number; readonly name: string }

/** The households of which one of these addresses is the account, as the ledger's registry has it. */
export async function listHouseholdsOf(store: Store, accounts: readonly string[]): Promise<MemberAccount[]> {
  return store.client.$queryRaw<MemberAccount[]>`
    SELECT h.member_id AS "memberId", h.name FROM households h LEFT JOIN members m ON m.id = h.member_id
    WHERE coalesce(m.account, h.account) = ANY(${[...accounts]})
    ORDER BY h.member_id`
}

/** Whether the account is of the market: it is a member's, is joining, or holds a credential. */
export async function isAccountKnown(store: Store, account: string): Promise<boolean> {
  const counts = await Promise.all([
    store.client.member.count({ where: { account }, take: 1 }),
    store.client.joining.count({ where: { account }, take: 1 }),
    store.client.credential.count({ where: { subject: account }, take: 1 }),
  ])
  return counts.some((count) => count > 0)
}

/** Which of the members are households, those that were erased among them; the others are institutions. */
export async function listHouseholdsAmong(store: Store, memberIds: readonly number[]): Promise<ReadonlySet<number>> {
  const among = { in: [...new Set(memberIds)] }
  const [households, members] = await Promise.all([
    store.client.household.findMany({ where: { memberId: among }, select: { memberId: true } }),
    store.client.member.findMany({ where: { id: among, kind: 'household' }, select: { id: true } }),
  ])
  return new Set([...households.map(({ memberId }) => memberId), ...members.map(({ id }) => id)])
}
