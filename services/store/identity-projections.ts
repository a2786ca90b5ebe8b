import type { Prisma } from './generated/client.ts'
import {
  ACCREDITATIONS,
  CREDENTIALS,
  DID_OWNERS,
  insert,
  jsonOf,
  REVOKED_KEYS,
  type AccreditationRow,
  type CredentialRow,
  type DidOwnerRow,
  type RevokedKeyRow,
} from './projection-tables.ts'

/** What a household's credentials let it do; `tradesUntil` in unix seconds. */
export type Standing = { readonly mayBid: boolean; readonly mayOffer: boolean; readonly tradesUntil: bigint }
export type CredentialChange = Pick<
  CredentialRow,
  'id' | 'status' | 'changedBlock' | 'changedTransaction' | 'changedBy'
>
/** Status null: removed. */
export type AccreditationChange = Omit<AccreditationRow, 'status'> & { readonly status: string | null }

/** What a run of blocks changes in who is who, and in what members may sign with. */
export type IdentityBatch = {
  /** By household: unix seconds of its registration. */
  readonly registrations: Map<number, number>
  /** By household: the last change counts. */
  readonly standings: Map<number, Standing>
  readonly tradingKeys: Map<number, string>
  /** By member and key. */
  readonly revokedKeys: Map<string, RevokedKeyRow>
  readonly credentials: CredentialRow[]
  /** By credential: the last change of its status counts. */
  readonly credentialChanges: Map<string, CredentialChange>
  /** By issuer, role and area. */
  readonly accreditations: Map<string, AccreditationChange>
  /** By identity. */
  readonly didOwners: Map<string, DidOwnerRow>
}

type Client = Prisma.TransactionClient

/** Credentials, accreditations and owners. */
export async function writeIdentity(client: Client, batch: IdentityBatch): Promise<void> {
  await insert(client, CREDENTIALS, batch.credentials)
  await writeCredentialChanges(client, [...batch.credentialChanges.values()])
  await writeAccreditations(client, [...batch.accreditations.values()])
  await insert(client, DID_OWNERS, [...batch.didOwners.values()])
}

/** Standing and keys of members, once these and credentials are written. */
export async function writeTradingRights(client: Client, batch: IdentityBatch): Promise<void> {
  await writeFirstStandings(client, batch)
  for (const [id, data] of batch.standings) await client.member.update({ where: { id }, data })
  for (const [id, tradingKey] of batch.tradingKeys) await client.member.update({ where: { id }, data: { tradingKey } })
  await insert(client, REVOKED_KEYS, [...batch.revokedKeys.values()])
}

async function writeCredentialChanges(client: Client, changes: readonly CredentialChange[]): Promise<void> {
  if (changes.length === 0) return
  await client.$executeRaw`
    UPDATE credentials SET status = change.status,
                           changed_block = change."changedBlock",
                           changed_transaction = change."changedTransaction",
                           changed_by = change."changedBy"
    FROM jsonb_to_recordset(${jsonOf(changes)}::jsonb)
      AS change(id text, status text, "changedBlock" int, "changedTransaction" text, "changedBy" text)
    WHERE credentials.id = change.id`
}

async function writeAccreditations(client: Client, changes: readonly AccreditationChange[]): Promise<void> {
  if (changes.length === 0) return
  await client.$executeRaw`
    DELETE FROM accreditations USING jsonb_to_recordset(${jsonOf(changes)}::jsonb)
      AS change(issuer text, role text, area bigint)
    WHERE accreditations.issuer = change.issuer AND accreditations.role = change.role
      AND accreditations.area = change.area`
  const rows = changes.flatMap(({ status, ...row }) => (status === null ? [] : [{ ...row, status }]))
  await insert(client, ACCREDITATIONS, rows)
}

/**
 * A household's standing when it is registered, of which the ledger tells only what changes later: what the registry
 * found in its credentials of the area. Where they changed since without a change of standing, they give the same as of
 * that change; with one, its event counts. So it makes no difference where a batch ends.
 */
async function writeFirstStandings(client: Client, { registrations }: IdentityBatch): Promise<void> {
  if (registrations.size === 0) return
  const rows = [...registrations].map(([id, registeredAt]) => ({ id, registeredAt }))
  await client.$executeRaw`
    WITH held AS (
      SELECT member.id, row."registeredAt", credential.*
      FROM jsonb_to_recordset(${jsonOf(rows)}::jsonb) AS row(id int, "registeredAt" int)
      JOIN members AS member ON member.id = row.id
      JOIN LATERAL (
        SELECT role, valid_from, valid_until, status, changed.timestamp AS changed_at,
          row_number() OVER (PARTITION BY role ORDER BY issued_block DESC, issued_log_index DESC) AS age
        FROM credentials JOIN indexed_blocks AS changed ON changed.number = changed_block
        WHERE subject = member.account AND area = member.area
      ) AS credential ON true
    ), looked AS (
      SELECT id, greatest(max("registeredAt"), max(changed_at)) AS time FROM held GROUP BY id
    ), expiry AS (
      SELECT id,
        max(valid_until) FILTER (WHERE role = 'connection-point') AS connection,
        max(valid_until) FILTER (WHERE role = 'prosumer') AS prosumer,
        max(valid_until) FILTER (WHERE role = 'microgrid-trader') AS trader,
        max(valid_until) FILTER (WHERE role = 'consumer') AS consumer
      FROM held JOIN looked USING (id)
      WHERE age = 1 AND status = 'active' AND valid_from <= time AND valid_until > time
      GROUP BY id
    )
    UPDATE members SET may_bid = true,
                       may_offer = coalesce(prosumer, trader) IS NOT NULL,
                       trades_until = least(connection, coalesce(prosumer, trader, consumer))
    FROM expiry
    WHERE members.id = expiry.id AND connection IS NOT NULL AND coalesce(prosumer, trader, consumer) IS NOT NULL`
}
