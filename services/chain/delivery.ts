import { getBytes, Transaction } from 'ethers'
import { DomainError } from '../domain/errors.ts'
import { isLedgerUnreachable, messageOf, revertToDomainError } from './errors.ts'
import type { Ledger } from './ledger.ts'
import {
  errorOfNode,
  isErrorOfNode,
  readLatest,
  readReceipt,
  readTransactionCount,
  type Receipt,
} from './node-answers.ts'
import type { Outbox, OutboxEntry, OutboxStep } from './outbox.ts'
import { signChecked, type SigningKey } from './signing-key.ts'
import { isNonceTaken } from './taken-nonce.ts'
import { feesFor, raisedFees, type Fees } from './transaction-fees.ts'

/** What a call comes to before it is signed. */
export type Payload = { readonly to: string; readonly data: string }

/** The entry whose transaction was mined may be another one than was handed in. */
export type Delivered = { readonly entry: OutboxEntry; readonly receipt: Receipt }

export type Delivery = {
  /** Throws the contract's refusal, were the call made now; `ledger-unreachable` where the node does not say. */
  readonly simulate: (payload: Payload) => Promise<void>
  /** What the contract would have said to the entry's call after that block; null where it would have been mined. */
  readonly refusalAt: (entry: OutboxEntry, block: number) => Promise<DomainError | null>
  readonly sign: (purpose: string, payload: Payload, nonce: number) => Promise<OutboxEntry>
  /** Has the ledger mine the entry's call, once: as it was signed, or signed anew where that cannot be mined. */
  readonly deliver: (entry: OutboxEntry) => Promise<Delivered>
  /** Does work at the node again for as long as it cannot be reached. */
  readonly patiently: <Result>(work: () => Promise<Result>) => Promise<Result>
}

export type DeliveryOptions = {
  readonly ledger: Ledger
  readonly key: SigningKey
  readonly outbox: Outbox
  readonly pollMs: number
  readonly log: { warn(details: object, message: string): void }
  readonly onStep: (step: OutboxStep, purpose: string) => void
  /** Hears why transactions do not get on, and null when they do again. */
  readonly onTrouble: (detail: string | null) => void
  /** The most that is offered for a unit of gas, in wei. */
  readonly highestFeePerGas: bigint
  /** So long a transaction may wait to be mined before it is asked why. */
  readonly patienceMs: number
  readonly pause: (milliseconds: number) => Promise<void>
  /** Throws once no more is to be sent. */
  readonly requireRunning: () => void
}

/** The most gas that one transaction may use since EIP-7825. The limit does not change what is used. */
const GAS_LIMIT = 16_777_216n
const LONGEST_PAUSE_MS = 5_000
/** A node that restarted has forgotten what it was given, so it is given again. */
const REBROADCAST_MS = 2_000
/** Looks at a nonce that is used up while the transaction is nowhere, before asking who used it. */
const LOOKS_BEFORE_NONCE_TAKEN = 10

/** How one delivery stands. */
type Progress = { broadcastAt: number; waitingSince: number; looksWithNonceUsed: number; complaint: string | null }

const progressFromNow = (): Progress => ({
  broadcastAt: -Infinity,
  waitingSince: performance.now(),
  looksWithNonceUsed: 0,
  complaint: null,
})

