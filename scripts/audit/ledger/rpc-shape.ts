import type { Difference } from '../difference.ts'
import type { RpcBlock, RpcReceipt, RpcTransaction } from './rpc-types.ts'

type Form = 'quantity' | 'hash' | 'address' | 'bytes'
type Shape = Readonly<Record<string, readonly [form: Form, isOptional?: boolean]>>

const FORMS: Readonly<Record<Form, RegExp>> = {
  quantity: /^0x[0-9a-f]{1,64}$/i,
  hash: /^0x[0-9a-f]{64}$/i,
  address: /^0x[0-9a-f]{40}$/i,
  bytes: /^0x[0-9a-f]*$/i,
}

const OPTIONAL = true
const BLOCK: Shape = {
  number: ['quantity'],
  hash: ['hash'],
  parentHash: ['hash'],
  sha3Uncles: ['hash'],
  miner: ['address'],
  stateRoot: ['hash'],
  transactionsRoot: ['hash'],
  receiptsRoot: ['hash'],
  logsBloom: ['bytes'],
  difficulty: ['quantity'],
  gasLimit: ['quantity'],
  gasUsed: ['quantity'],
  timestamp: ['quantity'],
  extraData: ['bytes'],
  mixHash: ['hash'],
  nonce: ['bytes'],
  baseFeePerGas: ['quantity', OPTIONAL],
  withdrawalsRoot: ['hash', OPTIONAL],
  blobGasUsed: ['quantity', OPTIONAL],
  excessBlobGas: ['quantity', OPTIONAL],
  parentBeaconBlockRoot: ['hash', OPTIONAL],
  requestsHash: ['hash', OPTIONAL],
}
const TRANSACTION: Shape = {
  hash: ['hash'],
  type: ['quantity', OPTIONAL],
  chainId: ['quantity', OPTIONAL],
  nonce: ['quantity'],
  gasPrice: ['quantity', OPTIONAL],
  maxFeePerGas: ['quantity', OPTIONAL],
  maxPriorityFeePerGas: ['quantity', OPTIONAL],
  maxFeePerBlobGas: ['quantity', OPTIONAL],
  gas: ['quantity'],
  from: ['address'],
  value: ['quantity'],
  input: ['bytes'],
  v: ['quantity'],
  yParity: ['quantity', OPTIONAL],
  r: ['quantity'],
  s: ['quantity'],
}
const AUTHORIZATION: Shape = {
  chainId: ['quantity'],
  address: ['address'],
  nonce: ['quantity'],
  yParity: ['quantity'],
  r: ['quantity'],
  s: ['quantity'],
}
const RECEIPT: Shape = {
  transactionHash: ['hash'],
  type: ['quantity', OPTIONAL],
  status: ['quantity'],
  cumulativeGasUsed: ['quantity'],
  gasUsed: ['quantity'],
}
const LOG: Shape = { address: ['address'], data: ['bytes'] }

/** What a node has answered as a block, as far as it is one: enough to ask for its receipts. */
export function transactionHashesOf(block: unknown): string[] | null {
  const transactions = isRecord(block) ? block.transactions : undefined
  if (!Array.isArray(transactions)) return null
  const hashes = transactions.map((transaction: unknown) => (isRecord(transaction) ? transaction.hash : undefined))
  return hashes.every((hash) => typeof hash === 'string' && FORMS.hash.test(hash)) ? (hashes as string[]) : null
}

/** What in the answers of a node has no form that exists, or null: then they are a block and its receipts. */
export function malformedIn(number: number, block: unknown, receipts: unknown): Difference | null {
  const place = { block: number }
  const inBlock = fault(block, BLOCK, 'the block')
  if (inBlock !== null) return malformed(inBlock, place)
  const { transactions } = block as RpcBlock
  if (!Array.isArray(transactions)) return malformed('the block has no list of transactions', place)
  for (const transaction of transactions as unknown[]) {
    const found = faultOfTransaction(transaction)
    if (found !== null) return malformed(found, { ...place, transaction: hashIn(transaction, 'hash') })
  }
  if (!Array.isArray(receipts)) return malformed('its receipts are no list', place)
  for (const receipt of receipts as unknown[]) {
    const found = faultOfReceipt(receipt)
    if (found !== null) return malformed(found, { ...place, transaction: hashIn(receipt, 'transactionHash') })
  }
  return null
}

export function isHash(text: unknown): text is string {
  return typeof text === 'string' && FORMS.hash.test(text)
}

/** Whether it is bytes in hex, which every answer of a contract is. */
export function isBytes(text: unknown): text is string {
  return isOf('bytes', text)
}

function faultOfTransaction(value: unknown): string | null {
  const found = fault(value, TRANSACTION, 'a transaction')
  if (found !== null) return found
  const transaction = value as RpcTransaction
  if (transaction.to !== null && !isOf('address', transaction.to)) return wordsOf('a transaction', 'to', transaction.to)
  const { accessList = [], authorizationList = [], blobVersionedHashes = [] } = transaction
  if (![accessList, authorizationList, blobVersionedHashes].every(Array.isArray)) return 'a transaction has no lists'
  const isAccess = (each: unknown) =>
    isRecord(each) &&
    isOf('address', each.address) &&
    Array.isArray(each.storageKeys) &&
    each.storageKeys.every((key: unknown) => isOf('hash', key))
  if (!accessList.every(isAccess)) return 'an access list of a transaction is none'
  if (!blobVersionedHashes.every((hash: unknown) => isOf('hash', hash))) return 'a blob of a transaction has no hash'
  for (const authorization of authorizationList) {
    const inIt = fault(authorization, AUTHORIZATION, 'an authorization of a transaction')
    if (inIt !== null) return inIt
  }
  return null
}

function faultOfReceipt(value: unknown): string | null {
  const found = fault(value, RECEIPT, 'a receipt')
  if (found !== null) return found
  const { logs } = value as RpcReceipt
  if (!Array.isArray(logs)) return 'a receipt has no list of logs'
  for (const log of logs as unknown[]) {
    const inLog = fault(log, LOG, 'a log')
    if (inLog !== null) return inLog
    const { topics } = log as { topics: unknown }
    if (!Array.isArray(topics) || !topics.every((topic) => isOf('hash', topic))) return 'the topics of a log are none'
  }
  return null
}

function fault(value: unknown, shape: Shape, what: string): string | null {
  if (!isRecord(value)) return `${what} is ${typeof value === 'object' ? 'nothing' : shortened(value)}`
  for (const name in shape) {
    const [form, isOptional] = shape[name]!
    const field = value[name]
    if (isOptional === true && (field === undefined || field === null)) continue
    if (!isOf(form, field)) return wordsOf(what, name, field)
  }
  return null
}

function isOf(form: Form, value: unknown): value is string {
  return typeof value === 'string' && FORMS[form].test(value) && (form !== 'bytes' || value.length % 2 === 0)
}

function wordsOf(what: string, name: string, value: unknown): string {
  return `${what} has ${value === undefined ? `no ${name}` : `${shortened(value)} for its ${name}`}`
}

function shortened(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? typeof value)
  return text.length > 40 ? `${text.slice(0, 40)}…` : text
}

function hashIn(value: unknown, name: string): string | undefined {
  const hash = isRecord(value) ? value[name] : undefined
  return isHash(hash) ? hash : undefined
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function malformed(what: string, place: Partial<Difference>): Difference {
  return { check: 'malformed', message: `the node answers in no form that exists: ${what}`, ...place }
}
