import { AbiCoder, concat, Interface, Wallet } from 'ethers'
import hre from 'hardhat'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LAST_PERIOD as END } from '../../scripts/audit/audit-options.ts'
import { hexOf } from '../../scripts/audit/ledger/hex.ts'
import { signatureCheckOf } from '../../scripts/audit/market/order-signer.ts'
import { buildReport } from '../../scripts/audit/report/report-model.ts'
import { runAudit, type AuditOutcome } from '../../scripts/audit/run-audit.ts'
import { freePort } from '../../scripts/settings.ts'
import { issuanceTo, issueCredentials, validityFromNow } from '../../services/chain/credentials.ts'
import { abis, bytecodes } from '../../services/chain/generated/contracts.ts'
import type { ContractName } from '../../services/chain/ledger.ts'
import { orderCommitment } from '../../services/chain/orders.ts'
import { hashOrders } from '../../services/chain/packed-orders.ts'
import { addressOfKey } from '../../services/chain/typed-data.ts'
import { roleNumberOf } from '../../services/domain/identity/role.ts'
import { clearPacked } from '../../services/domain/market/packed-orders.ts'
import {
  accountKeyOf,
  AREA,
  DAY_SECONDS,
  KEYS,
  PERIOD_SECONDS,
  setUpMarket,
  startNode,
  tradingKeyOf,
  type MarketMaker,
  type RunningNode,
  type Wish,
} from './audit-ledger.ts'
import { ANNA, BEN, CEM, DANA, DAY, ELI, FIRST_PERIOD, GENESIS_TIME, LAST_PERIOD } from './audit-scenario.ts'

const GATE_CLOSURE_LEAD = 300
const GAS = '0xffffff'
const WISHES: readonly Wish[] = [
  { memberId: ANNA, side: 0, quantity: 800, limit: 290_000 },
  { memberId: BEN, side: 0, quantity: 500, limit: 200_000 },
  { memberId: CEM, side: 1, quantity: 600, limit: 80_000 },
  { memberId: DANA, side: 1, quantity: 500, limit: 120_000 },
]
const CHANGE_OWNER = {
  ChangeOwner: [
    { name: 'identity', type: 'address' },
    { name: 'newOwner', type: 'address' },
    { name: 'nonce', type: 'uint256' },
    { name: 'deadline', type: 'uint256' },
  ],
}
const auction = new Interface(abis.callAuction)
/** A contract account for tests; not among what is deployed, so that it has to be compiled here. */
let wallet: Interface
let walletCode: string
const word = (value: number) => value.toString(16).padStart(64, '0')
const addressWord = (address: string) => address.slice(2).toLowerCase().padStart(64, '0')

/** What honest people do through contracts of their own, and strangers with copies of ours. */
let node: RunningNode
let maker: MarketMaker

const audit = (change: object = {}): Promise<AuditOutcome> => {
  const options = { url: node.url, fromPeriod: 0, toPeriod: END, area: null, settlement: undefined, consent: [] }
  return runAudit({ ...options, ...change }, { abis, bytecodes })
}

beforeAll(async () => {
  if (!(await hre.artifacts.artifactExists('WalletMock'))) {
    await hre.tasks.getTask('build').run({ noTests: true, quiet: true })
  }
  const artifact = await hre.artifacts.readArtifact('WalletMock')
  wallet = new Interface(artifact.abi)
  walletCode = artifact.bytecode
  node = await startNode(await freePort(), GENESIS_TIME, 5)
  maker = await setUpMarket(node.url, { households: 5, firstPeriod: FIRST_PERIOD, lastPeriod: LAST_PERIOD })
  await maker.publishDay(DAY)
})
afterAll(async () => {
  maker.close()
  await node.stop()
})

