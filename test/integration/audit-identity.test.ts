import { Wallet } from 'ethers'
import { beforeAll, describe, expect, test } from 'vitest'
import { LAST_PERIOD as END } from '../../scripts/audit/audit-options.ts'
import { formatReport } from '../../scripts/audit/report/report-html.ts'
import { buildReport } from '../../scripts/audit/report/report-model.ts'
import { issuanceTo, issueCredentials, validityFromNow } from '../../services/chain/credentials.ts'
import { addressOfKey } from '../../services/chain/typed-data.ts'
import { roleNumberOf, type Role } from '../../services/domain/identity/role.ts'
import { answerOf, findLog, flipped, makeConsistent, omitTransaction, type LedgerCopy } from './audit-copy.ts'
import {
  accountKeyOf,
  AREA,
  DAY_SECONDS,
  keyOf,
  KEYS,
  setUpMarket,
  tradingKeyOf,
  type MarketMaker,
  type Wish,
} from './audit-ledger.ts'
import { ANNA, BEN, CEM, DANA, DAY, ELI, FIRST_PERIOD, HOUSEHOLDS, LAST_PERIOD } from './audit-scenario.ts'
import { auditCopy, callOf, differenceAfter, makeAuditWorld, topicOf, type AuditWorld } from './audit-world.ts'

/** Index of Anna's key among the day's. */
const ANNAS_ENTRY = 0
const NEW_KEY = keyOf('new key')
const accountOf = (memberId: number) => addressOfKey(accountKeyOf(memberId))
const WISHES: readonly Wish[] = [
  { memberId: ANNA, side: 0, quantity: 800, limit: 290_000 },
  { memberId: BEN, side: 0, quantity: 500, limit: 200_000 },
  { memberId: BEN, side: 1, quantity: 100, limit: 200_000 },
  { memberId: CEM, side: 1, quantity: 600, limit: 80_000 },
]

const DEADLINE = (DAY + 2) * DAY_SECONDS

type Types = Record<string, { name: string; type: string }[]>

/** EIP-712 types, each of whose calls ends with nonce and deadline. */
const typeOf = (name: string, members: string, others: Types = {}): Types => ({
  [name]: `${members}, uint256 nonce, uint256 deadline`.split(', ').map(memberOf),
  ...others,
})
const memberOf = (text: string) => ({ type: text.split(' ')[0]!, name: text.split(' ')[1]! })
const ATTRIBUTE = { Attribute: ['bytes32 name', 'bytes value', 'uint256 validity'].map(memberOf) }
const CHANGE_OWNER = typeOf('ChangeOwner', 'address identity, address newOwner')
const ADD_DELEGATE = typeOf('AddDelegate', 'address identity, bytes32 delegateType, address delegate, uint256 validity')
const REVOKE_DELEGATE = typeOf('RevokeDelegate', 'address identity, bytes32 delegateType, address delegate')
const SET_ATTRIBUTE = typeOf('SetAttribute', 'address identity, bytes32 name, bytes value, uint256 validity')
const SET_ATTRIBUTES = typeOf('SetAttributes', 'address identity, Attribute[] attributes', ATTRIBUTE)
const REVOKE_ATTRIBUTE = typeOf('RevokeAttribute', 'address identity, bytes32 name, bytes value')
const CHOOSE_PLAN = typeOf('ChoosePlan', 'address identity, address[] guardians, uint8 threshold, bool isManagerBarred')
const REFUSE = typeOf('Refuse', 'address identity, address manager')
const REPLACEMENT = typeOf('Replacement', 'address identity, address newOwner')

let world: AuditWorld
let truth: LedgerCopy

beforeAll(async () => {
  world = await makeAuditWorld(playIdentities)
  truth = world.truth
})

