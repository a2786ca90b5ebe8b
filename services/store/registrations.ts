import type { RecordedIssuance } from '../domain/identity/credential-id.ts'
import type { Role } from '../domain/identity/role.ts'
import type { Store } from './connect.ts'
import { addMetersOf } from './devices.ts'
import type { Household } from './households.ts'

/** How far the registrar is with an account that joins. */
export type Registration = {
  readonly account: string
  readonly area: number
  /** Salt of the commitment to its connection point. */
  readonly connectionPointSalt: string
  readonly state: 'open' | 'registering' | 'registered' | 'failed'
  readonly reasonCode: string | null
  readonly reason: string | null
  readonly memberId: number | null
}

/** A credential that was made for an account that joins. */
export type IssuedCredential = {
  readonly account: string
  readonly role: Role
  readonly credentialId: string
  readonly issuance: RecordedIssuance
  /** Null once their holder has them. */
  readonly jwt: string | null
  readonly sdJwt: string | null
  /** Whether the ledger has it. */
  readonly isRecorded: boolean
}

/** The account's registration; begun with this salt where there is none. Null where the joining was given up. */
export async function beginRegistration(
  store: Store,
  { account, area, connectionPointSalt }: Pick<Registration, 'account' | 'area' | 'connectionPointSalt'>,
): Promise<Registration | null> {
  return store.client.$transaction(async (transaction) => {
    await transaction.$executeRaw`SELECT pg_advisory_xact_lock(hashtext(${`joining:${account}`}))`
    if ((await transaction.joining.count({ where: { account, givenUpAt: null } })) === 0) return null
    await transaction.registration.createMany({ data: { account, area, connectionPointSalt }, skipDuplicates: true })
    return readRegistration({ client: transaction }, account)
  })
}

/** Null where the registrar has not looked at the account yet. */
export async function readRegistration(
  store: { readonly client: Pick<Store['client'], 'registration'> },
  account: string,
): Promise<Registration | null> {
  return (await store.client.registration.findUnique({
    where: { account },
    omit: { registeringAt: true },
  })) as Registration | null
}

/**
 * From here on the account's trading key stays as it is, and its joining is not given up, unless it fails; `now` is of the
 * wall clock. The first time counts; without effect on a joining that was given up before.
 */
export async function noteRegistering(store: Store, account: string, now: number): Promise<void> {
  await store.client.$transaction(async (transaction) => {
    await transaction.$executeRaw`SELECT pg_advisory_xact_lock(hashtext(${`joining:${account}`}))`
    await transaction.$executeRaw`
      UPDATE registrations SET state = 'registering', reason_code = NULL, reason = NULL,
        registering_at = coalesce(registering_at, ${now}::int)
      WHERE account = ${account} AND EXISTS (SELECT FROM joinings WHERE account = ${account} AND given_up_at IS NULL)`
  })
}

/** Addresses of the meters of homes that are being registered, or were and failed; no members yet. */
export async function listRegisteringMeters(store: Store, area: number): Promise<string[]> {
  const rows = await store.client.$queryRaw<{ meter: string }[]>`
    SELECT joining.meter FROM registrations AS registration JOIN joinings AS joining USING (account)
    WHERE registration.area = ${area} AND registration.registering_at IS NOT NULL
      AND registration.state <> 'registered' AND joining.meter IS NOT NULL
    ORDER BY joining.meter`
  return rows.map(({ meter }) => meter)
}

export async function noteFailed(store: Store, account: string, why: { code: string; message: string }): Promise<void> {
  await store.client.registration.updateMany({
    where: { account },
    data: { state: 'failed', reasonCode: why.code, reason: why.message },
  })
}

/** What failed before goes on now. */
export async function noteOpen(store: Store, account: string): Promise<void> {
  const data = { state: 'open', reasonCode: null, reason: null }
  await store.client.registration.updateMany({ where: { account, state: 'failed' }, data })
}

/** The ledger knows the member: from here on every service knows its household and its meter too. Again without effect. */
export async function noteRegistered(store: Store, household: Household): Promise<void> {
  const { account, memberId } = household
  const data = { state: 'registered', reasonCode: null, reason: null, memberId }
  await store.client.$transaction(async (transaction) => {
    await transaction.household.createMany({ data: household, skipDuplicates: true })
    await addMetersOf(transaction, [memberId])
    await transaction.registration.updateMany({ where: { account }, data })
  })
}

/** Keeps the credential unless the account has one of the role; resolves to the one that it has. */
export async function keepCredential(store: Store, credential: IssuedCredential): Promise<IssuedCredential> {
  await store.client.issuedCredential.createMany({ data: credential, skipDuplicates: true })
  return (await readCredentialOf(store, credential.account, credential.role))!
}

/** Null where none of the role was made for the account. */
export async function readCredentialOf(store: Store, account: string, role: Role): Promise<IssuedCredential | null> {
  const row = await store.client.issuedCredential.findUnique({ where: { account_role: { account, role } } })
  return row as unknown as IssuedCredential | null
}

/** Those that were made for the account, by role. */
export async function listIssuedCredentials(store: Store, account: string): Promise<IssuedCredential[]> {
  const rows = await store.client.issuedCredential.findMany({ where: { account }, orderBy: { role: 'asc' } })
  return rows as unknown as IssuedCredential[]
}

export async function noteRecorded(store: Store, credentialId: string): Promise<void> {
  await store.client.issuedCredential.updateMany({ where: { credentialId }, data: { isRecorded: true } })
}

/** Removes the documents that their holders fetched before `takenBefore`, of the wall clock; what they are about stays. */
export async function removeTakenDocuments(store: Store, takenBefore: number): Promise<void> {
  await store.client.$executeRaw`
    UPDATE issued_credentials AS issued SET jwt = NULL, sd_jwt = NULL
    FROM joinings AS joining
    WHERE joining.account = issued.account AND joining.credentials_taken_at <= ${takenBefore}::int
      AND issued.jwt IS NOT NULL`
}

/**
 * Whether somebody of the area was registered since `since`, or is just now, and has not delegated its trading yet:
 * trading keys that are published before it has leave the delegated one out. Of the wall clock.
 */
export async function isSomebodyDelegating(store: Store, area: number, since: number): Promise<boolean> {
  const [row] = await store.client.$queryRaw<{ found: boolean }[]>`
    SELECT EXISTS (
      SELECT FROM registrations AS registration
      WHERE registration.area = ${area}::int AND registration.registering_at > ${since}::int
        AND registration.state IN ('registering', 'registered')
        AND NOT EXISTS (SELECT FROM delegations WHERE member_id = registration.member_id)
        AND NOT EXISTS (SELECT FROM revoked_keys WHERE member_id = registration.member_id)
    ) AS found`
  return row?.found ?? false
}

/** Erases what the registrar keeps of an account that gave its joining up; again without effect. */
export async function eraseRegistration(store: Store, account: string): Promise<void> {
  await store.client.$transaction([
    store.client.issuedCredential.deleteMany({ where: { account } }),
    store.client.registration.deleteMany({ where: { account } }),
  ])
}

/** Erases what the registrar keeps of members who wished it; again without effect. */
export async function eraseOwnRegistrations(store: Store): Promise<void> {
  await store.client.$executeRaw`
    DELETE FROM issued_credentials AS issued USING registrations AS registration JOIN erasures AS wish
      ON wish.member_id = registration.member_id
    WHERE issued.account = registration.account`
  await store.client.$executeRaw`
    DELETE FROM registrations AS registration USING erasures AS wish WHERE wish.member_id = registration.member_id`
}