test('an audit takes what is yet to come for no difference, and says how far the ledger goes', async () => {
  const toPeriod = (DAY + 40) * 96
  const outcome = await audit({ toPeriod, now: DAY * DAY_SECONDS })
  expect(outcome.difference).toBeNull()
  const report = buildReport(outcome, { fromPeriod: 0, toPeriod, area: null })
  expect(report).toMatchObject({ result: 'agrees', endsEarlyAt: expect.stringMatching(/^20\d\d-/) as string })
  expect((await audit({ toPeriod })).difference).toMatchObject({ check: 'ledger-end' })
})

describe('an audit of what went through contracts', () => {
  test('takes no copy of our contracts that a stranger created for ours', async () => {
    for (const name of ['challenges', 'orderReceipts', 'settlement'] as const) {
      await deploy(accountKeyOf(ELI), creationOf(name))
    }
    for (const settlement of [undefined, maker.ledger.addresses.settlement]) {
      const { difference, failure, copies, deployment } = await audit({ settlement })
      expect([difference, failure]).toEqual([null, null])
      expect(copies.map(({ contract }) => contract)).toEqual(['challenges', 'orderReceipts', 'settlement'])
      expect(deployment?.addresses.settlement).toBe(maker.ledger.addresses.settlement.toLowerCase())
    }
  })

  test('finds the orders that a forwarder hands on, and the right ones beside a decoy', async () => {
    const forwarder = await deployForwarder()
    const packed = await close(FIRST_PERIOD)
    const call = clearCall(FIRST_PERIOD, packed)
    await send(KEYS.dso, forwarder, `0x${addressWord(maker.ledger.addresses.callAuction)}${call.slice(10)}`)

    const own = await deployWallet(KEYS.dso)
    const next = await close(FIRST_PERIOD + 1)
    const others = Buffer.from(next)
    others[30]! ^= 1
    const decoy = padded(clearCall(FIRST_PERIOD + 1, others, next))
    const real = clearCall(FIRST_PERIOD + 1, next)
    const head = wallet.getFunction('call')!.selector + addressWord(maker.ledger.addresses.callAuction)
    const offset = word(64 + decoy.length / 2)
    await send(KEYS.dso, own, `${head}${offset}${decoy}${word((real.length - 2) / 2)}${padded(real)}`)

    const { difference, counts, unseenSessions } = await audit()
    expect(difference).toBeNull()
    expect(counts).toMatchObject({ sessions: 2 })
    expect(unseenSessions).toEqual([])
  })

  test('finds an order that a wallet opened', async () => {
    const period = FIRST_PERIOD + 2
    const own = { memberId: ELI, side: 0 as const, quantity: 300, limit: 210_000, salt: 9n }
    const packed = maker.packOrders(period, [own])
    const expiry = period * PERIOD_SECONDS - GATE_CLOSURE_LEAD
    const terms = { trader: ELI, side: 0, quantity: 300, tick: 7_100, expiry, salt: packed.subarray(12, 20) }
    const digest = hexOf(signatureCheckOf(maker.domainSeparator, AREA, period).digestOf(terms))
    const signature = hexOf(packed.subarray(20))
    const commitment = orderCommitment(digest, signature)
    await maker.send(tradingKeyOf(ELI), 'callAuction', 'commitOrder', [AREA, period, ELI, 0, commitment])
    const batch = await close(period)
    const { memberId, side, quantity, limit, salt } = own
    const order = [0, AREA, memberId, period, side, quantity, limit, expiry, salt, `0x${'00'.repeat(32)}`]
    const open = auction.encodeFunctionData('openOrder', [order, packed.readUInt16BE(0), 0, signature])
    await send(KEYS.dso, await deployWallet(KEYS.dso), walletCall(maker.ledger.addresses.callAuction, open))
    await maker.clearClosed(period, batch, [packed.subarray(0, 20)])
    expect(await audit()).toMatchObject({ difference: null, counts: { sessions: 3 } })
  })

  test('knows a contract by its credential, and counts who stays hidden behind two contracts', async () => {
    const period = FIRST_PERIOD + 3
    const packed = maker.packOrders(period, WISHES)
    await maker.goTo(period * PERIOD_SECONDS - GATE_CLOSURE_LEAD + 1)
    const closeGate = auction.encodeFunctionData('closeGate', [AREA, period, packed.length / 84, hashOrders(packed)])
    const { callAuction, accounts, credentialRegistry } = maker.ledger.addresses
    const operator = await deployWallet(KEYS.dso)
    const validity = await validityFromNow(maker.ledger)
    await issueCredentials(maker.ledger, KEYS.regulator, [issuanceTo(operator, 'market-operator', AREA, validity)])
    await send(KEYS.dso, operator, walletCall(callAuction, closeGate))
    await maker.send(KEYS.marketOperator, 'callAuction', 'clear', [AREA, period, claimOf(packed), hexOf(packed), '0x'])

    const inner = await deployWallet(KEYS.dso)
    const issuance = issuanceTo(inner, 'community-manager', AREA, validity)
    await issueCredentials(maker.ledger, KEYS.regulator, [issuance])
    const setLine = new Interface(abis.accounts).encodeFunctionData('setCreditLine', [ELI, 5_000_000n])
    await send(KEYS.dso, await deployWallet(KEYS.dso), walletCall(inner, walletCall(accounts, setLine)))
    const registry = maker.ledger.contracts.credentialRegistry
    const held = (await registry.getFunction('heldBy')(inner, roleNumberOf('community-manager'), AREA)) as string
    const renounce = registry.interface.encodeFunctionData('renounceCredential', [held])
    await send(KEYS.dso, inner, walletCall(credentialRegistry, renounce))

    const { difference, counts, books } = await audit()
    expect(difference).toBeNull()
    expect(counts).toMatchObject({ sessions: 4 })
    expect(books!.roles.hidden).toMatchObject([{ name: 'accounts.setCreditLine' }])
  })

  test('takes what a contract that owns an identity accepted, and counts who changed one behind two contracts', async () => {
    const { didRegistry } = maker.ledger.addresses
    const registry = maker.ledger.contracts.didRegistry.interface
    const identity = addressOfKey(accountKeyOf(BEN))
    const wallets = [await deployWallet(KEYS.dso), await deployWallet(KEYS.dso)] as const
    await maker.send(accountKeyOf(BEN), 'didRegistry', 'changeOwner', [identity, wallets[0]])
    const message = { identity, newOwner: wallets[1], nonce: 1, deadline: (DAY + 2) * DAY_SECONDS }
    const domain = { name: 'Commonwatt', version: '1', chainId: maker.ledger.chainId, verifyingContract: didRegistry }
    const signature = await new Wallet(KEYS.dso).signTypedData(domain, CHANGE_OWNER, message)
    const authorization = [message.nonce, message.deadline, signature]
    await maker.send(KEYS.supplier, 'didRegistry', 'changeOwnerSigned', [identity, wallets[1], authorization])
    const back = registry.encodeFunctionData('changeOwner', [identity, identity])
    await send(KEYS.dso, wallets[0], walletCall(wallets[1], walletCall(didRegistry, back)))

    const { difference, books } = await audit()
    expect(difference).toBeNull()
    expect([...books!.dids.contractOwners.keys()]).toEqual([wallets[0].toLowerCase()])
    expect(books!.dids.ownerOf(identity)).toBe(identity)
    expect(books!.roles.hidden).toContainEqual(expect.objectContaining({ name: 'didRegistry.DIDOwnerChanged' }))
  })

  test('says what is overdue, and calls it a difference when every deadline has passed', async () => {
    await maker.goTo((DAY + 1) * DAY_SECONDS + 7_200)
    await maker.send(KEYS.communityManager, 'accounts', 'setCreditLine', [ELI, 0n])
    const { difference, obligations } = await audit()
    expect(difference).toBeNull()
    const readings = { area: AREA, day: DAY, what: 'readings' }
    const periods = [0, 1, 2, 3].map((place) => ({ ...readings, period: FIRST_PERIOD + place }))
    expect(obligations?.overdue).toMatchObject(periods)

    await maker.goTo((DAY + 30) * DAY_SECONDS)
    await maker.send(KEYS.communityManager, 'accounts', 'setCreditLine', [ELI, 0n])
    expect((await audit()).difference).toMatchObject({ check: 'overdue', area: AREA, day: DAY, period: FIRST_PERIOD })
  })

  test('refuses an area that was never opened, and a time at which there is no ledger yet', async () => {
    expect((await audit({ area: 99 })).failure).toMatchObject({ code: 'area-unknown' })
    const beyond = { fromPeriod: (DAY + 40) * 96 }
    expect((await audit(beyond)).difference).toMatchObject({ check: 'ledger-end' })
  })

  test('catches whoever gets a role that belongs to our contracts', async () => {
    await maker.send(KEYS.administrator, 'accessManager', 'grantRole', [7, addressOfKey(KEYS.dso), 0])
    expect((await audit()).difference).toMatchObject({ check: 'roles' })
  })
})

