import { Transaction } from 'ethers'
import { DomainError } from '../domain/errors.ts'
import { isLedgerUnreachable, messageOf, revertToDomainError } from './errors.ts'
import { CONTRACT_NAMES, type Ledger } from './ledger.ts'

type SignedTransaction = {
  readonly hash: string
  readonly from: string
  readonly to: string
  readonly data: string
  readonly value: bigint
  readonly gasLimit: bigint
}

/** Legacy (with EIP-155), EIP-2930 and EIP-1559: no blobs, and nothing that hands an account's code to somebody. */
const RELAYED_TYPES: readonly (number | null)[] = [0, 1, 2]

/**
 * Gives a signed transaction (0x-hex) to the ledger node; resolves to its hash once the node has taken it, before it is
 * mined, and again for one that the ledger has already. One that would revert is not sent: its error comes as a
 * DomainError whose details say `isLedgerRefusal`. Throws `transaction-malformed`, `transaction-for-another-ledger`,
 * `transaction-not-for-us`, `transaction-not-taken` and `ledger-unreachable`.
 */
export async function relayTransaction(ledger: Ledger, rawTransaction: string): Promise<string> {
  const transaction = requireForUs(ledger, rawTransaction)
  if (await isTransactionKnown(ledger, transaction.hash)) return transaction.hash
  await requirePassing(ledger, transaction)
  try {
    await ledger.provider.send('eth_sendRawTransaction', [rawTransaction])
  } catch (error) {
    if (isLedgerUnreachable(error)) throw revertToDomainError(error)
    // A node that mines at once answers a transaction that reverts after all with its error, and has it all the same.
    if (await isTransactionKnown(ledger, transaction.hash)) return transaction.hash
    throw notTaken(messageOf(error))
  }
  return transaction.hash
}

function requireForUs(ledger: Ledger, rawTransaction: string): SignedTransaction {
  const { hash, from, to, data, value, gasLimit, chainId } = parseTransaction(rawTransaction)
  if (hash === null || from === null) throw malformed('the transaction is not signed')
  if (chainId !== ledger.chainId) {
    const signedFor = chainId === 0n ? 'any ledger' : `ledger ${chainId}`
    throw new DomainError(
      'transaction-for-another-ledger',
      `the transaction is signed for ${signedFor}, and this is ledger ${ledger.chainId}`,
    )
  }
  const ours = CONTRACT_NAMES.map((name) => ledger.addresses[name].toLowerCase())
  if (to === null || !ours.includes(to.toLowerCase())) {
    const target = to === null ? 'creates a contract' : `calls ${to}`
    throw new DomainError('transaction-not-for-us', `the transaction ${target}, which is no contract of this market`)
  }
  return { hash, from, to, data, value, gasLimit }
}

function parseTransaction(rawTransaction: string): Transaction {
  let transaction: Transaction
  try {
    transaction = Transaction.from(rawTransaction)
  } catch {
    throw malformed('the bytes are no transaction')
  }
  if (!RELAYED_TYPES.includes(transaction.type)) {
    throw malformed(`transactions of type ${transaction.type} are not relayed`)
  }
  return transaction
}

/** Whether the ledger has the transaction, mined or waiting. */
export async function isTransactionKnown(ledger: Ledger, hash: string): Promise<boolean> {
  try {
    return (await ledger.provider.send('eth_getTransactionByHash', [hash])) !== null
  } catch (error) {
    throw revertToDomainError(error)
  }
}

/** Throws what the contract would answer, were the transaction mined now. */
async function requirePassing(ledger: Ledger, { from, to, data, value, gasLimit }: SignedTransaction): Promise<void> {
  const call = { from, to, data, value: hex(value), gas: hex(gasLimit) }
  try {
    await ledger.provider.send('eth_call', [call, 'latest'])
  } catch (error) {
    const refusal = revertToDomainError(error)
    if (refusal.code === 'ledger-unreachable') throw refusal
    if (refusal.code === 'ledger-refused') throw notTaken(messageOf(error))
    throw new DomainError(refusal.code, refusal.message, { ...refusal.details, isLedgerRefusal: true })
  }
}

function notTaken(reason: string): DomainError {
  return new DomainError('transaction-not-taken', `the ledger did not take the transaction: ${reason.slice(0, 500)}`)
}

function malformed(message: string): DomainError {
  return new DomainError('transaction-malformed', message)
}

function hex(value: bigint): string {
  return `0x${value.toString(16)}`
}
