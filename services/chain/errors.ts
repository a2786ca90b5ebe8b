import { Interface, type ErrorDescription } from 'ethers'
import { DomainError } from '../domain/errors.ts'
import { abis, passkeyAccountAbi } from './generated/contracts.ts'
import { REVERT_SENTENCES } from './revert-sentences.ts'

const UNREACHABLE_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'EAI_AGAIN',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'TIMEOUT',
  'NETWORK_ERROR',
  'SERVER_ERROR',
])

/** What nodes say of a call that fails without a reason. */
const IS_OF_THE_CALL = /revert|out of gas|opcode|vm exception|stack|jump/i

let interfaces: Interface[] | undefined

/**
 * What went wrong at the ledger, as a refusal: a custom error of ours becomes its name in kebab-case with its values
 * (`call-auction-gate-open`), no answer becomes `ledger-unreachable`, anything else `ledger-refused`.
 */
export function revertToDomainError(error: unknown): DomainError {
  if (error instanceof DomainError) return error
  const data = revertDataOf(error)
  if (data !== null) return decodeRevert(data)
  if (isLedgerUnreachable(error)) {
    return new DomainError('ledger-unreachable', `the ledger does not answer: ${messageOf(error)}`)
  }
  // The library takes whatever a node answers to a call for the contract's refusal, its own troubles too.
  if (IS_OF_THE_CALL.test(messageOf(error))) {
    return new DomainError('transaction-reverted', `the ledger refused without a reason: ${messageOf(error)}`)
  }
  return new DomainError('ledger-refused', `the ledger refused the request: ${messageOf(error)}`)
}

/** Whether nobody answered, so that trying again later makes sense. */
export function isLedgerUnreachable(error: unknown): boolean {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof DomainError) return cause.code === 'ledger-unreachable'
    const { code } = cause as Error & { code?: unknown }
    if (typeof code === 'string' && UNREACHABLE_CODES.has(code)) return true
    if (/fetch failed|socket hang up|missing response/i.test(cause.message)) return true
  }
  return false
}

/** What the node said, as far as it said anything. */
export function messageOf(error: unknown): string {
  const nested = findInside(error, (value) =>
    'code' in value && typeof value.code === 'number' && typeof value.message === 'string' ? value.message : null,
  )
  if (nested !== null) return nested
  return error instanceof Error ? error.message : String(error)
}

function decodeRevert(data: string): DomainError {
  interfaces ??= [...Object.values(abis), passkeyAccountAbi].map((abi) => new Interface(abi))
  for (const candidate of interfaces) {
    const description = candidate.parseError(data)
    if (description !== null) return describe(description)
  }
  return new DomainError('transaction-reverted', `the ledger refused with an unknown error ${data.slice(0, 10)}`, {
    data,
  })
}

function describe(description: ErrorDescription): DomainError {
  if (description.name === 'Error') return new DomainError('transaction-reverted', String(description.args[0]))
  const details = Object.fromEntries(
    description.fragment.inputs.map((input, index) => [input.name, plainOf(description.args[index])]),
  )
  // Why a call of a proposal failed is an error of the contract that was called.
  if (description.name === 'CouncilCallFailed') {
    details.reason = details.reason === '0x' ? 'no reason was given' : decodeRevert(String(details.reason)).message
  }
  const code = kebabCaseOf(description.name)
  const sentence = REVERT_SENTENCES[description.name]
  return new DomainError(code, sentence === undefined ? generalSentence(code, details) : sentence(details), details)
}

function generalSentence(code: string, details: Record<string, unknown>): string {
  const values = Object.entries(details).map(([name, value]) => `${name} ${formatValue(value)}`)
  return values.length === 0 ? code.replaceAll('-', ' ') : `${code.replaceAll('-', ' ')}: ${values.join(', ')}`
}

function formatValue(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value)
  return `(${Object.entries(value)
    .map(([name, inner]) => `${name} ${formatValue(inner)}`)
    .join(', ')})`
}

/** Plain data out of a decoded value: tuples as objects, integers as bigint. */
function plainOf(value: unknown): unknown {
  if (!Array.isArray(value)) return value
  const named = value as unknown as { toObject?: (deep: boolean) => Record<string, unknown> }
  return named.toObject === undefined ? value.map(plainOf) : named.toObject(true)
}

/** `CallAuctionGateOpen` becomes `call-auction-gate-open`, `ERC20InsufficientBalance` `erc20-insufficient-balance`. */
export function kebabCaseOf(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1-$2')
    .toLowerCase()
}

function revertDataOf(error: unknown): string | null {
  return findInside(error, (value) => {
    const { data } = value
    return typeof data === 'string' && /^0x([0-9a-f]{2}){4,}$/i.test(data) ? data : null
  })
}

/** What `pick` finds in the error or in anything nested in it: nodes and libraries wrap differently. */
function findInside<Found>(
  error: unknown,
  pick: (value: Record<string, unknown>) => Found | null,
  depth = 0,
): Found | null {
  if (typeof error !== 'object' || error === null || depth > 5) return null
  const value = error as Record<string, unknown>
  for (const name of ['error', 'info', 'data', 'cause']) {
    const found = findInside(value[name], pick, depth + 1)
    if (found !== null) return found
  }
  return pick(value)
}
