import { ROLES, type Role } from '../domain/identity/role.ts'
import { EVERY_AREA } from './credentials.ts'
import { decodeEvent, type LedgerValues } from './events.ts'
import type { Ledger } from './ledger.ts'

/** Who holds which role, as of the latest block that was read. */
export type HeldRoles = {
  /**
   * Unix seconds up to which the account's credential holds that makes it one of the role in the area at `time`; null
   * where it has none. As the registry's `heldBy`: that of the area, or else of every area.
   */
  readonly heldUntil: (account: string, role: Role, area: number, time: number) => number | null
  /** Is another once a credential was issued or changed. */
  readonly version: number
  /** Unix seconds, after `time`, at which the next credential begins or ends by itself; infinite where none does. */
  readonly nextChangeAfter: (time: number) => number
}

type Log = { address: string; topics: string[]; data: string }
type Held = { readonly validFrom: number; readonly validUntil: number; isActive: boolean }
type Directory = {
  scannedTo: number
  version: number
  readonly credentials: Map<string, Held>
  /** By subject, role and area: the one that was issued last. */
  readonly held: Map<string, Held>
}

/** Nodes refuse wider ranges (Besu does above 5,000). */
const BLOCKS_PER_REQUEST = 5_000
const ACTIVE = 1n
const directories = new WeakMap<Ledger, Directory>()

/** Reads the credential registry's events, and after the first time only the new ones. */
export async function readHeldRoles(ledger: Ledger): Promise<HeldRoles> {
  const directory: Directory = directories.get(ledger) ?? {
    ...{ scannedTo: -1, version: 0 },
    ...{ credentials: new Map(), held: new Map() },
  }
  directories.set(ledger, directory)
  const latest = Number(await ledger.provider.send('eth_blockNumber', []))
  while (directory.scannedTo < latest) {
    const from = directory.scannedTo + 1
    const to = Math.min(latest, directory.scannedTo + BLOCKS_PER_REQUEST)
    const filter = { address: ledger.addresses.credentialRegistry, fromBlock: hex(from), toBlock: hex(to) }
    const logs = (await ledger.provider.send('eth_getLogs', [filter])) as Log[]
    // Somebody else, who asked at the same time, may have been faster.
    if (directory.scannedTo >= from) continue
    for (const log of logs) note(ledger, directory, log)
    directory.version += logs.length
    directory.scannedTo = to
  }

  const heldOf = (account: string, role: Role, area: number, time: number): Held | null => {
    const held = directory.held.get(placeOf(account, role, area))
    return held !== undefined && held.isActive && held.validFrom <= time && time < held.validUntil ? held : null
  }
  return {
    heldUntil: (account, role, area, time) =>
      (heldOf(account, role, area, time) ?? heldOf(account, role, EVERY_AREA, time))?.validUntil ?? null,
    version: directory.version,
    nextChangeAfter(time) {
      let next = Infinity
      for (const { validFrom, validUntil } of directory.held.values()) {
        if (validFrom > time && validFrom < next) next = validFrom
        if (validUntil > time && validUntil < next) next = validUntil
      }
      return next
    },
  }
}

function note(ledger: Ledger, { credentials, held }: Directory, log: Log): void {
  const event = decodeEvent(ledger, log)
  const values: LedgerValues = event?.arguments ?? {}
  if (event?.name === 'CredentialIssued') {
    const issued = { validFrom: Number(values.validFrom), validUntil: Number(values.validUntil), isActive: true }
    credentials.set(values.credentialId as string, issued)
    held.set(placeOf(values.subject as string, ROLES[Number(values.role)] ?? 'none', Number(values.area)), issued)
  } else if (event?.name === 'CredentialStatusChanged') {
    const changed = credentials.get(values.credentialId as string)
    if (changed !== undefined) changed.isActive = values.status === ACTIVE
  }
}

function placeOf(account: string, role: Role, area: number): string {
  return `${account.toLowerCase()}:${role}:${area}`
}

function hex(value: number): string {
  return `0x${value.toString(16)}`
}
