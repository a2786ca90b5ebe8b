import { setTimeout as delay } from 'node:timers/promises'
import { Interface, Wallet } from 'ethers'
import { DomainError } from '../domain/errors.ts'
import { isContract } from './contract-accounts.ts'
import { isLedgerUnreachable, messageOf, revertToDomainError } from './errors.ts'
import { passkeyAccountAbi } from './generated/contracts.ts'
import type { ContractName, Ledger } from './ledger.ts'
import {
  encodeAssertion,
  encodeExecution,
  passkeyAccountOf,
  type AccountCall,
  type Assertion,
  type PasskeyAccountKey,
} from './passkey-accounts.ts'

/** Calls that a passkey account is to make, with what its key signed. */
export type SignedCalls = {
  /** Address, lower-case. */
  readonly account: string
  readonly key: PasskeyAccountKey
  readonly calls: readonly AccountCall[]
  /** Unix seconds by the ledger's clock, up to which they may be made. */
  readonly deadline: number
  readonly assertion: Assertion
}

export type AccountCallRelay = {
  /**
   * Makes the account where it is not made yet, and has it make the calls; resolves to the transaction's hash once the
   * ledger has it. Calls of one account go one after the other. What would revert is not sent: its error comes as a
   * DomainError whose details say `isLedgerRefusal`. Throws `account-key-differs`, `account-call-not-relayed`,
   * `passkey-assertion-invalid`, `transaction-not-taken`, `too-many-transactions` and `ledger-unreachable`.
   */
  readonly relay: (signed: SignedCalls) => Promise<string>
}

/** What a person does with an account of its own; whatever else an account could call is not relayed. */
const RELAYED: Readonly<Partial<Record<ContractName, readonly string[]>>> = {
  memberRegistry: ['delegateTrading', 'revokeDelegation', 'replaceTradingKey'],
  didRegistry: ['changeOwner', 'addDelegate', 'revokeDelegate', 'setAttribute', 'setAttributes', 'revokeAttribute'],
  recovery: ['choosePlan', 'approve', 'recover', 'refuse', 'executeProposal'],
  delegations: ['delegate', 'revoke'],
  flexPortfolios: ['join', 'leave'],
}
/** Verifying a passkey and 16 calls stay far below it. */
const GAS_LIMIT = 8_000_000n
const MOST_WAITING = 50
const MINED_MS = 30_000
const FIRST_LOOK_MS = 10
const LONGEST_LOOK_MS = 500

/** How often the account made calls, which is the number that its next ones are signed with; 0 before it is made. */
export async function readAccountNonce(ledger: Ledger, account: string): Promise<bigint> {
  if (!(await isContract(ledger, account))) return 0n
  const accounts = new Interface(passkeyAccountAbi)
  const call = { to: account, data: accounts.encodeFunctionData('nonce') }
  try {
    const answer = (await ledger.provider.send('eth_call', [call, 'latest'])) as string
    return accounts.decodeFunctionResult('nonce', answer)[0] as bigint
  } catch (error) {
    throw revertToDomainError(error)
  }
}

/** Throws `account-call-not-relayed` unless each calls, in full, a function that is relayed. */
export function requireRelayed({ addresses, contracts }: Ledger, calls: readonly AccountCall[]): void {
  for (const { target, data } of calls) {
    const found = Object.entries(RELAYED).find(
      ([name]) => addresses[name as ContractName].toLowerCase() === target.toLowerCase(),
    )
    if (found === undefined) throw notRelayed(`${target} is no contract whose functions are relayed`)
    const [name, functions] = found
    const { interface: abi } = contracts[name as ContractName]
    const fragment = functions.map((one) => abi.getFunction(one)!).find(({ selector }) => data.startsWith(selector))
    if (fragment === undefined) throw notRelayed(`${data.slice(0, 10)} is no function of ${name} that is relayed`)
    if (canonicalOf(abi, fragment.name, data) !== data.toLowerCase()) {
      throw notRelayed(`the call of ${fragment.name} is not encoded as its contract has it`)
    }
  }
}

