import { BlockList, isIP } from 'node:net'
import type { KnownDevice } from '../../../domain/devices/device.ts'
import { DomainError } from '../../../domain/errors.ts'
import type { CoapPeer } from '../coap/endpoint.ts'

export type AccessOptions = {
  /**
   * Identity of the pre-shared key that a device was given: only with it may it register, and with no other. Null for a
   * device that was given none. Where left out a key is named after the endpoint, or the address, and none is asked for.
   */
  readonly identityOf?: ((device: KnownDevice) => string | null) | undefined
  /** Whether a device without a key may come so; only from this machine, where left out. */
  readonly isUnsecuredAllowed?: ((peer: CoapPeer) => boolean) | undefined
}

const LOOPBACK = new BlockList()
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4')
LOOPBACK.addAddress('::1', 'ipv6')

/** Throws `lwm2m-forbidden` where this peer is not whom the device's key names, or comes without security. */
export function requireAccess(
  peer: CoapPeer,
  device: KnownDevice,
  { identityOf, isUnsecuredAllowed = isLoopback }: AccessOptions,
): void {
  const identity = identityOf?.(device) ?? null
  if (peer.identity !== null) {
    const names = identityOf === undefined ? [device.endpoint, device.address] : [identity]
    if (names.includes(peer.identity)) return
    throw forbidden('its key is that of another device')
  }
  if (identity !== null) throw forbidden('it has a key, and came without')
  if (!isUnsecuredAllowed(peer)) throw forbidden('it came without security, from another machine')
}

/** Whether a peer is on this machine. */
export function isLoopback({ address }: Pick<CoapPeer, 'address'>): boolean {
  const host = address.slice(0, address.lastIndexOf(':')).replace(/^\[(.*)\]$/, '$1')
  const version = isIP(host)
  return version !== 0 && LOOPBACK.check(host, version === 4 ? 'ipv4' : 'ipv6')
}

function forbidden(reason: string): DomainError {
  return new DomainError('lwm2m-forbidden', `the device may not register: ${reason}`)
}
