import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { COMMAND_HAPPENINGS, type CommandHappening } from '../domain/devices/command-life.ts'
import type { CommandSource } from '../domain/devices/device-limits.ts'
import { signChecked, type SigningKey } from './signing-key.ts'
import { digestOf, hashText, recoverSigner, type SigningDomain } from './typed-data.ts'

/** A command as the trail vouches for it. */
export type TrailedCommand = {
  readonly id: string
  readonly device: string
  readonly source: CommandSource
  /** The account, or the agent's key. */
  readonly issuer: string
  /** JSON. */
  readonly action: string
  readonly expiresAt: number
}

/** What happened to a command, without its place in the device's trail. */
export type CommandHappened = {
  readonly happening: CommandHappening
  /** Unix seconds by the ledger's clock. */
  readonly at: number
  /** Counted from 1; 0 before the first. */
  readonly attempt: number
  /** A reason, or nothing. */
  readonly detail: string
}

/** An event in the trail of a device. */
export type TrailEvent = CommandHappened & {
  readonly device: string
  readonly commandId: string
  /** From 1, without a gap. */
  readonly position: number
  /** Digest of the event before, 0x-hex. */
  readonly previous: string
  /** Its EIP-712 digest, 0x-hex. */
  readonly digest: string
  readonly signer: string
  /** EIP-2098, 64 bytes as 0x-hex. */
  readonly signature: string
}

/** The EIP-712 type, as it is signed; `command` is the hash of the command. */
export const COMMAND_EVENT_TYPE =
  'CommandEvent(address device,uint32 position,bytes32 previous,bytes32 command,string happening,uint64 at,uint32 attempt,string detail)'

export const FIRST_PREVIOUS = `0x${'00'.repeat(32)}`

const COMMAND_EVENT_TYPE_HASH = hashText(COMMAND_EVENT_TYPE)

/** Keccak-256 of the command's id, device, source, issuer, expiry and action as a JSON list, 0x-hex. */
export function hashOfCommand({ id, device, source, issuer, expiresAt, action }: TrailedCommand): string {
  return `0x${bytesToHex(keccak_256(utf8ToBytes(JSON.stringify([id, device, source, issuer, expiresAt, action]))))}`
}

/** The event that comes after `last` in the trail of the command's device, signed; `last` is null for the first. */
export async function signCommandEvent(
  domain: SigningDomain,
  key: SigningKey,
  command: TrailedCommand,
  last: Pick<TrailEvent, 'position' | 'digest'> | null,
  happened: CommandHappened,
): Promise<TrailEvent> {
  const placed = {
    ...happened,
    device: command.device,
    commandId: command.id,
    position: (last?.position ?? 0) + 1,
    previous: last?.digest ?? FIRST_PREVIOUS,
  }
  const digest = digestOfEvent(domain, placed, hashOfCommand(command))
  return {
    ...placed,
    digest: `0x${bytesToHex(digest)}`,
    signer: key.address,
    signature: await signChecked(key, digest),
  }
}

/** The first event of a trail that is not what the gateway wrote, and why. */
export type TrailFault = { readonly position: number; readonly fault: string }

/**
 * Verifies a device's whole trail, by what is in it and the address of the gateway's key: null where every event is as it
 * was signed, in its place, and none is missing before the last. That none is missing behind the last only `head`, the
 * digest of the last event as somebody noted it, can tell.
 */
export function findTrailFault(
  domain: SigningDomain,
  trail: {
    readonly device: string
    readonly events: readonly TrailEvent[]
    readonly commands: ReadonlyMap<string, TrailedCommand>
    /** Addresses of the keys that the gateway had. */
    readonly signers: ReadonlySet<string>
    readonly head?: string
  },
): TrailFault | null {
  let previous = FIRST_PREVIOUS
  for (const [index, event] of trail.events.entries()) {
    const position = index + 1
    const fault = faultOf(domain, event, { ...trail, position, previous })
    if (fault !== null) return { position, fault }
    previous = event.digest
  }
  const isWhole = trail.head === undefined || trail.head === previous
  return isWhole ? null : { position: trail.events.length + 1, fault: 'the trail ends before the noted event' }
}

function faultOf(
  domain: SigningDomain,
  event: TrailEvent,
  trail: Parameters<typeof findTrailFault>[1] & { readonly position: number; readonly previous: string },
): string | null {
  if (event.device !== trail.device) return 'it is of another device'
  if (event.position !== trail.position) return `it is the event ${event.position}: others are missing or swapped`
  if (event.previous !== trail.previous) return 'it does not follow the event before'
  const command = trail.commands.get(event.commandId)
  if (command === undefined) return 'its command is missing'
  if (command.device !== trail.device) return 'its command is for another device'
  if (!COMMAND_HAPPENINGS.includes(event.happening)) return 'nobody knows what happened'
  const digest = digestOfEvent(domain, event, hashOfCommand(command))
  if (event.digest !== `0x${bytesToHex(digest)}`) return 'it or its command was changed'
  if (!trail.signers.has(event.signer)) return 'it is signed by a key that is none of the gateway'
  return recoverSigner(digest, event.signature) === event.signer ? null : 'its signature is not that of its signer'
}

function digestOfEvent(
  domain: SigningDomain,
  event: Omit<TrailEvent, 'digest' | 'signer' | 'signature'>,
  commandHash: string,
): Uint8Array {
  return digestOf(domain, COMMAND_EVENT_TYPE_HASH, [
    BigInt(event.device),
    BigInt(event.position),
    BigInt(event.previous),
    BigInt(commandHash),
    wordOfText(event.happening),
    BigInt(event.at),
    BigInt(event.attempt),
    wordOfText(event.detail),
  ])
}

/** As EIP-712 has text: by its hash. */
function wordOfText(text: string): bigint {
  return BigInt(`0x${bytesToHex(hashText(text))}`)
}
