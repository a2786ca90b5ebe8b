import { getBytes, Transaction } from 'ethers'
import { DomainError } from '../domain/errors.ts'
import { isLedgerUnreachable, messageOf, revertToDomainError } from './errors.ts'
import type { ContractName, Ledger } from './ledger.ts'
import { sleep } from './ledger-clock.ts'
import { signChecked, type SigningKey } from './signing-key.ts'

export type Call = {
  readonly contract: ContractName
  readonly function: string
  readonly arguments: readonly unknown[]
}

export type OutboxEntry = {
  readonly sender: string
  readonly nonce: number
  readonly purpose: string
  readonly rawTransaction: string
  readonly hash: string
  readonly status: 'signed' | 'mined' | 'reverted'
  readonly blockNumber: number | null
}

/** Where signed transactions survive the process. */
export type Outbox = {
  find(purpose: string): Promise<OutboxEntry | null>
  /** The entries that are signed and not known to be mined, by nonce. */
  pending(): Promise<readonly OutboxEntry[]>
  /** Resolves when the entry is durable. Refuses a second one for the purpose, or for the sender and nonce. */
  add(entry: OutboxEntry): Promise<void>
  markMined(purpose: string, status: 'mined' | 'reverted', blockNumber: number): Promise<void>
}

export type MinedTransaction = { readonly hash: string; readonly blockNumber: number; readonly gasUsed: bigint }

export type TransactionSender = {
  /** Lower-case 0x-hex. */
  readonly address: string
  /**
   * Makes the call exactly once for the purpose, however often it is asked for and whatever is killed in between;
   * resolves when it is mined. A call that the contract would refuse is not signed: its error comes as a DomainError.
   */
  send(purpose: string, call: Call): Promise<MinedTransaction>
  /** Gives up waiting: what is signed stays in the outbox, and the next start goes on with it. */
  stop(): void
}

/** Between two of these a process may end, and nothing may depend on which: the steps by which a call reaches the ledger. */
export const OUTBOX_STEPS = [
  /** Nothing is signed, and no nonce is asked for. */
  'before-nonce',
  /** Signed, and nowhere but in memory. */
  'signed',
  /** Durable, and sent to nobody. */
  'stored',
  /** The node has it. */
  'broadcast',
  /** Its receipt is read, and nobody has noted that. */
  'mined',
  /** The note is under way to where it is kept. */
  'noting',
  /** Noted, and whoever asked for the call has not heard of it. */
  'noted',
] as const
export type OutboxStep = (typeof OUTBOX_STEPS)[number]

type Log = {
  warn(details: object, message: string): void
  info(details: object, message: string): void
}

type Receipt = { status: string; blockNumber: string; gasUsed: string }

/** The most gas that one transaction may use since EIP-7825. The limit does not change what is used. */
const GAS_LIMIT = 16_777_216n
const LONGEST_PAUSE_MS = 5_000
/** A node that restarted has forgotten what it was given, so it is given again. */
const REBROADCAST_MS = 2_000
/** Looks at a nonce that is used up while the transaction is nowhere, before believing it. */
const LOOKS_BEFORE_NONCE_TAKEN = 10

