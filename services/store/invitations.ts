import type { Membership } from '../domain/joining/wishes.ts'
import type { Store } from './connect.ts'

/** A one-time link by which a home joins. Times are unix seconds of the wall clock. */
export type Invitation = {
  readonly id: string
  readonly area: number
  readonly name: string
  readonly membership: Membership
  readonly creditLineMicroEuro: bigint
  /** Address of the manager that made it. */
  readonly createdBy: string
  readonly createdAt: number
  readonly expiresAt: number
  readonly withdrawnAt: number | null
  /** Address of whoever used it; null before. */
  readonly account: string | null
}

export type NewInvitation = Omit<Invitation, 'withdrawnAt' | 'account'> & {
  /** SHA-256 of the code, hex. */
  readonly codeHash: string
}

/** Keeps the invitation, unless a home of the area has its name or is going to: resolves to whether it was kept. */
export async function insertInvitation(store: Store, invitation: NewInvitation, now: number): Promise<boolean> {
  const { area, name } = invitation
  return store.client.$transaction(async (transaction) => {
    await transaction.$executeRaw`SELECT pg_advisory_xact_lock(hashtext(${`invitations:${area}`}))`
    const open = { area, name, account: null, withdrawnAt: null, expiresAt: { gt: now } }
    const named = [
      await transaction.invitation.count({ where: open }),
      await transaction.joining.count({ where: { area, name } }),
      await transaction.household.count({ where: { area, name } }),
    ]
    if (named.some((count) => count > 0)) return false
    await transaction.invitation.create({ data: invitation })
    return true
  })
}

/** The area's invitations, the newest first. */
export async function listInvitations(store: Store, area: number, most: number): Promise<Invitation[]> {
  const rows = await store.client.invitation.findMany({
    where: { area },
    omit: { codeHash: true, usedAt: true },
    orderBy: [{ createdAt: 'desc' }, { id: 'asc' }],
    take: most,
  })
  return rows.map((row) => ({ ...row, membership: membershipOf(row.membership) }))
}

/** Null where there is no such invitation. */
export async function readInvitation(store: Store, area: number, id: string): Promise<Invitation | null> {
  const row = await store.client.invitation.findUnique({ where: { id, area }, omit: { codeHash: true, usedAt: true } })
  return row === null ? null : { ...row, membership: membershipOf(row.membership) }
}

/** Null where no invitation has the code. */
export async function findInvitation(store: Store, codeHash: string): Promise<Invitation | null> {
  const row = await store.client.invitation.findUnique({ where: { codeHash }, omit: { codeHash: true, usedAt: true } })
  return row === null ? null : { ...row, membership: membershipOf(row.membership) }
}

/** Resolves to whether it was open until now: one that was used stays so. */
export async function withdrawInvitation(store: Store, id: string, withdrawnAt: number): Promise<boolean> {
  const open = { id, account: null, withdrawnAt: null }
  return (await store.client.invitation.updateMany({ where: open, data: { withdrawnAt } })).count === 1
}

/** Erases invitations that nobody used, and nobody can since `closedBy` or before; resolves to how many there were. */
export async function eraseUnusedInvitations(store: Store, closedBy: number): Promise<number> {
  const isClosed = [{ expiresAt: { lte: closedBy } }, { withdrawnAt: { lte: closedBy } }]
  return (await store.client.invitation.deleteMany({ where: { account: null, OR: isClosed } })).count
}

/**
 * Binds the invitation to the account, which joins with it from then on, all or nothing; resolves to whether it did.
 * Nobody else uses it after that, whoever comes at the same time.
 */
export async function useInvitation(
  store: Store,
  { codeHash, account, now }: { readonly codeHash: string; readonly account: string; readonly now: number },
): Promise<boolean> {
  return store.client.$transaction(async (transaction) => {
    // Of two invitations that one account uses at once, the second is left as it was.
    await transaction.$executeRaw`SELECT pg_advisory_xact_lock(hashtext(${`joining:${account}`}))`
    const used = await transaction.$executeRaw`
      WITH used AS (
        UPDATE invitations SET account = ${account}, used_at = ${now}::int
        WHERE code_hash = ${codeHash} AND account IS NULL AND withdrawn_at IS NULL AND expires_at > ${now}::int
          AND NOT EXISTS (SELECT FROM joinings WHERE account = ${account})
        RETURNING *)
      INSERT INTO joinings (account, invitation_id, area, name, membership, credit_line_micro_euro, started_at)
      SELECT account, id, area, name, membership, credit_line_micro_euro, used_at FROM used`
    return used === 1
  })
}

export function membershipOf(text: string): Membership {
  return text === 'consumer' ? 'consumer' : 'prosumer'
}
