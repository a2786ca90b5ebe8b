import { DomainError } from '../domain/errors.ts'
import { createDelivery } from './delivery.ts'
import { sleep } from './ledger-clock.ts'
import type { ContractName, Ledger } from './ledger.ts'
import { readReceipt, readTransactionCount, type Receipt } from './node-answers.ts'
import type { Outbox, OutboxEntry, OutboxStep } from './outbox.ts'
import type { SigningKey } from './signing-key.ts'

export type Call = {
  readonly contract: ContractName
  readonly function: string
  readonly arguments: readonly unknown[]
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

type Log = {
  warn(details: object, message: string): void
  info(details: object, message: string): void
}

/** 1,000 gwei: a ledger among known parties asks for nothing, and no other one for so much. */
export const HIGHEST_FEE_PER_GAS = 1_000_000_000_000n
const PATIENCE_MS = 15_000

export function createTransactionSender(options: {
  ledger: Ledger
  key: SigningKey
  outbox: Outbox
  pollMs: number
  log: Log
  /** The most that is offered for a unit of gas, in wei; 1,000 gwei unless told. */
  highestFeePerGas?: bigint | undefined
  /** So long a transaction may wait to be mined before its fee is looked at; 15,000 unless told. */
  patienceMs?: number
  /** Hears why transactions do not get on, in words that name the ledger, and null when they do again. */
  onTrouble?: (detail: string | null) => void
  /** Hears of every step before the next one is taken; for tests that end the process there. */
  onStep?: (step: OutboxStep, purpose: string) => void
}): TransactionSender {
  const { ledger, outbox, log, onStep = () => undefined } = options
  const { address } = options.key
  const { provider: node } = ledger
  const stopped = new AbortController()
  const { deliver, patiently, refusalAt, sign, simulate } = createDelivery({
    patienceMs: PATIENCE_MS,
    onTrouble: () => undefined,
    ...options,
    highestFeePerGas: options.highestFeePerGas ?? HIGHEST_FEE_PER_GAS,
    onStep,
    pause: (milliseconds) => sleep(milliseconds, stopped.signal),
    requireRunning,
  })
  let nextNonce: number | null = null
  // What was signed before is brought in at once; where that fails now, the first transaction does it.
  let last: Promise<unknown> = resume().catch(() => undefined)

  async function sendNow(purpose: string, call: Call): Promise<MinedTransaction> {
    await resume()
    const known = await outbox.find(purpose)
    // What reverted may pass by now, when a balance was topped up: it is simulated anew, and signed anew if it does.
    if (known !== null && known.status !== 'reverted') return outcomeOf(known)

    const payload = {
      to: ledger.addresses[call.contract],
      data: ledger.contracts[call.contract].interface.encodeFunctionData(call.function, call.arguments),
    }
    await patiently(() => simulate(payload))
    onStep('before-nonce', purpose)
    const entry = await sign(purpose, payload, nextNonce ?? (await readNextNonce()))
    // Whether the row was written is unknown when writing fails, so the nonce is then read anew.
    nextNonce = null
    await outbox.add(entry)
    onStep('stored', purpose)
    const { mined, nonce } = await finish(entry)
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
        if (!(error instanceof DomainError) || stopped.signal.aborted) throw error
        log.warn({ purpose: entry.purpose, code: error.code }, `a transaction signed before reverted: ${error.message}`)
      })
    }
  }

  function readNextNonce(): Promise<number> {
    return patiently(() => readTransactionCount(node, address, 'pending'))
  }

  async function outcomeOf(known: OutboxEntry): Promise<MinedTransaction> {
    if (known.status === 'signed') return (await finish(known)).mined
    const receipt = await patiently(() => readReceipt(node, known.hash))
    if (receipt !== null) return minedOf(receipt)
    throw new DomainError(
      'transaction-vanished',
      `transaction ${known.hash} for ${known.purpose} was mined once, but this ledger does not know it`,
      { hash: known.hash, purpose: known.purpose },
    )
  }

  async function finish(signed: OutboxEntry): Promise<{ mined: MinedTransaction; nonce: number }> {
    const { entry, receipt } = await deliver(signed)
    const status = receipt.status === 1 ? 'mined' : 'reverted'
    onStep('mined', entry.purpose)
    const noting = outbox.markMined(entry.purpose, status, receipt.blockNumber, receipt.transactionHash)
    onStep('noting', entry.purpose)
    await noting
    onStep('noted', entry.purpose)
    if (status === 'mined') return { mined: minedOf(receipt), nonce: entry.nonce }
    throw await reasonOf(entry, receipt)
  }

  /** Why a mined transaction reverted: what it would have said on the state before its block, or after it. */
  async function reasonOf(entry: OutboxEntry, { blockNumber, transactionHash: hash }: Receipt): Promise<DomainError> {
    for (const number of [blockNumber - 1, blockNumber]) {
      const reason = await refusalAt(entry, number)
      if (reason !== null) return reason
    }
    const { purpose } = entry
    return new DomainError('transaction-reverted', `transaction ${hash} for ${purpose} reverted`, { hash, purpose })
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

function minedOf({ transactionHash: hash, blockNumber, gasUsed }: Receipt): MinedTransaction {
  return { hash, blockNumber, gasUsed }
}
