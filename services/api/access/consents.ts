import { randomUUID } from 'node:crypto'
import { DomainError } from '../../domain/errors.ts'
import type { HouseholdPart } from '../../domain/identity/household-data.ts'
import type { Consent } from '../../store/consents.ts'
import type { MemberAccount } from '../../store/views/accounts.ts'

export type ConsentDeps = {
  /** Throws `did-invalid` and `did-of-another-ledger`. */
  readonly addressOf: (didOrAddress: string) => string
  readonly householdsOf: (account: string) => Promise<readonly MemberAccount[]>
  /** Resolves to false where the household has too many in force. */
  readonly keepConsent: (consent: Consent) => Promise<boolean>
  readonly listConsents: (of: { memberIds: readonly number[]; reader: string }) => Promise<{
    given: Consent[]
    received: Consent[]
  }>
  readonly revokeConsent: (of: { id: string; memberIds: readonly number[]; now: number }) => Promise<boolean>
  /** Unix seconds, wall clock. */
  readonly now: () => number
}

export type ConsentWish = {
  readonly memberId: number
  /** DID of who may read, or the address behind it. */
  readonly reader: string
  readonly parts: readonly HouseholdPart[]
  /** Unix seconds; null until it is taken back. */
  readonly until: number | null
}

export type ConsentDesk = {
  /** What the account's households gave, and what others gave the account. */
  readonly list: (account: string) => Promise<{ given: Consent[]; received: Consent[] }>
  /** Throws `household-not-yours`, `consent-invalid`, `too-many-consents`, `did-invalid` or `did-of-another-ledger`. */
  readonly give: (account: string, wish: ConsentWish) => Promise<Consent>
  /** Throws `consent-unknown`. */
  readonly revoke: (account: string, id: string) => Promise<void>
}

/** What households let others read, by date; both sides see it, and the household takes it back when it likes. */
export function createConsentDesk(deps: ConsentDeps): ConsentDesk {
  const memberIdsOf = async (account: string) => (await deps.householdsOf(account)).map(({ memberId }) => memberId)

  return {
    list: async (account) => deps.listConsents({ memberIds: await memberIdsOf(account), reader: account }),
    async give(account, { memberId, reader: readerDid, parts, until }) {
      if (!(await memberIdsOf(account)).includes(memberId)) {
        throw new DomainError('household-not-yours', `household ${memberId} is not yours to speak for`)
      }
      const reader = deps.addressOf(readerDid)
      const since = deps.now()
      if (until !== null && until <= since)
        throw new DomainError('consent-invalid', 'the consent ends before it begins')
      if (reader === account) throw new DomainError('consent-invalid', 'you may read what is yours without a consent')
      const consent: Consent = {
        id: randomUUID(),
        memberId,
        givenBy: account,
        reader,
        parts: [...new Set(parts)],
        since,
        until,
        revokedAt: null,
      }
      if (!(await deps.keepConsent(consent))) {
        throw new DomainError('too-many-consents', `household ${memberId} has too many consents in force`)
      }
      return consent
    },
    async revoke(account, id) {
      if (await deps.revokeConsent({ id, memberIds: await memberIdsOf(account), now: deps.now() })) return
      throw new DomainError('consent-unknown', 'none of your households has such a consent in force')
    },
  }
}
