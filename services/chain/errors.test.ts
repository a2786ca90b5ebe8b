import { Interface } from 'ethers'
import { describe, expect, test } from 'vitest'
import { DomainError } from '../domain/errors.ts'
import { isLedgerUnreachable, kebabCaseOf, messageOf, revertToDomainError } from './errors.ts'
import { abis, passkeyAccountAbi } from './generated/contracts.ts'
import { REVERT_SENTENCES } from './revert-sentences.ts'

const callAuction = new Interface(abis.callAuction)
const revertOf = (name: string, values: unknown[]) => callAuction.encodeErrorResult(name, values)

describe('revertToDomainError', () => {
  test('names the custom error and keeps its values', () => {
    const error = revertToDomainError({ data: revertOf('CallAuctionGateOpen', [7, 5_700, 5_600]) })
    expect(error).toMatchObject({
      code: 'call-auction-gate-open',
      message: 'the gate of period 7 closes at 5700 (unix seconds), and it is only 5600',
      details: { period: 7n, gateClosure: 5_700n, time: 5_600n },
    })
  })

  test('spells out structs', () => {
    const claim = [-200, 1, 2, 3, 4]
    const error = revertToDomainError({ data: revertOf('CallAuctionNotClearing', [claim, [100, 5, 6, 7, 8]]) })
    expect(error.message).toContain('claimed price -200, bids 1 Wh')
    expect(error.details.found).toEqual({
      price: 100n,
      bidsAtOrAbove: 5n,
      bidsAbove: 6n,
      offersAtOrBelow: 7n,
      offersBelow: 8n,
    })
  })

  test.each([
    ['a node that puts the data into the error', (data: string) => ({ error: { code: 3, message: 'reverted', data } })],
    ['one that wraps it', (data: string) => ({ info: { error: { code: -32603, message: 'x', data: { data } } } })],
    ['a library that adds a cause', (data: string) => new Error('failed', { cause: { data } })],
  ])('understands %s', (_, wrap) => {
    const data = revertOf('CallAuctionAlreadyCleared', [1, 2])
    expect(revertToDomainError(wrap(data)).code).toBe('call-auction-already-cleared')
  })

  test('knows the errors of OpenZeppelin', () => {
    const manager = new Interface(['error AccessManagedUnauthorized(address caller)'])
    const caller = `0x${'12'.repeat(20)}`
    expect(
      revertToDomainError({ data: manager.encodeErrorResult('AccessManagedUnauthorized', [caller]) }),
    ).toMatchObject({
      code: 'access-managed-unauthorized',
      message: expect.stringContaining('does not have the role') as string,
    })
  })

  test('says why a call of a proposal failed', () => {
    const council = new Interface(abis.council)
    const target = `0x${'12'.repeat(20)}`
    const revert = (reason: string) => council.encodeErrorResult('CouncilCallFailed', [1, target, reason])
    const inner = revertOf('CallAuctionAlreadyCleared', [1, 2])
    expect(revertToDomainError({ data: revert(inner) }).message).toBe(
      `call 1 of the proposal, to ${target}, failed: area 1, period 2 is cleared already`,
    )
    expect(revertToDomainError({ data: revert('0x') }).message).toContain('failed: no reason was given')
  })

  test('says what require said', () => {
    const data = new Interface(['error Error(string)']).encodeErrorResult('Error', ['too late'])
    expect(revertToDomainError({ data })).toMatchObject({ code: 'transaction-reverted', message: 'too late' })
  })

  test('tells silence from refusal', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
    expect(revertToDomainError(refused).code).toBe('ledger-unreachable')
    expect(revertToDomainError({ error: { code: -32000, message: 'insufficient funds' } })).toMatchObject({
      code: 'ledger-refused',
      message: 'the ledger refused the request: insufficient funds',
    })
  })

  test('leaves a refusal as it is', () => {
    const refusal = new DomainError('gate-closed', 'too late')
    expect(revertToDomainError(refusal)).toBe(refusal)
  })
})

describe('the sentences', () => {
  const errors = new Map(
    [...Object.values(abis), passkeyAccountAbi].flatMap((abi) => {
      const fragments = new Interface(abi).fragments.filter((fragment) => fragment.type === 'error')
      return fragments.map((fragment) => [(fragment as unknown as { name: string }).name, fragment] as const)
    }),
  )

  test.each(Object.entries(REVERT_SENTENCES))(
    '%s is an error of a contract, and only its values are used',
    (name, sentence) => {
      const fragment = errors.get(name)
      expect(fragment, name).toBeDefined()
      const values = Object.fromEntries(
        (fragment?.inputs ?? []).map((input) => [input.name, input.components ? {} : 1n]),
      )
      const withValues = new Proxy(values, {
        get(target, key) {
          if (!(key in target)) throw new Error(`${name} has no ${String(key)}`)
          return target[String(key)]
        },
      })
      expect(sentence(withValues)).toMatch(/^[^A-Z].*[^.]$/)
    },
  )

  test('leave out no error of our own', () => {
    const own =
      /^(CallAuction|TradingDays|KeyPages|OrderReceipts|MeterReadings|Settlement|Challenges|Accounts|AreaRegistry|MemberRegistry|CredentialRegistry|Delegations|DidRegistry|Recovery|PasskeyAccount|Council|TradingPause|CongestionPoints|Flex[A-Z])/
    const without = [...errors.keys()].filter((name) => own.test(name) && REVERT_SENTENCES[name] === undefined)
    expect(without).toEqual([])
  })

  test('name roles and areas as people do', () => {
    const values = [`0x${'12'.repeat(20)}`, 18, 0]
    const missing = new Interface(abis.credentialRegistry).encodeErrorResult('CredentialRegistryRoleMissing', values)
    expect(revertToDomainError({ data: missing }).message).toBe(
      `0x${'12'.repeat(20)} holds no valid credential as meter in every area`,
    )
  })

  test('name days and runs as people do', () => {
    const paid = new Interface(abis.settlement).encodeErrorResult('SettlementAlreadyPaid', [1, 20_312, 2])
    expect(revertToDomainError({ data: paid }).message).toBe('the final run of 2025-08-12 in area 1 is paid already')
  })
})

describe('isLedgerUnreachable', () => {
  test('looks through the causes', () => {
    const cause = Object.assign(new Error('reset'), { code: 'ECONNRESET' })
    expect(isLedgerUnreachable(new Error('fetching', { cause }))).toBe(true)
    expect(isLedgerUnreachable(new DomainError('ledger-unreachable', 'away'))).toBe(true)
  })

  test('is not any other failure', () => {
    expect(isLedgerUnreachable(new Error('nonce too low'))).toBe(false)
    expect(isLedgerUnreachable(new DomainError('ledger-refused', 'no'))).toBe(false)
    expect(isLedgerUnreachable(undefined)).toBe(false)
  })
})

test('kebabCaseOf keeps abbreviations together', () => {
  expect(kebabCaseOf('CallAuctionGateOpen')).toBe('call-auction-gate-open')
  expect(kebabCaseOf('ERC20InsufficientBalance')).toBe('erc20-insufficient-balance')
  expect(kebabCaseOf('CallAuctionNotAMember')).toBe('call-auction-not-a-member')
})

test('messageOf prefers what the node said', () => {
  expect(messageOf({ message: 'could not coalesce error', error: { code: -32000, message: 'already known' } })).toBe(
    'already known',
  )
  expect(messageOf('nothing')).toBe('nothing')
})