/** A consumer, a member that is suspended for a session, one that gives its account away, and one that lost its key. */
async function playIdentities(url: string) {
  const maker = await setUpMarket(url, { households: HOUSEHOLDS, firstPeriod: FIRST_PERIOD, lastPeriod: LAST_PERIOD })
  const { ledger } = maker
  await changeCredential(maker, 'revokeCredentials', BEN, 'prosumer')
  const validity = await validityFromNow(ledger)
  await issueCredentials(ledger, KEYS.communityManager, [issuanceTo(accountOf(BEN), 'consumer', AREA, validity)])
  await maker.publishDay(DAY)

  await changeCredential(maker, 'suspendCredentials', ANNA, 'prosumer')
  const first = await maker.clear(FIRST_PERIOD, maker.packOrders(FIRST_PERIOD, WISHES), [], [ANNAS_ENTRY])
  expect(first.volume).toBe(500)
  await changeCredential(maker, 'reinstateCredentials', ANNA, 'prosumer')
  const second = await maker.clear(FIRST_PERIOD + 1, maker.packOrders(FIRST_PERIOD + 1, WISHES))
  expect(second.volume).toBe(600)

  await giveAway(maker, CEM, ELI)
  await maker.send(accountKeyOf(ELI), 'accounts', 'withdraw', [CEM, 1_000_000n])
  await recover(maker, DANA, tradingKeyOf(ELI))
  await describeItself(maker, ELI)
  await refuse(maker, ELI)
  await maker.send(tradingKeyOf(ELI), 'memberRegistry', 'replaceTradingKey', [DANA, addressOfKey(NEW_KEY)])
  return { maker, consent: [] }
}

async function changeCredential(maker: MarketMaker, name: string, memberId: number, role: Role): Promise<void> {
  const heldBy = maker.ledger.contracts.credentialRegistry.filters.CredentialIssued!(null, null, accountOf(memberId))
  const logs = await maker.ledger.contracts.credentialRegistry.queryFilter(heldBy)
  const issued = logs.flatMap((log) => ('args' in log ? [log.args] : []))
  const own = issued.find((args) => Number(args.role) === roleNumberOf(role))
  await maker.send(KEYS.communityManager, 'credentialRegistry', name, [[own!.credentialId]])
}

/** By a signature that somebody else brings to the ledger, as is everything that Eli says of its identity. */
async function giveAway(maker: MarketMaker, from: number, to: number): Promise<void> {
  const message = { identity: accountOf(from), newOwner: accountOf(to), nonce: 0, deadline: DEADLINE }
  const signature = await signAs(maker, 'didRegistry', accountKeyOf(from), CHANGE_OWNER, message)
  const authorization = [message.nonce, message.deadline, signature]
  await maker.send(KEYS.dso, 'didRegistry', 'changeOwnerSigned', [message.identity, message.newOwner, authorization])
}

async function describeItself(maker: MarketMaker, memberId: number): Promise<void> {
  const identity = accountOf(memberId)
  const [name, value, validity] = [`0x${'61'.repeat(32)}`, '0x1234', 1_000]
  const [delegateType, delegate] = [`0x${'62'.repeat(32)}`, accountOf(ANNA)]
  const attributes = [
    { name, value, validity },
    { name, value: '0xabcdef', validity },
  ]
  const calls = [
    ['addDelegateSigned', ADD_DELEGATE, { identity, delegateType, delegate, validity }],
    ['revokeDelegateSigned', REVOKE_DELEGATE, { identity, delegateType, delegate }],
    ['setAttributeSigned', SET_ATTRIBUTE, { identity, name, value, validity }],
    ['setAttributesSigned', SET_ATTRIBUTES, { identity, attributes }],
    ['revokeAttributeSigned', REVOKE_ATTRIBUTE, { identity, name, value }],
  ] as const
  for (const [nonce, [call, types, said]] of calls.entries()) {
    const message = { ...said, nonce, deadline: DEADLINE }
    const signature = await signAs(maker, 'didRegistry', accountKeyOf(memberId), types, message)
    await maker.send(KEYS.dso, 'didRegistry', call, [
      ...(Object.values(said) as unknown[]),
      [nonce, DEADLINE, signature],
    ])
  }
}

/** The manager's proposal is refused, with a signature as well. */
async function refuse(maker: MarketMaker, memberId: number): Promise<void> {
  const identity = accountOf(memberId)
  const manager = addressOfKey(KEYS.communityManager)
  const plan = { guardians: [accountOf(ANNA)], threshold: 1, isManagerBarred: false }
  const chosen = { identity, ...plan, nonce: 0, deadline: DEADLINE }
  const choice = await signAs(maker, 'recovery', accountKeyOf(memberId), CHOOSE_PLAN, chosen)
  await maker.send(KEYS.dso, 'recovery', 'choosePlanSigned', [identity, Object.values(plan), 0, DEADLINE, choice])
  await maker.send(KEYS.communityManager, 'recovery', 'propose', [identity, addressOfKey(NEW_KEY), AREA])
  const refused = { identity, manager, nonce: 1, deadline: DEADLINE }
  const refusal = await signAs(maker, 'recovery', accountKeyOf(memberId), REFUSE, refused)
  await maker.send(KEYS.dso, 'recovery', 'refuseSigned', [identity, manager, 1, DEADLINE, refusal])
}

