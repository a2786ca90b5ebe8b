import { startAuthentication, startRegistration } from '@simplewebauthn/browser'
import { account } from './account-client.ts'

type RegistrationOptions = Parameters<typeof startRegistration>[0]['optionsJSON']
type SignInOptions = Parameters<typeof startAuthentication>[0]['optionsJSON']

/** Whether browsers make passkeys for this address: they want a name, not numbers. */
export function isNamed(hostname: string): boolean {
  return !/^[\d.]+$/.test(hostname) && !hostname.startsWith('[')
}

/** Has the device make a passkey under this name, and signs in with it. */
export async function makePasskey(name: string): Promise<void> {
  const optionsJSON = (await account.passkeyRegistrationOptions(name)) as unknown as RegistrationOptions
  await account.registerPasskey(await startRegistration({ optionsJSON }))
}

/** Lets the person choose among the passkeys that the device has for this address. */
export async function signInWithPasskey(): Promise<void> {
  const optionsJSON = (await account.passkeyOptions()) as unknown as SignInOptions
  await account.signInWithPasskey(await startAuthentication({ optionsJSON }))
}
