import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'

export type CheckPassword = (user: string, password: Buffer) => Promise<boolean>

const DEVICE_ID = /^0x[0-9a-f]{40}$/

/**
 * The name under which a connection asks to be let in, which is its client id then, so that nobody ends the connection of
 * another: by its certificate, else by its user name, else by its client id. Null where it may not ask.
 */
export function claimedIdentity(
  socket: Socket,
  { clientId, username }: { readonly clientId: string; readonly username?: string | undefined },
): string | null {
  const certified = certifiedName(socket)
  // Who talks in the clear is on this machine.
  const isNamedByClientId = username === undefined && !(socket instanceof TLSSocket)
  const name = certified ?? username ?? (isNamedByClientId ? clientId : '')
  return DEVICE_ID.test(name) ? name : null
}

/** Whether the connection is the device that it says it is. */
export async function isIdentified(
  socket: Socket,
  { username, password }: { readonly username: string | undefined; readonly password: Buffer | undefined },
  checkPassword: CheckPassword,
): Promise<boolean> {
  if (certifiedName(socket) !== null) return true
  if (username === undefined) return !(socket instanceof TLSSocket)
  return password !== undefined && checkPassword(username, password)
}

/** The common name of a certificate that the CA vouches for. */
function certifiedName(socket: Socket): string | null {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return null
  const name: unknown = socket.getPeerCertificate().subject?.CN
  return typeof name === 'string' ? name : null
}
