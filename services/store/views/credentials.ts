import type { Role } from '../../domain/identity/role.ts'
import type { Store } from '../connect.ts'
import { Prisma, type Accreditation } from '../generated/client.ts'

export type CredentialStatus = 'active' | 'suspended' | 'revoked'

/** What the ledger says of a credential. Addresses are lower-case, times unix seconds by the ledger's clock. */
export type CredentialView = {
  readonly credentialId: string
  readonly issuer: string
  readonly subject: string
  readonly role: Role
  /** In which the role is held; 0 for every area. */
  readonly area: number
  /** Salted commitment to a connection point; null where there is none. */
  readonly connectionPoint: string | null
  readonly digest: string
  readonly validFrom: number
  /** Not included. */
  readonly validUntil: number
  readonly status: CredentialStatus
  readonly issuedAt: number
  readonly issuedTransaction: string
  /** Its last change of status, or its issue. */
  readonly changedAt: number
  readonly changedTransaction: string
  readonly changedBy: string
}

/** A role that is held now. */
export type HeldRole = Pick<CredentialView, 'role' | 'area' | 'credentialId' | 'validUntil'>

export type AccreditationView = {
  readonly role: Role
  /** 0 for every area. */
  readonly area: number
  readonly status: 'active' | 'suspended'
  readonly changedTransaction: string
}

export type CredentialFilter = {
  readonly area?: number | undefined
  readonly role?: Role | undefined
  readonly status?: CredentialStatus | undefined
  /** `nextBefore` of the page before. */
  readonly before?: string | undefined
  readonly limit: number
}

type CredentialRow = Omit<CredentialView, 'area' | 'validFrom' | 'validUntil'> & {
  readonly area: bigint
  readonly validFrom: bigint
  readonly validUntil: bigint
  readonly issuedBlock: number
  readonly issuedLogIndex: number
}

const EVERY_AREA = 0n
/** Issuers are trusted, but not to fill a page without end. */
const MOST_HELD = 500
const MOST_ACCREDITATIONS = 500

/** The roles that the address holds at that time of the ledger, by the last block indexed. */
export async function readRolesOf(store: Store, address: string, time: number): Promise<HeldRole[]> {
  const held = await listHeldCredentials(store, address)
  return held
    .filter(({ status, validFrom, validUntil }) => status === 'active' && validFrom <= time && time < validUntil)
    .map(({ role, area, credentialId, validUntil }) => ({ role, area, credentialId, validUntil }))
}

/** Of each role and area the credential that the address was issued last, whatever became of it. */
export async function listHeldCredentials(store: Store, address: string): Promise<CredentialView[]> {
  const latest = Prisma.sql`credential.id IN (
    SELECT DISTINCT ON (role, area) id FROM credentials WHERE subject = ${address.toLowerCase()}
    ORDER BY role, area, issued_block DESC, issued_log_index DESC)`
  const rows = await selectCredentials(store, latest, MOST_HELD)
  return rows.map(credentialViewOf)
}

/** Null for what was never issued. */
export async function readCredential(store: Store, credentialId: string): Promise<CredentialView | null> {
  const [row] = await selectCredentials(store, Prisma.sql`credential.id = ${credentialId.toLowerCase()}`, 1)
  return row === undefined ? null : credentialViewOf(row)
}

/** Every credential that was issued, newest first. */
export async function listCredentials(
  store: Store,
  { area, role, status, before, limit }: CredentialFilter,
): Promise<{ items: CredentialView[]; nextBefore: string | null }> {
  const [block, log] = (before ?? '').split('-').map(Number)
  const wanted = [
    ...(area === undefined ? [] : [Prisma.sql`credential.area = ${area}`]),
    ...(role === undefined ? [] : [Prisma.sql`credential.role = ${role}`]),
    ...(status === undefined ? [] : [Prisma.sql`credential.status = ${status}`]),
    ...(before === undefined
      ? []
      : [Prisma.sql`(credential.issued_block, credential.issued_log_index) < (${block}, ${log})`]),
  ]
  const where = wanted.length === 0 ? Prisma.sql`true` : Prisma.join(wanted, ' AND ')
  const rows = await selectCredentials(store, where, limit + 1)
  const page = rows.slice(0, limit)
  const last = page.at(-1)
  return {
    items: page.map(credentialViewOf),
    nextBefore: rows.length > limit && last !== undefined ? `${last.issuedBlock}-${last.issuedLogIndex}` : null,
  }
}

