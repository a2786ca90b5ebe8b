import { randomBytes } from 'node:crypto'
import { keepKey, readSigningKey, type Role } from './role-keys.ts'
import { localSigningKey, type SigningKey } from './signing-key.ts'

/**
 * Whose key signs the commitments of an area, of `count` gateway keys: areas are divided over them by number, so that none
 * waits for the transactions of all others.
 */
export function signerRoleOf(area: number, count: number): Role {
  const index = (area - 1) % count
  return index === 0 ? 'gateway' : `gateway-${index + 1}`
}

/** The keys of the areas, in the sequence of the areas; those beyond the gateway's own are made where they are not there. */
export async function keepSigningKeys(
  dataFolder: string,
  areas: readonly number[],
  count: number,
): Promise<ReadonlyMap<number, SigningKey>> {
  const byRole = new Map<Role, SigningKey>()
  const byArea = new Map<number, SigningKey>()
  for (const area of areas) {
    const role = signerRoleOf(area, count)
    const key = byRole.get(role) ?? (await keepSigningKey(dataFolder, role))
    byRole.set(role, key)
    byArea.set(area, key)
  }
  return byArea
}

/** The address whose transactions commit the readings of an area, whatever areas there are. */
export async function readSignerAddresses(dataFolder: string, count: number): Promise<(area: number) => string> {
  const first = Array.from({ length: count }, (_, index) => index + 1)
  const keys = [...(await keepSigningKeys(dataFolder, first, count)).values()]
  return (area) => keys[(area - 1) % count]!.address
}

async function keepSigningKey(dataFolder: string, role: Role): Promise<SigningKey> {
  if (role === 'gateway') return readSigningKey(dataFolder, role)
  return localSigningKey(await keepKey(dataFolder, role, () => `0x${randomBytes(32).toString('hex')}`))
}
