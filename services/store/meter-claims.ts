import type { Store } from './connect.ts'

/** A meter is asked to sign whose it is. */
export type MeterClaim = {
  readonly account: string
  readonly meter: string
  /** 32 bytes, 0x-hex. */
  readonly nonce: string
  /** Unix seconds by the ledger's clock. */
  readonly deadline: number
  /** Null until the meter signed. */
  readonly signature: string | null
}

/** The meters of those that are no members yet, each with what it was asked last; null where it was not asked. */
export async function listClaimedMeters(
  store: Store,
): Promise<{ readonly account: string; readonly meter: string; readonly claim: MeterClaim | null }[]> {
  const rows = await store.client.$queryRaw<
    {
      account: string
      meter: string
      nonce: string | null
      deadline: bigint | null
      signature: string | null
    }[]
  >`
    SELECT joining.account, joining.meter, claim.nonce, claim.deadline, claim.signature
    FROM joinings AS joining
    LEFT JOIN meter_claims AS claim ON claim.account = joining.account AND claim.meter = joining.meter
    WHERE joining.meter IS NOT NULL AND joining.given_up_at IS NULL
      AND NOT EXISTS (SELECT FROM households WHERE account = joining.account)
    ORDER BY joining.started_at, joining.account`
  return rows.map(({ account, meter, nonce, deadline, signature }) => ({
    account,
    meter,
    claim: nonce === null ? null : { account, meter, nonce, deadline: Number(deadline), signature },
  }))
}

/** Null where the meter was not asked yet. */
export async function readMeterClaim(store: Store, account: string, meter: string): Promise<MeterClaim | null> {
  const row = await store.client.meterClaim.findUnique({ where: { account_meter: { account, meter } } })
  return row === null ? null : { ...row, deadline: Number(row.deadline) }
}

/**
 * In the place of what the meter was asked before for this account, as long as it joins: what is written after its joining
 * was erased would stay. Resolves to whether it was written. The gateway is the only writer.
 */
export function writeMeterClaim(store: Store, claim: MeterClaim): Promise<boolean> {
  const row = { ...claim, deadline: BigInt(claim.deadline) }
  const { account, meter } = claim
  return store.client.$transaction(async (transaction) => {
    await transaction.$executeRaw`SELECT pg_advisory_xact_lock(hashtext(${`joining:${account}`}))`
    if ((await transaction.joining.count({ where: { account, givenUpAt: null } })) === 0) return false
    await transaction.meterClaim.upsert({ where: { account_meter: { account, meter } }, create: row, update: row })
    return true
  })
}

/** Keeps the signature of the claim with this nonce. */
export async function answerMeterClaim(
  store: Store,
  { account, meter, nonce, signature }: Omit<MeterClaim, 'deadline'>,
): Promise<void> {
  await store.client.meterClaim.updateMany({ where: { account, meter, nonce }, data: { signature } })
}
