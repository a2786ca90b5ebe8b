import type { AccountCall } from './account-calls.ts'
import { account } from './account-client.ts'

/** What wallets offer to pages (EIP-1193). */
export type Wallet = { readonly request: (call: { method: string; params?: readonly unknown[] }) => Promise<unknown> }

/** The wallet of this browser; null without one. */
export function findWallet(): Wallet | null {
  const { ethereum } = globalThis as { ethereum?: unknown }
  return typeof ethereum === 'object' && ethereum !== null && 'request' in ethereum ? (ethereum as Wallet) : null
}

/** Has the wallet sign what the api asks for (EIP-4361). */
export async function signInWithWallet(wallet: Wallet): Promise<void> {
  const accounts = await wallet.request({ method: 'eth_requestAccounts' })
  const address: unknown = Array.isArray(accounts) ? accounts[0] : undefined
  if (typeof address !== 'string') throw new Error('The wallet gave no account.')
  const { message } = await account.challenge(address)
  const signature = await wallet.request({ method: 'personal_sign', params: [hexOf(message), address] })
  if (typeof signature !== 'string') throw new Error('The wallet did not sign.')
  await account.signInWithWallet(message, signature)
}

/** Has the wallet send a call of the account to its ledger; the transaction's hash. */
export async function sendWithWallet(wallet: Wallet, from: string, { target, data }: AccountCall): Promise<string> {
  const hash = await wallet.request({ method: 'eth_sendTransaction', params: [{ from, to: target, data }] })
  if (typeof hash !== 'string') throw new Error('The wallet did not send it.')
  return hash
}

/** A text as wallets take it: its UTF-8 bytes, 0x-hex. */
export function hexOf(text: string): string {
  const bytes = new TextEncoder().encode(text)
  return `0x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`
}
