import { Transaction, Wallet } from 'ethers'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { advanceTo } from '../../services/chain/hardhat-time.ts'
import type { Ledger } from '../../services/chain/ledger.ts'
import type { Outbox } from '../../services/chain/outbox.ts'
import { readSession } from '../../services/chain/sessions.ts'
import { localSigningKey } from '../../services/chain/signing-key.ts'
import { createTransactionSender, type TransactionSender } from '../../services/chain/transactions.ts'
import { addressOfKey } from '../../services/chain/typed-data.ts'
import { deliveryPeriod, startOf } from '../../services/domain/units.ts'
import {
  AREA,
  closeGateCall,
  FIRST_PERIOD,
  KEYS,
  memoryOutbox,
  POLL_MS,
  setUpMarket,
  SILENT_LOG,
  startLedger,
  type RunningLedger,
} from './ledger-fixture.ts'

const OPERATOR = addressOfKey(KEYS.marketOperator)
const GWEI = 1_000_000_000n

// A node that mines when it is told to, whose key another program may use too.
let node: RunningLedger
let ledger: Ledger
let period = FIRST_PERIOD
const senders: TransactionSender[] = []
const troubles: (string | null)[] = []

beforeAll(async () => {
  node = await startLedger(18_646)
  ledger = (await setUpMarket(node.url)).ledger
  await advanceTo(ledger, startOf(deliveryPeriod(FIRST_PERIOD + 50)))
  await ask('evm_setAutomine', false)
})
afterAll(async () => {
  ledger.close()
  await node.stop()
})
beforeEach(() => {
  period = deliveryPeriod(period + 1)
  troubles.length = 0
})
afterEach(() => {
  for (const sender of senders.splice(0)) sender.stop()
})

const ask = (method: string, ...parameters: unknown[]): Promise<unknown> => ledger.provider.send(method, parameters)
const mine = () => ask('evm_mine')
const countAt = async (block: 'latest' | 'pending') => Number(await ask('eth_getTransactionCount', OPERATOR, block))

function senderOf(outbox: Outbox, highestFeePerGas?: bigint): TransactionSender {
  const sender = createTransactionSender({
    ledger,
    key: localSigningKey(KEYS.marketOperator),
    outbox,
    pollMs: POLL_MS,
    log: SILENT_LOG,
    highestFeePerGas,
    patienceMs: 100,
    onTrouble: (detail) => troubles.push(detail),
  })
  senders.push(sender)
  return sender
}

/** Another program's transaction with the same key, for that nonce; resolves to its hash. */
async function sendForeign(nonce: number, maxFeePerGas = 0n): Promise<string> {
  const raw = await new Wallet(KEYS.marketOperator).signTransaction({
    to: OPERATOR,
    type: 2,
    chainId: ledger.chainId,
    nonce,
    gasLimit: 21_000,
    maxFeePerGas,
    maxPriorityFeePerGas: maxFeePerGas === 0n ? 0n : 1n,
  })
  return (await ask('eth_sendRawTransaction', raw)) as string
}

const isKnown = async (hash: string) => (await ask('eth_getTransactionByHash', hash)) !== null

/** Resolves once the outbox has an entry that the node has too. */
async function untilBroadcast(outbox: ReturnType<typeof memoryOutbox>, entries = 1): Promise<void> {
  await expect.poll(() => outbox.entries.length).toBe(entries)
  await expect.poll(() => isKnown(outbox.entries.at(-1)!.hash)).toBe(true)
}

const stateOf = async () => (await readSession(ledger, AREA, period)).state

test('a transaction that the node lost is given to it again', async () => {
  const outbox = memoryOutbox()
  const sent = senderOf(outbox).send('close', closeGateCall(period, []))
  await untilBroadcast(outbox)
  const { hash } = outbox.entries[0]!
  await ask('hardhat_dropTransaction', hash)
  expect(await isKnown(hash)).toBe(false)
  await expect.poll(() => isKnown(hash), { timeout: 20_000 }).toBe(true)
  await mine()
  expect(await sent).toMatchObject({ hash })
  expect(outbox.entries).toMatchObject([{ status: 'mined', earlierHashes: [] }])
})

test('a call whose nonce another program took, while it waited, is signed anew at the next one', async () => {
  const outbox = memoryOutbox()
  const sent = senderOf(outbox).send('close', closeGateCall(period, []))
  await untilBroadcast(outbox)
  const { hash, nonce } = outbox.entries[0]!
  await ask('hardhat_dropTransaction', hash)
  await sendForeign(nonce)
  await mine()
  await expect.poll(() => outbox.entries[0]!.nonce, { timeout: 20_000 }).toBe(nonce + 1)
  await untilBroadcast(outbox)
  await mine()
  const mined = await sent
  expect(mined.hash).not.toBe(hash)
  expect(outbox.entries).toMatchObject([{ status: 'mined', hash: mined.hash, earlierHashes: [hash] }])
  expect(await stateOf()).toBe('gate-closed')
  expect(await countAt('latest')).toBe(nonce + 2)
})