/** One guardian approves itself, the other by a signature. */
async function recover(maker: MarketMaker, memberId: number, newKey: string): Promise<void> {
  const identity = accountOf(memberId)
  const guardians = [ANNA, BEN].sort((one, other) => (BigInt(accountOf(one)) < BigInt(accountOf(other)) ? -1 : 1))
  await maker.send(accountKeyOf(memberId), 'recovery', 'choosePlan', [identity, [guardians.map(accountOf), 2, false]])
  const message = { identity, newOwner: addressOfKey(newKey), nonce: 1, deadline: DEADLINE }
  const replacement = Object.values(message)
  await maker.send(accountKeyOf(ANNA), 'recovery', 'approve', [replacement, accountOf(ANNA)])
  const signature = await signAs(maker, 'recovery', accountKeyOf(BEN), REPLACEMENT, message)
  await maker.send(KEYS.dso, 'recovery', 'recover', [replacement, [[accountOf(BEN), signature]]])
}

function signAs(
  { ledger }: MarketMaker,
  contract: 'didRegistry' | 'recovery',
  key: string,
  types: Types,
  message: Readonly<Record<string, unknown>>,
): Promise<string> {
  const verifyingContract = ledger.addresses[contract]
  const domain = { name: 'Commonwatt', version: '1', chainId: ledger.chainId, verifyingContract }
  return new Wallet(key).signTypedData(domain, types, message)
}

test('an audit agrees with credentials, owners and recovery, and says who held which role', async () => {
  const outcome = await auditCopy(truth)
  expect([outcome.difference, outcome.failure]).toEqual([null, null])
  expect(outcome.counts).toMatchObject({ sessions: 2, orders: 8, voidOrders: 3 })
  const { members, roles } = outcome.books!
  expect(roles.hidden).toEqual([])
  // Whose signatures were not their own would have to be contracts.
  expect([...outcome.books!.dids.contractOwners.keys()]).toEqual([])
  expect([CEM, DANA].map(members.ownerOf)).toEqual([accountOf(ELI), addressOfKey(tradingKeyOf(ELI))])
  expect(members.all.get(BEN)?.standing.sides).toBe(1)

  const report = buildReport(outcome, { fromPeriod: 0, toPeriod: END, area: null })
  const annas = report.credentials.find(({ subject, role }) => subject === accountOf(ANNA) && role === 'prosumer')
  expect(annas?.changes.map(({ status }) => status)).toEqual(['suspended', 'active'])
  expect(annas).toMatchObject({ area: AREA, issuer: addressOfKey(KEYS.communityManager) })
  const dso = addressOfKey(KEYS.dso)
  expect(report.accreditations).toContainEqual(
    expect.objectContaining({ issuer: dso, role: 'connection-point', area: 0, accreditation: 'active' }),
  )
  const page = formatReport(report)
  expect(page).toContain('Who held which role')
  expect(page).toContain('as prosumer')
  expect(page).not.toContain(annas!.credentialId)
})

