import { TRADING_KEY_TYPE } from '../domain/joining/trading-key.ts'
import type { Ledger } from './ledger.ts'
import { digestOf, hashText, recoverSigner, signDigest, signingDomainOf } from './typed-data.ts'

const TRADING_KEY_TYPE_HASH = hashText(TRADING_KEY_TYPE)

type Where = Pick<Ledger, 'chainId' | 'addresses'>

/** An EIP-2098 signature of the key, by which it says whose it is going to be. */
export function signTradingKeyStatement(ledger: Where, account: string, tradingKey: string): string {
  return signDigest(digestOfStatement(ledger, account), tradingKey)
}

/** Whether the key at this address said canonically, in 64 (EIP-2098) or 65 bytes, that it is the account's. */
export function isTradingKeyOf(ledger: Where, account: string, key: string, signature: string): boolean {
  return recoverSigner(digestOfStatement(ledger, account), signature) === key.toLowerCase()
}

function digestOfStatement({ chainId, addresses }: Where, account: string): Uint8Array {
  return digestOf(signingDomainOf(chainId, addresses.memberRegistry), TRADING_KEY_TYPE_HASH, [BigInt(account)])
}