test('a call that another program made meanwhile is not made twice', async () => {
  const outbox = memoryOutbox()
  const sender = senderOf(outbox)
  const sent = sender.send('close', closeGateCall(period, [])).catch((error: unknown) => error)
  await untilBroadcast(outbox)
  const { hash, nonce, rawTransaction } = outbox.entries[0]!
  await ask('hardhat_dropTransaction', hash)
  // The same call, with another limit: another transaction.
  const { to, data, chainId } = Transaction.from(rawTransaction)
  const other = { to, data, chainId, nonce, type: 2, gasLimit: 5_000_000, maxFeePerGas: 0, maxPriorityFeePerGas: 0 }
  await ask('eth_sendRawTransaction', await new Wallet(KEYS.marketOperator).signTransaction(other))
  await mine()
  expect(await sent).toMatchObject({ code: 'call-auction-gate-already-closed' })
  expect(outbox.entries).toMatchObject([{ status: 'reverted', nonce }])
  expect(await countAt('latest')).toBe(nonce + 1)

  period = deliveryPeriod(period + 1)
  const next = sender.send('close next', closeGateCall(period, []))
  await untilBroadcast(outbox, 2)
  await mine()
  expect(await next).toMatchObject({ hash: outbox.entries[1]!.hash })
})

test('a nonce that another program left out is filled, so that the call gets on', async () => {
  const outbox = memoryOutbox()
  const first = await countAt('latest')
  const foreign = await sendForeign(first)
  const sent = senderOf(outbox).send('close', closeGateCall(period, []))
  await untilBroadcast(outbox)
  expect(outbox.entries[0]!.nonce).toBe(first + 1)
  await ask('hardhat_dropTransaction', foreign)
  await untilBroadcast(outbox, 2)
  await mine()
  await sent
  expect(outbox.entries.map(({ nonce, status }) => [nonce, status])).toEqual([
    [first + 1, 'mined'],
    [first, 'mined'],
  ])
  expect(await stateOf()).toBe('gate-closed')
})

test('a transaction that the base fee left behind is replaced at its nonce, by fees up to the highest', async () => {
  const outbox = memoryOutbox()
  const highest = 15n * GWEI
  const sent = senderOf(outbox, highest).send('close', closeGateCall(period, []))
  await untilBroadcast(outbox)
  const before = outbox.entries[0]!
  expect(Transaction.from(before.rawTransaction).maxFeePerGas).toBe(0n)

  await ask('hardhat_setNextBlockBaseFeePerGas', '0x' + (20n * GWEI).toString(16))
  await mine()
  await expect.poll(() => troubles.at(-1)).toMatch(/^the ledger asks for \d+ wei a unit of gas/)
  expect(outbox.entries).toEqual([before])

  await ask('hardhat_setNextBlockBaseFeePerGas', '0x' + (10n * GWEI).toString(16))
  await mine()
  await expect.poll(() => outbox.entries[0]!.earlierHashes, { timeout: 20_000 }).toEqual([before.hash])
  const after = outbox.entries[0]!
  expect(after.nonce).toBe(before.nonce)
  expect(Transaction.from(after.rawTransaction).maxFeePerGas).toBe(highest)
  await untilBroadcast(outbox)
  await mine()
  expect(await sent).toMatchObject({ hash: after.hash })
  expect(outbox.entries).toMatchObject([{ status: 'mined', hash: after.hash }])
  expect(troubles.at(-1)).toBeNull()
  expect(await stateOf()).toBe('gate-closed')
})

test('an earlier transaction that is mined in the place of what replaced it counts', async () => {
  const outbox = memoryOutbox()
  await ask('hardhat_setNextBlockBaseFeePerGas', '0x' + GWEI.toString(16))
  await mine()
  const killed = senderOf(outbox)
  const lost = killed.send('close', closeGateCall(period, [])).catch(() => null)
  await untilBroadcast(outbox)
  killed.stop()
  await lost
  // A replacement that was stored, and never sent.
  const before = outbox.entries[0]!
  const raised = Transaction.from(before.rawTransaction)
  raised.maxFeePerGas = 9n * GWEI
  raised.signature = new Wallet(KEYS.marketOperator).signingKey.sign(raised.unsignedHash)
  const [hash, rawTransaction] = [raised.hash!, raised.serialized]
  await outbox.replace(before, { ...before, hash, rawTransaction, earlierHashes: [before.hash] })
  await mine()

  expect(await senderOf(outbox).send('close', closeGateCall(period, []))).toMatchObject({ hash: before.hash })
  expect(outbox.entries).toMatchObject([{ status: 'mined', hash: before.hash }])
  expect(await stateOf()).toBe('gate-closed')
})