describe('a forger who made all hashes fit again', () => {
  const forge = (change: (copy: LedgerCopy) => number) =>
    differenceAfter(truth, (copy) => makeConsistent(copy, change(copy)))
  const statusChanged = (copy: LedgerCopy) => findLog(copy, topicOf('credentialRegistry', 'CredentialStatusChanged'))
  const issued = (copy: LedgerCopy, subject: string) =>
    findLog(copy, topicOf('credentialRegistry', 'CredentialIssued'), (topics) =>
      topics[3]!.endsWith(subject.slice(2).toLowerCase()),
    )

  test('is caught by a change of standing that the register did not note', async () => {
    const difference = await forge((copy) => {
      const { receipt, number } = statusChanged(copy)
      receipt.logs = receipt.logs.slice(0, 1)
      return number
    })
    expect(difference).toMatchObject({ check: 'members', member: BEN, area: AREA })
    expect(difference?.message).toContain('did not note it')
  })

  test('is caught by who changed the credential', async () => {
    const difference = await forge((copy) => {
      const { log, number } = statusChanged(copy)
      log.data = flipped(log.data, 63)
      return number
    })
    expect(difference).toMatchObject({ check: 'credentials' })
    expect(difference?.message).toContain('CredentialStatusChanged says that')
  })

  test('is caught by the call that changed the credential', async () => {
    const difference = await forge((copy) => {
      const { log, number } = statusChanged(copy)
      log.data = flipped(log.data, 31)
      return number
    })
    expect(difference).toMatchObject({ check: 'credentials' })
    expect(difference?.message).toContain('what was called is revokeCredentials')
  })

  test("is caught by the credential's number, where it was issued to somebody else", async () => {
    const difference = await forge((copy) => {
      const { log, number } = issued(copy, accountOf(ANNA))
      log.topics[3] = flipped(log.topics[3]!, 31)
      return number
    })
    expect(difference).toMatchObject({ check: 'credentials', area: AREA })
    expect(difference?.message).toContain('the number of a credential')
  })

  test('is caught by whoever accredited another issuer, without the role that accredits', async () => {
    const difference = await forge((copy) => {
      const { log, transaction, number } = findLog(copy, topicOf('credentialRegistry', 'AccreditationChanged'))
      log.topics[1] = flipped(log.topics[1]!, 31)
      transaction.input = flipped(transaction.input, 4 + 31)
      return number
    })
    expect(difference).toMatchObject({ check: 'roles' })
    expect(difference?.message).toContain('who did not hold the role of the accreditation')
  })

  test('is caught by a household that was registered without the credentials that were left out', async () => {
    const difference = await forge((copy) => {
      const { number } = issued(copy, accountOf(ANNA))
      omitTransaction(copy, number)
      return number
    })
    expect(difference).toMatchObject({ check: 'members', member: ANNA, area: AREA })
    expect(difference?.message).toContain('without the credentials of a household')
  })

  test('is caught by the owner whom the call named', async () => {
    const difference = await forge((copy) => {
      const { log, number } = findLog(copy, topicOf('didRegistry', 'DIDOwnerChanged'))
      log.data = flipped(log.data, 31)
      return number
    })
    expect(difference).toMatchObject({ check: 'identities' })
    expect(difference?.message).toContain('the new owner')
  })

  test('is caught by a withdrawal to whoever owned the account before', async () => {
    const difference = await forge((copy) => {
      const { log, number } = findLog(copy, topicOf('accounts', 'Withdrawn'))
      log.topics[2] = `0x${accountOf(CEM).slice(2).toLowerCase().padStart(64, '0')}`
      return number
    })
    expect(difference).toMatchObject({ check: 'accounts', member: CEM })
    expect(difference?.message).toContain('the receiver of a withdrawal')
  })

  test('is caught by guardians, who approved of somebody else', async () => {
    const difference = await forge((copy) => {
      const { receipt, number } = findLog(copy, topicOf('recovery', 'OwnerRecovered'))
      const [recovered, changed] = [topicOf('recovery', 'OwnerRecovered'), topicOf('didRegistry', 'DIDOwnerChanged')]
      receipt.logs = receipt.logs.map((log) => {
        const { topics, data } = log
        if (topics[0] === recovered) return { ...log, topics: [...topics.slice(0, 3), flipped(topics[3]!, 31)] }
        return topics[0] === changed ? { ...log, data: flipped(data, 31) } : log
      })
      return number
    })
    expect(difference).toMatchObject({ check: 'recovery' })
    expect(difference?.message).toContain('of 2 guardians')
  })
})

describe('what contracts hold at the end is compared', () => {
  const tampered = (contract: 'credentialRegistry' | 'didRegistry' | 'memberRegistry', name: string, byte: number) =>
    differenceAfter(truth, (copy) => {
      const answer = answerOf(copy, 'eth_call', `"data":"${callOf(contract, name)}`)
      answer.result = flipped(answer.result as string, byte)
    })

  test.each([
    ['credentialRegistry', 'accreditationOf', 31],
    ['credentialRegistry', 'credentialOf', 31],
    ['credentialRegistry', 'heldBy', 31],
    ['didRegistry', 'identityOwner', 31],
    ['memberRegistry', 'tradersOf', 3 * 32 - 1],
  ] as const)('%s.%s', async (contract, name, byte) => {
    expect(await tampered(contract, name, byte)).toMatchObject({ check: 'state' })
  })
})