/** Whether the issuer may issue credentials of the role in the area now. What is said of one area counts there. */
export async function isAccredited(store: Store, issuer: string, role: Role, area: number): Promise<boolean> {
  const rows = await store.client.accreditation.findMany({
    where: { issuer: issuer.toLowerCase(), role, area: { in: [BigInt(area), EVERY_AREA] } },
    orderBy: { area: 'desc' },
    take: 1,
  })
  return rows[0]?.status === 'active'
}

/** What the address may issue, or might before it was suspended, by role and area. */
export async function listAccreditations(store: Store, issuer: string): Promise<AccreditationView[]> {
  const rows = await store.client.accreditation.findMany({
    where: { issuer: issuer.toLowerCase() },
    orderBy: [{ role: 'asc' }, { area: 'asc' }],
    take: MOST_ACCREDITATIONS,
  })
  return rows.map(accreditationViewOf)
}

/** Who owns the identity: its own address until it said otherwise; null where it is deactivated. */
export async function readOwnerOf(store: Store, identity: string): Promise<string | null> {
  const address = identity.toLowerCase()
  const row = await store.client.didOwner.findUnique({ where: { identity: address } })
  return row === null ? address : row.owner
}

/**
 * The identities that the address owns, those of members first. Anybody can hand over identities to anybody: of the rest
 * it is those that came first, up to `limit` in all.
 */
export async function readIdentitiesOf(store: Store, owner: string, limit = 100): Promise<string[]> {
  const address = owner.toLowerCase()
  const rows = await store.client.$queryRaw<{ identity: string }[]>`
    SELECT identity FROM (
      SELECT identity, changed_block FROM did_owners WHERE owner = ${address}
      UNION ALL
      SELECT ${address}, -1 WHERE NOT EXISTS (SELECT FROM did_owners WHERE identity = ${address})
    ) AS owned
    ORDER BY EXISTS (SELECT FROM members WHERE account = identity) DESC, changed_block, identity
    LIMIT ${limit}`
  return rows.map(({ identity }) => identity)
}

function selectCredentials(store: Store, where: Prisma.Sql, limit: number): Promise<CredentialRow[]> {
  return store.client.$queryRaw<CredentialRow[]>`
    SELECT credential.id AS "credentialId", credential.issuer, credential.subject, credential.role, credential.area,
      credential.connection_point AS "connectionPoint", credential.digest, credential.valid_from AS "validFrom",
      credential.valid_until AS "validUntil", credential.status, issued.timestamp AS "issuedAt",
      credential.issued_block AS "issuedBlock", credential.issued_log_index AS "issuedLogIndex",
      credential.issued_transaction AS "issuedTransaction", changed.timestamp AS "changedAt",
      credential.changed_transaction AS "changedTransaction", credential.changed_by AS "changedBy"
    FROM credentials AS credential
    JOIN indexed_blocks AS issued ON issued.number = credential.issued_block
    JOIN indexed_blocks AS changed ON changed.number = credential.changed_block
    WHERE ${where}
    ORDER BY credential.issued_block DESC, credential.issued_log_index DESC
    LIMIT ${limit}`
}

function credentialViewOf(row: CredentialRow): CredentialView {
  return {
    credentialId: row.credentialId,
    issuer: row.issuer,
    subject: row.subject,
    role: row.role,
    area: Number(row.area),
    connectionPoint: row.connectionPoint,
    digest: row.digest,
    validFrom: Number(row.validFrom),
    validUntil: Number(row.validUntil),
    status: row.status,
    issuedAt: row.issuedAt,
    issuedTransaction: row.issuedTransaction,
    changedAt: row.changedAt,
    changedTransaction: row.changedTransaction,
    changedBy: row.changedBy,
  }
}

function accreditationViewOf({ role, area, status, changedTransaction }: Accreditation): AccreditationView {
  return {
    role: role as Role,
    area: Number(area),
    status: status === 'active' ? 'active' : 'suspended',
    changedTransaction,
  }
}
