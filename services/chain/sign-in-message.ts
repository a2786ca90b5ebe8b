import { getAddress, hashMessage, Wallet } from 'ethers'
import { SiweMessage } from 'siwe'
import { DomainError } from '../domain/errors.ts'
import type { SignInMessage } from '../domain/identity/sign-in-message.ts'
import { isAcceptedByContract } from './contract-accounts.ts'
import type { Ledger } from './ledger.ts'
import { recoverSigner } from './typed-data.ts'

const STATEMENT = 'Sign in to Commonwatt. This costs nothing and moves no money.'

/** Reads an EIP-4361 message. Throws `sign-in-message-malformed`. */
export function parseSignInMessage(text: string): SignInMessage {
  let message: SiweMessage
  try {
    message = new SiweMessage(text)
  } catch {
    throw new DomainError('sign-in-message-malformed', 'the message is not one that EIP-4361 describes')
  }
  return {
    domain: message.domain,
    address: message.address.toLowerCase(),
    uri: message.uri,
    chainId: BigInt(message.chainId),
    nonce: message.nonce,
    issuedAt: secondsOf(message.issuedAt),
    notBefore: message.notBefore === undefined ? null : secondsOf(message.notBefore),
    expirationTime: message.expirationTime === undefined ? null : secondsOf(message.expirationTime),
  }
}

/** The text of a message, as a wallet shows and signs it. */
export function formatSignInMessage(message: Omit<SignInMessage, 'notBefore'>): string {
  return new SiweMessage({
    version: '1',
    statement: STATEMENT,
    domain: message.domain,
    address: getAddress(message.address),
    uri: message.uri,
    chainId: Number(message.chainId),
    nonce: message.nonce,
    issuedAt: new Date(message.issuedAt * 1_000).toISOString(),
    ...(message.expirationTime === null
      ? {}
      : { expirationTime: new Date(message.expirationTime * 1_000).toISOString() }),
  }).prepareMessage()
}

/** Whether the address signed the text (EIP-191), or is a contract that accepts the signature (EIP-1271). */
export async function isSignedText(
  ledger: Pick<Ledger, 'provider'>,
  { text, signature, address }: { text: string; signature: string; address: string },
): Promise<boolean> {
  const digest = hashMessage(text)
  if (recoverSigner(Buffer.from(digest.slice(2), 'hex'), signature) === address) return true
  return isAcceptedByContract(ledger, address, digest, signature)
}

/** Signs a text as a wallet does (EIP-191), with 65 bytes. */
export async function signText(text: string, privateKey: string): Promise<string> {
  return new Wallet(privateKey).signMessage(text)
}

function secondsOf(text: string | undefined): number {
  const milliseconds = Date.parse(text ?? '')
  if (Number.isNaN(milliseconds)) {
    throw new DomainError('sign-in-message-malformed', 'the message names a time that is none')
  }
  return Math.floor(milliseconds / 1_000)
}
