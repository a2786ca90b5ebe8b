import { randomUUID } from 'node:crypto'
import { DomainError } from '../../domain/errors.ts'
import type { KeyScope } from '../../domain/identity/household-data.ts'
import { SECONDS_PER_DAY } from '../../domain/units.ts'
import type { ApiKey } from '../../store/api-keys.ts'
import { hashOfSecret, newSecret } from './secrets.ts'

export type ApiKeyDeps = {
  /** Resolves to false where the account has too many already. */
  readonly keepApiKey: (key: ApiKey) => Promise<boolean>
  readonly rotateApiKey: (
    key: { account: string; id: string },
    change: { keyHash: string; prefix: string; previousUntil: number },
  ) => Promise<ApiKey | null>
  readonly listApiKeys: (account: string) => Promise<ApiKey[]>
  readonly deleteApiKey: (key: { account: string; id: string }) => Promise<boolean>
  /** Unix seconds, wall clock. */
  readonly now: () => number
}

export type KeyWish = { readonly name: string; readonly scopes: readonly KeyScope[]; readonly days: number }

/** `secret` is what the machine shows from now on: nobody is told again. */
export type MadeKey = { readonly secret: string; readonly key: ApiKey }

export type ApiKeyDesk = {
  readonly list: (account: string) => Promise<ApiKey[]>
  /** Throws `too-many-api-keys`. */
  readonly make: (account: string, wish: KeyWish) => Promise<MadeKey>
  /** Gives the key another secret; the former is accepted for `overlapHours` more. Throws `api-key-unknown`. */
  readonly rotate: (account: string, id: string, overlapHours: number) => Promise<MadeKey>
  /** Throws `api-key-unknown`. */
  readonly revoke: (account: string, id: string) => Promise<void>
}

const PREFIX_LENGTH = 11

/** Keys by which machines act for an account. */
export function createApiKeyDesk(deps: ApiKeyDeps): ApiKeyDesk {
  const unknown = () => new DomainError('api-key-unknown', 'you have no such api key')

  return {
    list: deps.listApiKeys,
    async make(account, { name, scopes, days }) {
      const { secret, keyHash, prefix } = newKey()
      const createdAt = deps.now()
      const key: ApiKey = {
        id: randomUUID(),
        account,
        name,
        scopes: [...new Set(scopes)],
        prefix,
        keyHash,
        previousHash: null,
        previousUntil: null,
        createdAt,
        expiresAt: createdAt + days * SECONDS_PER_DAY,
        lastUsedAt: null,
      }
      if (!(await deps.keepApiKey(key)))
        throw new DomainError('too-many-api-keys', 'you have too many api keys already')
      return { secret, key }
    },
    async rotate(account, id, overlapHours) {
      const former = (await deps.listApiKeys(account)).find((key) => key.id === id)
      const now = deps.now()
      if (former === undefined || now >= former.expiresAt) throw unknown()
      const { secret, keyHash, prefix } = newKey()
      const change = {
        keyHash,
        prefix,
        previousUntil: Math.min(former.expiresAt, now + overlapHours * 3_600),
      }
      const key = await deps.rotateApiKey({ account, id }, change)
      if (key === null) throw unknown()
      return { secret, key }
    },
    async revoke(account, id) {
      if (!(await deps.deleteApiKey({ account, id }))) throw unknown()
    },
  }
}

function newKey(): { secret: string; keyHash: string; prefix: string } {
  const secret = `cw_${newSecret()}`
  return { secret, keyHash: hashOfSecret(secret), prefix: secret.slice(0, PREFIX_LENGTH) }
}