/** Pays for calls of passkey accounts, which have no key that could; the key does nothing else. */
export function createAccountCallRelay({
  ledger,
  privateKey,
}: {
  readonly ledger: Ledger
  readonly privateKey: string
}): AccountCallRelay {
  const wallet = new Wallet(privateKey)
  const factory = ledger.contracts.passkeyAccounts.interface
  let waiting = 0
  let sending: Promise<unknown> = Promise.resolve()
  /** By account: resolves when its latest calls are mined, or were given up waiting for. */
  const underway = new Map<string, Promise<unknown>>()

  const relayNow = async ({ account, key, calls, deadline, assertion }: SignedCalls): Promise<string> => {
    const signature = encodeAssertion(assertion)
    if (!(await isContract(ledger, account))) {
      const made = await send(ledger.addresses.passkeyAccounts, factory.encodeFunctionData('createAccount', [key]))
      await untilMined(ledger, made)
    }
    return send(account, encodeExecution(calls, BigInt(deadline), signature))
  }

  /** One after the other: the node counts what it was given, so that each takes the next nonce. */
  const send = (to: string, data: string): Promise<string> => {
    const sent = sending.then(() => sendNow(ledger, wallet, { to, data }))
    sending = sent.catch(() => undefined)
    return sent
  }

  return {
    async relay(signed) {
      const { account, key, calls } = signed
      if (passkeyAccountOf(ledger.addresses.passkeyAccounts, key).toLowerCase() !== account) {
        throw new DomainError('account-key-differs', `${account} is not the account of this key`)
      }
      requireRelayed(ledger, calls)
      if (waiting >= MOST_WAITING) throw new DomainError('too-many-transactions', 'too many calls wait already')

      waiting += 1
      const before = underway.get(account) ?? Promise.resolve()
      const sent = before.then(() => relayNow(signed)).finally(() => (waiting -= 1))
      const mined = sent.then((hash) => untilMined(ledger, hash)).catch(() => undefined)
      underway.set(account, mined)
      void mined.then(() => {
        if (underway.get(account) === mined) underway.delete(account)
      })
      return sent
    },
  }
}

async function sendNow(ledger: Ledger, wallet: Wallet, call: { to: string; data: string }): Promise<string> {
  const { provider } = ledger
  const gas = `0x${GAS_LIMIT.toString(16)}`
  try {
    await provider.send('eth_call', [{ ...call, from: wallet.address, gas }, 'latest'])
  } catch (error) {
    const refusal = revertToDomainError(error)
    if (refusal.code === 'ledger-unreachable') throw refusal
    throw new DomainError(refusal.code, refusal.message, { ...refusal.details, isLedgerRefusal: true })
  }
  try {
    const block = (await provider.send('eth_getBlockByNumber', ['latest', false])) as { baseFeePerGas?: string }
    const nonce = Number(await provider.send('eth_getTransactionCount', [wallet.address, 'pending']))
    const raw = await wallet.signTransaction({
      ...call,
      type: 2,
      chainId: ledger.chainId,
      nonce,
      gasLimit: GAS_LIMIT,
      maxFeePerGas: 2n * BigInt(block.baseFeePerGas ?? 0),
      maxPriorityFeePerGas: 0n,
    })
    return (await provider.send('eth_sendRawTransaction', [raw])) as string
  } catch (error) {
    if (isLedgerUnreachable(error)) throw revertToDomainError(error)
    const words = messageOf(error).slice(0, 500)
    throw new DomainError('transaction-not-taken', `the ledger did not take the transaction: ${words}`)
  }
}

/** Throws `transaction-not-taken` where it is not mined in time: whatever comes next is checked anew by the ledger. */
async function untilMined({ provider }: Ledger, hash: string): Promise<void> {
  const deadline = performance.now() + MINED_MS
  for (let pause = FIRST_LOOK_MS; ; pause = Math.min(2 * pause, LONGEST_LOOK_MS)) {
    if ((await provider.send('eth_getTransactionReceipt', [hash])) !== null) return
    if (performance.now() > deadline) throw new DomainError('transaction-not-taken', `${hash} is not mined yet`)
    await delay(pause)
  }
}

/** Null for what is no such call at all. */
function canonicalOf(abi: Interface, name: string, data: string): string | null {
  try {
    return abi.encodeFunctionData(name, abi.decodeFunctionData(name, data))
  } catch {
    return null // ethers throws for bytes that are not of the function's types
  }
}

function notRelayed(message: string): DomainError {
  return new DomainError('account-call-not-relayed', message)
}