export function createTransactionSender(options: {
  ledger: Ledger
  key: SigningKey
  outbox: Outbox
  pollMs: number
  log: Log
  /** Hears of every step before the next one is taken; for tests that end the process there. */
  onStep?: (step: OutboxStep, purpose: string) => void
}): TransactionSender {
  const { ledger, outbox, pollMs, log, onStep = () => undefined } = options
  const { address } = options.key
  const stopped = new AbortController()
  let nextNonce: number | null = null
  // What was signed before is brought in at once; where that fails now, the first transaction does it.
  let last: Promise<unknown> = resume().catch(() => undefined)

  async function sendNow(purpose: string, call: Call): Promise<MinedTransaction> {
    await resume()
    const known = await outbox.find(purpose)
    // What reverted may pass by now, when a balance was topped up: it is simulated anew, and signed anew if it does.
    if (known !== null && known.status !== 'reverted') return outcomeOf(known)

    const unsigned = {
      to: ledger.addresses[call.contract],
      data: ledger.contracts[call.contract].interface.encodeFunctionData(call.function, call.arguments),
    }
    const [fees] = await Promise.all([patiently(() => readFees(ledger)), patiently(() => simulate(unsigned, 'latest'))])
    onStep('before-nonce', purpose)
    const nonce = await readNextNonce()
    const transaction = Transaction.from({
      ...unsigned,
      ...fees,
      chainId: ledger.chainId,
      nonce,
      gasLimit: GAS_LIMIT,
    })
    transaction.signature = await signChecked(options.key, getBytes(transaction.unsignedHash))
    const { serialized: rawTransaction, hash } = transaction
    const entry: OutboxEntry = {
      sender: address,
      nonce,
      purpose,
      rawTransaction,
      hash: hash as string,
      status: 'signed',
      blockNumber: null,
    }
    // Whether the row was written is unknown when writing fails, so the nonce is then read anew.
    nextNonce = null
    onStep('signed', purpose)
    await outbox.add(entry)
    onStep('stored', purpose)
    const mined = await finish(entry)
    nextNonce = nonce + 1
    return mined
  }

  /** Brings in whatever was signed before, in the order of the nonces, and only then new transactions. */
  async function resume(): Promise<void> {
    if (nextNonce !== null) return
    for (const entry of await outbox.pending()) {
      if (entry.sender !== address) continue
      log.info({ purpose: entry.purpose, hash: entry.hash }, 'going on with a transaction signed before')
      await finish(entry).catch((error: unknown) => {
        if (!(error instanceof DomainError) || stopped.signal.aborted || error.code === 'nonce-taken') throw error
        log.warn({ purpose: entry.purpose, code: error.code }, `a transaction signed before reverted: ${error.message}`)
      })
    }
  }

  async function readNextNonce(): Promise<number> {
    nextNonce ??= await patiently(async () =>
      Number(await ledger.provider.send('eth_getTransactionCount', [address, 'pending'])),
    )
    return nextNonce
  }

  async function outcomeOf(entry: OutboxEntry): Promise<MinedTransaction> {
    if (entry.status === 'signed') return finish(entry)
    const receipt = await patiently(() => readReceipt(entry.hash))
    if (receipt === null) {
      throw new DomainError(
        'transaction-vanished',
        `transaction ${entry.hash} for ${entry.purpose} was mined once, but this ledger does not know it`,
        { hash: entry.hash, purpose: entry.purpose },
      )
    }
    if (entry.status === 'reverted') throw await reasonOf(entry, Number(receipt.blockNumber))
    return minedOf(entry, receipt)
  }

  async function finish(entry: OutboxEntry): Promise<MinedTransaction> {
    const receipt = await broadcastUntilMined(entry)
    const blockNumber = Number(receipt.blockNumber)
    const status = BigInt(receipt.status) === 1n ? 'mined' : 'reverted'
    onStep('mined', entry.purpose)
    const noting = outbox.markMined(entry.purpose, status, blockNumber)
    onStep('noting', entry.purpose)
    await noting
    onStep('noted', entry.purpose)
    if (status === 'mined') return minedOf(entry, receipt)
    throw await reasonOf(entry, blockNumber)
  }

  async function broadcastUntilMined(entry: OutboxEntry): Promise<Receipt> {
    let broadcastAt = -Infinity
    let failures = 0
    let looksWithNonceTaken = 0
    let complaint = ''
    for (;;) {
      requireRunning()
      try {
        if (performance.now() - broadcastAt >= Math.max(REBROADCAST_MS, pollMs)) {
          const refusal = await broadcast(entry)
          broadcastAt = performance.now()
          onStep('broadcast', entry.purpose)
          if (refusal !== null && refusal !== complaint) {
            complaint = refusal
            log.warn({ purpose: entry.purpose, hash: entry.hash }, `the ledger did not take a transaction: ${refusal}`)
          }
        }
        const receipt = await readReceipt(entry.hash)
        if (receipt !== null) return receipt
        if (complaint !== '' && (await readTransactionCount()) > entry.nonce) looksWithNonceTaken += 1
        if (looksWithNonceTaken > LOOKS_BEFORE_NONCE_TAKEN) throw nonceTaken(entry)
        failures = 0
      } catch (error) {
        if (!isLedgerUnreachable(error)) throw error
        failures += 1
        if (failures === 1) log.warn({ purpose: entry.purpose }, `${messageOf(error)}; trying again`)
      }
      await pauseAfter(failures)
    }
  }

  /** Null when the node took it or has it already; otherwise what the node said, which time may mend. */
  async function broadcast(entry: OutboxEntry): Promise<string | null> {
    try {
      await ledger.provider.send('eth_sendRawTransaction', [entry.rawTransaction])
      return null
    } catch (error) {
      if (isLedgerUnreachable(error)) throw error
      // A node that mines at once answers a transaction that reverts with its error: the receipt tells.
      if ((await readReceipt(entry.hash)) !== null) return null
      const message = messageOf(error)
      return /already known|known transaction|already imported|already exists/i.test(message) ? null : message
    }
  }

  async function simulate(unsigned: { to: string; data: string }, block: string): Promise<void> {
    try {
      const transaction = { from: address, ...unsigned, gas: `0x${GAS_LIMIT.toString(16)}` }
      await ledger.provider.send('eth_call', [transaction, block])
    } catch (error) {
      throw revertToDomainError(error)
    }
  }

  /** Why a mined transaction reverted: what it would have said on the state before its block, or after it. */
  async function reasonOf(entry: OutboxEntry, blockNumber: number): Promise<DomainError> {
    const { to, data } = Transaction.from(entry.rawTransaction)
    for (const number of [blockNumber - 1, blockNumber]) {
      try {
        await patiently(() => simulate({ to: to ?? '', data }, `0x${number.toString(16)}`))
      } catch (error) {
        requireRunning()
        if (error instanceof DomainError && error.code !== 'ledger-refused') return error
      }
    }
    return new DomainError('transaction-reverted', `transaction ${entry.hash} for ${entry.purpose} reverted`, {
      hash: entry.hash,
      purpose: entry.purpose,
    })
  }

  async function readReceipt(hash: string): Promise<Receipt | null> {
    return (await ledger.provider.send('eth_getTransactionReceipt', [hash])) as Receipt | null
  }

  async function readTransactionCount(): Promise<number> {
    return Number(await ledger.provider.send('eth_getTransactionCount', [address, 'latest']))
  }

  /** Tries again, for as long as the node cannot be reached. */
  async function patiently<Result>(work: () => Promise<Result>): Promise<Result> {
    for (let failures = 1; ; failures += 1) {
      requireRunning()
      try {
        return await work()
      } catch (error) {
        if (!isLedgerUnreachable(error)) throw error
        if (failures === 1) log.warn({ sender: address }, `${messageOf(error)}; trying again`)
        await pauseAfter(failures)
      }
    }
  }

  function pauseAfter(failures: number): Promise<void> {
    return sleep(Math.max(pollMs, Math.min(LONGEST_PAUSE_MS, pollMs * 2 ** Math.min(failures, 10))), stopped.signal)
  }

  function requireRunning(): void {
    if (stopped.signal.aborted) throw new DomainError('sender-stopped', 'no more transactions are sent')
  }

  return {
    address,
    send(purpose, call) {
      const result = last.then(() => sendNow(purpose, call))
      last = result.catch(() => undefined)
      return result
    },
    stop: () => stopped.abort(),
  }
}

/** EIP-1559 fees that outlast a doubling of the base fee; none on a ledger without a base fee. */
async function readFees(ledger: Ledger): Promise<{ type: 2; maxFeePerGas: bigint; maxPriorityFeePerGas: bigint }> {
  const block = (await ledger.provider.send('eth_getBlockByNumber', ['latest', false])) as { baseFeePerGas?: string }
  return { type: 2, maxFeePerGas: 2n * BigInt(block.baseFeePerGas ?? 0), maxPriorityFeePerGas: 0n }
}

function minedOf(entry: OutboxEntry, receipt: Receipt): MinedTransaction {
  return { hash: entry.hash, blockNumber: Number(receipt.blockNumber), gasUsed: BigInt(receipt.gasUsed) }
}

function nonceTaken(entry: OutboxEntry): DomainError {
  return new DomainError(
    'nonce-taken',
    `nonce ${entry.nonce} of ${entry.sender} was used by another transaction: is the key used by another program?`,
    { sender: entry.sender, nonce: entry.nonce, purpose: entry.purpose },
  )
}
