import type { Request } from 'express'
import { DomainError } from '../../../domain/errors.ts'

/** Whether the password is the device's. */
export type CheckPassword = (address: string, password: Buffer) => Promise<boolean>

/** Throws `device-not-authenticated` unless the request gives address and password of the device (HTTP Basic, RFC 7617). */
export async function requireDevice(
  { headers }: Pick<Request, 'headers'>,
  address: string | null,
  checkPassword: CheckPassword,
): Promise<void> {
  const [, encoded] = /^Basic ([A-Za-z0-9+/=]{1,400})$/i.exec(headers.authorization ?? '') ?? []
  const given = Buffer.from(encoded ?? '', 'base64')
  const colon = given.indexOf(':')
  const user = given.subarray(0, Math.max(0, colon)).toString('latin1')
  if (address !== null && user === address && (await checkPassword(user, given.subarray(colon + 1)))) return
  throw new DomainError(
    'device-not-authenticated',
    'what nobody signs needs the address and the password of the device (HTTP Basic)',
  )
}