export function createDelivery(options: DeliveryOptions): Delivery {
  const { ledger, key, outbox, pollMs, log, onStep, onTrouble, requireRunning } = options
  const { provider: node } = ledger

  async function sign(
    purpose: string,
    payload: Payload,
    nonce: number,
    { earlierHashes = [], fees }: { earlierHashes?: readonly string[]; fees?: Fees } = {},
  ): Promise<OutboxEntry> {
    const offered = fees ?? feesFor((await patiently(() => readLatest(node))).baseFee, options.highestFeePerGas)
    const { chainId } = ledger
    const transaction = Transaction.from({ ...payload, ...offered, type: 2, chainId, nonce, gasLimit: GAS_LIMIT })
    transaction.signature = await signChecked(key, getBytes(transaction.unsignedHash))
    const { serialized: rawTransaction } = transaction
    const hash = transaction.hash as string
    const status = 'signed'
    const entry = { sender: key.address, nonce, purpose, rawTransaction, hash, earlierHashes, blockNumber: null }
    onStep('signed', purpose)
    return { ...entry, status }
  }

  async function deliver(first: OutboxEntry): Promise<Delivered> {
    let entry = first
    let progress = progressFromNow()
    for (let failures = 0; ; await pauseAfter(failures)) {
      requireRunning()
      try {
        await broadcastWhenDue(entry, progress)
        const receipt = await receiptOf(entry)
        if (receipt !== null) {
          onTrouble(null)
          return { entry, receipt }
        }
        const amended = await amend(entry, progress)
        if (amended !== null) progress = progressFromNow()
        entry = amended ?? entry
        if (failures > 0) onTrouble(null)
        failures = 0
      } catch (error) {
        if (!isLedgerUnreachable(error)) throw error
        failures += 1
        complain(error, failures)
      }
    }
  }

  /** Of any transaction that was signed for it. */
  async function receiptOf(entry: OutboxEntry): Promise<Receipt | null> {
    for (const hash of [entry.hash, ...entry.earlierHashes]) {
      const receipt = await readReceipt(node, hash)
      if (receipt !== null) return receipt
    }
    return null
  }

  async function broadcastWhenDue(entry: OutboxEntry, progress: Progress): Promise<void> {
    if (performance.now() - progress.broadcastAt < Math.max(REBROADCAST_MS, pollMs)) return
    const refusal = await broadcast(entry)
    progress.broadcastAt = performance.now()
    onStep('broadcast', entry.purpose)
    if (refusal !== null && refusal !== progress.complaint) {
      log.warn({ purpose: entry.purpose, hash: entry.hash }, `the ledger did not take a transaction: ${refusal}`)
    }
    progress.complaint = refusal ?? progress.complaint
  }

  /** Null when the node took it or has it already; otherwise what the node said, which time may mend. */
  async function broadcast(entry: OutboxEntry): Promise<string | null> {
    try {
      await node.send('eth_sendRawTransaction', [entry.rawTransaction])
      return null
    } catch (error) {
      if (isLedgerUnreachable(error)) throw revertToDomainError(error)
      // A node that mines at once answers a transaction that reverts with its error: the receipt tells.
      if ((await receiptOf(entry)) !== null) return null
      const message = messageOf(error)
      return /already known|known transaction|already imported|already exists/i.test(message) ? null : message
    }
  }

  /** What takes the place of an entry that cannot be mined as it is; null where it may be yet. */
  async function amend(entry: OutboxEntry, progress: Progress): Promise<OutboxEntry | null> {
    const isLate = performance.now() - progress.waitingSince >= options.patienceMs
    if (progress.complaint !== null || isLate) {
      const isUsed = (await readTransactionCount(node, entry.sender, 'latest')) > entry.nonce
      progress.looksWithNonceUsed = isUsed ? progress.looksWithNonceUsed + 1 : 0
      if (progress.looksWithNonceUsed > LOOKS_BEFORE_NONCE_TAKEN) {
        progress.looksWithNonceUsed = 0
        if ((await isNonceTaken(node, entry)) && (await receiptOf(entry)) === null) return signAtNextNonce(entry)
      }
    }
    if (!isLate || progress.looksWithNonceUsed > 0) return null
    onTrouble(`the ledger does not mine a transaction: ${progress.complaint ?? 'it was taken, and waits'}`)
    return (await raiseFees(entry)) ?? (await fillGap(entry))
  }

  /** The call once more, since a transaction that is not ours has its nonce. Throws where the contract refuses it by now. */
  async function signAtNextNonce(entry: OutboxEntry): Promise<OutboxEntry> {
    const payload = payloadOf(entry)
    log.warn({ purpose: entry.purpose, nonce: entry.nonce }, 'another program used the nonce; signing anew')
    try {
      await patiently(() => simulate(payload))
    } catch (error) {
      requireRunning()
      // It has no effect, and can have none any more: as one that reverted, it may be asked for again.
      const { number } = await patiently(() => readLatest(node))
      await outbox.markMined(entry.purpose, 'reverted', number, entry.hash)
      throw error
    }
    const nonces = await patiently(() => readTransactionCount(node, key.address, 'pending'))
    const nonce = entry.sender === key.address ? Math.max(nonces, entry.nonce + 1) : nonces
    return replace(entry, await sign(entry.purpose, payload, nonce, { earlierHashes: hashesOf(entry) }))
  }

  /** The same transaction for a fee that the base fee has not left behind; null where that is not why it waits. */
  async function raiseFees(entry: OutboxEntry): Promise<OutboxEntry | null> {
    // Another key's transaction cannot be replaced.
    if (entry.sender !== key.address) return null
    const { baseFee } = await readLatest(node)
    const { maxFeePerGas, maxPriorityFeePerGas } = Transaction.from(entry.rawTransaction)
    const offered = { maxFeePerGas: maxFeePerGas ?? 0n, maxPriorityFeePerGas: maxPriorityFeePerGas ?? 0n }
    const fees = raisedFees(offered, baseFee, options.highestFeePerGas)
    if (fees === null) {
      if (baseFee > offered.maxFeePerGas) {
        onTrouble(
          `the ledger asks for ${baseFee} wei a unit of gas: more than ${options.highestFeePerGas} are not paid`,
        )
      }
      return null
    }
    log.warn({ purpose: entry.purpose, ...textOf(fees) }, 'the base fee rose; replacing a transaction that waits')
    const earlierHashes = hashesOf(entry)
    return replace(entry, await sign(entry.purpose, payloadOf(entry), entry.nonce, { earlierHashes, fees }))
  }

  /**
   * Where the node has no transaction for a nonce before the entry's, since that of another program was lost, one that does
   * nothing takes its place. Always null: the entry itself stays.
   */
  async function fillGap(entry: OutboxEntry): Promise<null> {
    if (entry.sender !== key.address) return null
    const [mined, waiting] = await Promise.all([
      readTransactionCount(node, key.address, 'latest'),
      readTransactionCount(node, key.address, 'pending'),
    ])
    if (waiting >= entry.nonce || mined >= entry.nonce) return null
    const purpose = `fill-nonce:${key.address}:${waiting}`
    if ((await outbox.find(purpose)) !== null) return null
    log.warn({ purpose: entry.purpose, nonce: waiting }, 'a nonce before that of a transaction is missing; filling it')
    const filler = await sign(purpose, { to: key.address, data: '0x' }, waiting)
    await outbox.add(filler)
    onStep('stored', purpose)
    const { receipt } = await deliver(filler)
    await outbox.markMined(
      purpose,
      receipt.status === 1 ? 'mined' : 'reverted',
      receipt.blockNumber,
      receipt.transactionHash,
    )
    return null
  }

  async function replace(replaced: OutboxEntry, entry: OutboxEntry): Promise<OutboxEntry> {
    await outbox.replace(replaced, entry)
    onStep('stored', entry.purpose)
    return entry
  }

  async function simulate({ to, data }: Payload, block = 'latest'): Promise<void> {
    try {
      const transaction = { from: key.address, to, data, gas: `0x${GAS_LIMIT.toString(16)}` }
      await node.send('eth_call', [transaction, block])
    } catch (error) {
      const refusal = revertToDomainError(error)
      if (refusal.code !== 'ledger-refused') throw refusal
      throw errorOfNode('eth_call', error)
    }
  }

  async function refusalAt(entry: OutboxEntry, block: number): Promise<DomainError | null> {
    try {
      await patiently(() =>
        simulate(payloadOf(entry), `0x${block.toString(16)}`).catch((error: unknown) => {
          // The state of that block may be forgotten.
          if (!isErrorOfNode(error)) throw error
        }),
      )
      return null
    } catch (error) {
      requireRunning()
      if (error instanceof DomainError) return error
      throw error
    }
  }

  async function patiently<Result>(work: () => Promise<Result>): Promise<Result> {
    for (let failures = 1; ; failures += 1) {
      requireRunning()
      try {
        const result = await work()
        if (failures > 1) onTrouble(null)
        return result
      } catch (error) {
        if (!isLedgerUnreachable(error)) throw error
        complain(error, failures)
        await pauseAfter(failures)
      }
    }
  }

  function complain(error: unknown, failures: number): void {
    onTrouble(messageOf(error))
    if (failures === 1) log.warn({ sender: key.address }, `${messageOf(error)}; trying again`)
  }

  function pauseAfter(failures: number): Promise<void> {
    return options.pause(Math.max(pollMs, Math.min(LONGEST_PAUSE_MS, pollMs * 2 ** Math.min(failures, 10))))
  }

  return { simulate, refusalAt, sign, deliver, patiently }
}

function payloadOf({ rawTransaction }: OutboxEntry): Payload {
  const { to, data } = Transaction.from(rawTransaction)
  return { to: to ?? '', data }
}

function hashesOf({ hash, earlierHashes }: OutboxEntry): readonly string[] {
  return [hash, ...earlierHashes]
}

function textOf(fees: Fees): Record<string, string> {
  return Object.fromEntries(Object.entries(fees).map(([name, fee]) => [name, String(fee)]))
}
