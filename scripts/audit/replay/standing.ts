import type { Role } from '../../../services/domain/identity/role.ts'
import type { Credential, Credentials } from './credentials.ts'

/** What a household's credentials let it do. Sides: bit 0 for bids, bit 1 for offers, zero where they are not there. */
export type Standing = {
  readonly sides: number
  /** Unix seconds. */
  readonly tradesUntil: number
}

export const NO_STANDING: Standing = { sides: 0, tradesUntil: 0 }
const BIDS = 1
const BOTH_SIDES = 3

/** By what the account holds of the area itself, as the register looks at it; `connectionPoint` is null without one. */
export function standingOf(
  credentials: Credentials,
  account: string,
  area: number,
  now: number,
): Standing & { readonly connectionPoint: string | null } {
  const ownOf = (role: Role): Credential | null => {
    const credential = credentials.heldBy(account, role, area, now)
    return credential?.area === area ? credential : null
  }
  const connection = ownOf('connection-point')
  if (connection === null) return { ...NO_STANDING, connectionPoint: null }
  const { connectionPoint, validUntil } = connection
  const membership = ownOf('prosumer') ?? ownOf('microgrid-trader')
  const either = membership ?? ownOf('consumer')
  if (either === null) return { ...NO_STANDING, connectionPoint }
  return {
    sides: membership === null ? BIDS : BOTH_SIDES,
    tradesUntil: Math.min(either.validUntil, validUntil),
    connectionPoint,
  }
}