async function send(key: string, to: string, data: string): Promise<void> {
  await maker.rpc('eth_sendTransaction', [{ from: addressOfKey(key), to, data, gas: GAS }])
}

async function deploy(key: string, data: string): Promise<string> {
  const hash = await maker.rpc('eth_sendTransaction', [{ from: addressOfKey(key), data, gas: GAS }])
  const receipt = (await maker.rpc('eth_getTransactionReceipt', [hash])) as { contractAddress: string }
  return receipt.contractAddress
}

/** The code that creates one of ours, told of the true ones. */
function creationOf(name: ContractName): string {
  const { inputs } = new Interface(abis[name]).deploy
  const addresses: Record<string, string> = { ...maker.ledger.addresses }
  const told = inputs.map((input) => addresses[input.name === 'currency' ? 'settlementCurrency' : input.name])
  return concat([bytecodes[name], AbiCoder.defaultAbiCoder().encode(inputs, told)])
}

function deployWallet(owner: string): Promise<string> {
  const told = AbiCoder.defaultAbiCoder().encode(['address'], [addressOfKey(owner)])
  return deploy(owner, concat([walletCode, told]))
}

/** Calls `clear` of whom the first word of its input names, with the rest of it for arguments: the selector is its own. */
function deployForwarder(): Promise<string> {
  const selector = auction.getFunction('clear')!.selector.slice(2)
  const body = `63${selector}60e01b600052602036038060206004376000600082600401600060006000355af1`
  // Jumps over what reverts where the call went well.
  const end = body.length / 2 + 8
  const whole = `${body}60${end.toString(16).padStart(2, '0')}5760006000fd5b00`
  const length = (whole.length / 2).toString(16).padStart(2, '0')
  return deploy(KEYS.dso, `0x60${length}600c60003960${length}6000f3${whole}`)
}

const walletCall = (to: string, data: string) => wallet.encodeFunctionData('call', [to, data])

async function close(period: number): Promise<Buffer> {
  const packed = maker.packOrders(period, WISHES)
  const time = period * PERIOD_SECONDS - GATE_CLOSURE_LEAD + 1
  const terms = [AREA, period, packed.length / 84, hashOrders(packed)]
  await maker.send(KEYS.marketOperator, 'callAuction', 'closeGate', terms, time)
  return packed
}

function clearCall(period: number, orders: Uint8Array, claimed: Uint8Array = orders): string {
  return auction.encodeFunctionData('clear', [AREA, period, claimOf(claimed), hexOf(orders), '0x'])
}

function claimOf(packed: Uint8Array): bigint[] {
  const { price, bidsAtOrAbove, bidsAbove, offersAtOrBelow, offersBelow } = clearPacked(packed).claim
  return [price, bidsAtOrAbove, bidsAbove, offersAtOrBelow, offersBelow]
}

/** Hex without its prefix, up to the next whole word. */
function padded(hex: string): string {
  const digits = hex.slice(2)
  return digits.padEnd(Math.ceil(digits.length / 64) * 64, '0')
}
