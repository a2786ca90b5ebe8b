import { Resolver, type DIDResolutionResult, type VerificationMethod } from 'did-resolver'
import { getAddress } from 'ethers'
import { getResolver } from 'ethr-did-resolver'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { deployContracts } from '../../services/chain/deploy.ts'
import {
  didCallData,
  didCallOf,
  encodeDidName,
  recoveryCallData,
  signTypedData,
  typedDataDigest,
  type DidCall,
  type Turn,
} from '../../services/chain/dids.ts'
import { didOf } from '../../services/domain/identity/did.ts'
import { advanceTo } from '../../services/chain/hardhat-time.ts'
import { connectLedger, readContract, type ContractName, type Ledger } from '../../services/chain/ledger.ts'
import { readLatestBlock } from '../../services/chain/ledger-clock.ts'
import {
  encodeAssertion,
  encodeExecution,
  executionData,
  passkeyAccountOf,
  type AccountCall,
} from '../../services/chain/passkey-accounts.ts'
import { sendSetUpCalls } from '../../services/chain/set-up-transactions.ts'
import { addressOfKey } from '../../services/chain/typed-data.ts'
import { createAuthenticator, type Authenticator } from './authenticator.ts'
import { KEYS, startLedger, STRANGER, type RunningLedger } from './ledger-fixture.ts'

const HOUR = 3_600n
const DAY = 24n * HOUR
const SERVICE = 'https://market.example/api'
const SECP256K1_KEY = `0x02${'7e'.repeat(32)}`
const P256_NAME = 'did/pub/P256/veriKey/hex'

let node: RunningLedger
let ledger: Ledger
let resolver: Resolver
let people = 0

beforeAll(async () => {
  node = await startLedger(18_260)
  const { addresses } = await deployContracts({ url: node.url, keys: KEYS })
  ledger = await connectLedger({ url: node.url, addresses })
  const network = { name: 'commonwatt', chainId: ledger.chainId, rpcUrl: node.url, registry: addresses.didRegistry }
  resolver = new Resolver(getResolver({ networks: [network] }))
})
afterAll(async () => {
  ledger.close()
  await node.stop()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('an identifier, as the public resolver of did:ethr reads it', () => {
  test('is its own, before anybody has written anything of it', async () => {
    const { address, did } = somebody()
    const { didDocument, didDocumentMetadata } = await resolve(did)
    expect(didDocument).toMatchObject({
      id: did,
      verificationMethod: [controllerOf(did, address)],
      authentication: [`${did}#controller`],
      assertionMethod: [`${did}#controller`],
    })
    expect(didDocumentMetadata).toEqual({})
  })

  test('is controlled by its new owner, and its old key writes nothing any more', async () => {
    const { key, address, did } = somebody()
    const owner = somebody()
    await call(key, 'didRegistry', 'changeOwner', [address, owner.address])
    expect(methodsOf(await resolve(did))).toEqual([controllerOf(did, owner.address)])
    await expect(call(key, 'didRegistry', 'changeOwner', [address, address])).rejects.toMatchObject({
      code: 'did-registry-not-the-owner',
      message: expect.stringContaining('only its owner') as string,
    })

    await call(owner.key, 'didRegistry', 'changeOwner', [address, `0x${'00'.repeat(20)}`])
    const ended = await resolve(did)
    expect(ended.didDocumentMetadata.deactivated).toBe(true)
    expect(methodsOf(ended)).toEqual([])
    await expect(
      call(key, 'didRegistry', 'addDelegate', [address, encodeDidName('veriKey'), address, 1]),
    ).rejects.toMatchObject({ code: 'did-registry-deactivated' })
  })

  test('has delegates until they expire or are revoked, in that very block', async () => {
    const { key, address, did } = somebody()
    const [agent, meter, device] = [somebody().address, somebody().address, somebody().address]
    await call(key, 'didRegistry', 'addDelegate', [address, encodeDidName('sigAuth'), agent, DAY])
    await call(key, 'didRegistry', 'addDelegate', [address, encodeDidName('veriKey'), meter, HOUR])
    await call(key, 'didRegistry', 'addDelegate', [address, encodeDidName('enc'), device, DAY])
    const [live, later, revoked] = [
      await resolve(did),
      await resolveAfter(did, HOUR + 1n),
      await (async () => {
        await call(key, 'didRegistry', 'revokeDelegate', [address, encodeDidName('sigAuth'), agent])
        return resolve(did)
      })(),
    ]

    const agentMethod = recoveryMethodOf(did, 'delegate-1', agent)
    expect(methodsOf(live)).toEqual([
      controllerOf(did, address),
      agentMethod,
      recoveryMethodOf(did, 'delegate-2', meter),
    ])
    expect(live.didDocument?.authentication).toEqual([`${did}#controller`, `${did}#delegate-1`])
    expect(methodsOf(later)).toEqual([controllerOf(did, address), agentMethod])
    expect(methodsOf(revoked)).toEqual([controllerOf(did, address)])
    expect(revoked.didDocument?.authentication).toEqual([`${did}#controller`])
  })

  test('has services and keys of both curves, set at once by whoever has its signature, until they are revoked', async () => {
    const person = somebody()
    const { address, did } = person
    const { key: passkey } = createAuthenticator('market.example')
    const p256Key = `0x04${passkey.x.slice(2)}${passkey.y.slice(2)}`
    const attributes = [
      { name: 'did/svc/MarketApi', value: hexOf(SERVICE), validity: DAY },
      { name: 'did/pub/Secp256k1/veriKey/hex', value: SECP256K1_KEY, validity: DAY },
      { name: P256_NAME, value: p256Key, validity: DAY },
      { name: 'did/pub/X25519/enc/base64', value: `0x${'19'.repeat(32)}`, validity: DAY },
    ]
    await signedCall(person.key, { type: 'SetAttributes', identity: address, attributes })
    const set = await resolve(did)
    expect(set.didDocument?.service).toEqual([{ id: `${did}#service-1`, type: 'MarketApi', serviceEndpoint: SERVICE }])
    expect(methodsOf(set).slice(1)).toEqual([
      method(did, 'delegate-1', 'EcdsaSecp256k1VerificationKey2019', { publicKeyHex: SECP256K1_KEY.slice(2) }),
      method(did, 'delegate-2', 'P256', { publicKeyHex: p256Key.slice(2) }),
      method(did, 'delegate-3', 'X25519KeyAgreementKey2019', {
        publicKeyBase64: Buffer.alloc(32, 0x19).toString('base64'),
      }),
    ])
    expect(set.didDocument?.assertionMethod).toContain(`${did}#delegate-2`)

    await signedCall(person.key, { type: 'RevokeAttribute', identity: address, name: P256_NAME, value: p256Key })
    const revoked = await resolve(did)
    expect(methodsOf(revoked).map(({ id }) => id)).not.toContain(`${did}#delegate-2`)
    expect(methodsOf(revoked)).toHaveLength(3)
  })

  test('has its history, by the number of a block', async () => {
    const { key, address, did } = somebody()
    const owner = somebody()
    const agent = somebody().address
    const first = await call(key, 'didRegistry', 'addDelegate', [address, encodeDidName('veriKey'), agent, HOUR])
    const second = await call(key, 'didRegistry', 'changeOwner', [address, owner.address])
    await resolveAfter(did, DAY)

    const before = await resolver.resolve(`${did}?versionId=${first - 1}`)
    const then = await resolver.resolve(`${did}?versionId=${first}`)
    const now = await resolve(did)
    expect(methodsOf(before)).toEqual([controllerOf(did, address)])
    expect(methodsOf(then)).toEqual([controllerOf(did, address), recoveryMethodOf(did, 'delegate-1', agent)])
    expect(then.didDocumentMetadata).toMatchObject({ versionId: String(first), nextVersionId: String(second) })
    expect(methodsOf(now)).toEqual([controllerOf(did, owner.address)])
    expect(now.didDocumentMetadata.versionId).toBe(String(second))
  })
})

describe('the identifier of a passkey', () => {
  test('is known before its account is made, and written by its assertions alone', async () => {
    const authenticator = createAuthenticator('market.example')
    const account = await createAccount(authenticator)
    const did = didOf(ledger.chainId, account)
    expect(methodsOf(await resolve(did))).toEqual([controllerOf(did, account)])

    const parameters = [account, encodeDidName('did/svc/MarketApi'), hexOf(SERVICE), DAY]
    const data = ledger.contracts.didRegistry.interface.encodeFunctionData('setAttribute', parameters)
    const calls = [{ target: ledger.addresses.didRegistry, data }]
    await execute(authenticator, account, calls, 0n)
    expect((await resolve(did)).didDocument?.service).toMatchObject([{ serviceEndpoint: SERVICE }])

    await expect(execute(createAuthenticator('market.example'), account, calls, 1n)).rejects.toMatchObject({
      code: 'passkey-account-invalid-signature',
    })
    const foreign = [{ ...calls[0]!, data: data.replace(account.slice(2).toLowerCase(), 'ab'.repeat(20)) }]
    await expect(execute(authenticator, account, foreign, 1n)).rejects.toMatchObject({
      code: 'did-registry-not-the-owner',
    })
  })

  test('is given to a new passkey by two of three guardians when the old one is lost', async () => {
    const [lost, found, neighbour] = ['market.example', 'market.example', 'market.example'].map(
      createAuthenticator,
    ) as [Authenticator, Authenticator, Authenticator]
    const [account, successor, neighbourAccount] = [
      await createAccount(lost),
      await createAccount(found),
      await createAccount(neighbour),
    ]
    const [aunt, cousin] = [somebody(), somebody()]
    const guardians = [aunt.address, cousin.address, neighbourAccount.toLowerCase()].sort()
    const plan = { type: 'ChoosePlan', identity: account, guardians, threshold: 2, isManagerBarred: false } as const
    const turn = await turnAt(0n)
    const chosen = encodeAssertion(lost.assert(typedDataDigest(recoveryCallData(ledger, plan, turn))))
    const terms = [guardians, plan.threshold, plan.isManagerBarred]
    await call(STRANGER, 'recovery', 'choosePlanSigned', [account, terms, turn.nonce, turn.deadline, chosen])

    const replacement = { type: 'Replacement', identity: account, newOwner: successor } as const
    const again = await turnAt(1n)
    const data = recoveryCallData(ledger, replacement, again)
    const approvals = [
      [aunt.address, signTypedData(data, aunt.key)],
      [neighbourAccount, encodeAssertion(neighbour.assert(typedDataDigest(data)))],
    ]
    const values = [account, successor, again.nonce, again.deadline]
    await expect(call(STRANGER, 'recovery', 'recover', [values, approvals.slice(1)])).rejects.toMatchObject({
      code: 'recovery-below-threshold',
      message: '1 guardians approved of this, and 2 have to',
    })
    await call(STRANGER, 'recovery', 'recover', [values, approvals])

    const did = didOf(ledger.chainId, account)
    expect(methodsOf(await resolve(did))).toEqual([controllerOf(did, successor)])
    const delegate: DidCall = {
      type: 'AddDelegate',
      identity: account,
      delegateType: 'veriKey',
      delegate: aunt.address,
      validity: HOUR,
    }
    const last = await turnAt(await nonceOf(account))
    const signedBy = (one: Authenticator) =>
      encodeAssertion(one.assert(typedDataDigest(didCallData(ledger, delegate, last))))
    await expect(sendDidCall(delegate, last, signedBy(lost))).rejects.toMatchObject({
      code: 'did-registry-invalid-signature',
    })
    await sendDidCall(delegate, last, signedBy(found))
    expect(methodsOf(await resolve(did))).toHaveLength(2)
  })
})

function somebody(): { readonly key: string; readonly address: string; readonly did: string } {
  people += 1
  const key = `0x${people.toString(16).padStart(64, '5')}`
  const address = addressOfKey(key)
  return { key, address, did: didOf(ledger.chainId, address) }
}

/** Sends a transaction; the number of its block. */
async function call(key: string, contract: ContractName, name: string, parameters: unknown[]): Promise<number> {
  const data = ledger.contracts[contract].interface.encodeFunctionData(name, parameters)
  await sendSetUpCalls(ledger.provider, key, [{ to: ledger.addresses[contract], data }])
  return (await readLatestBlock(ledger)).number
}

/** Has a stranger send what the owner signs. */
async function signedCall(key: string, didCall: DidCall): Promise<void> {
  const turn = await turnAt(await nonceOf(didCall.identity))
  await sendDidCall(didCall, turn, signTypedData(didCallData(ledger, didCall, turn), key))
}

async function sendDidCall(didCall: DidCall, turn: Turn, signature: string): Promise<void> {
  const { function: name, arguments: parameters } = didCallOf(didCall, turn, signature)
  await call(STRANGER, 'didRegistry', name, [...parameters])
}

async function nonceOf(identity: string): Promise<bigint> {
  const [nonce] = await readContract(ledger, 'didRegistry', 'nonce', identity)
  return nonce as bigint
}

async function turnAt(nonce: bigint): Promise<Turn> {
  return { nonce, deadline: BigInt((await readLatestBlock(ledger)).timestamp) + HOUR }
}

async function createAccount({ key }: Authenticator): Promise<string> {
  const account = passkeyAccountOf(ledger.addresses.passkeyAccounts, key)
  const tuple = [key.x, key.y, key.relyingParty]
  expect([...(await readContract(ledger, 'passkeyAccounts', 'accountOf', tuple))]).toEqual([account])
  await call(STRANGER, 'passkeyAccounts', 'createAccount', [tuple])
  expect(await ledger.provider.getCode(account)).not.toBe('0x')
  return account
}

async function execute(
  authenticator: Authenticator,
  account: string,
  calls: readonly AccountCall[],
  nonce: bigint,
): Promise<void> {
  const { deadline } = await turnAt(nonce)
  const digest = typedDataDigest(executionData(ledger.chainId, account, calls, { nonce, deadline }))
  const data = encodeExecution(calls, deadline, encodeAssertion(authenticator.assert(digest)))
  await sendSetUpCalls(ledger.provider, STRANGER, [{ to: account, data }])
}

/** As of the ledger's time: the resolver goes by the clock on the wall. */
async function resolve(did: string): Promise<DIDResolutionResult> {
  const { timestamp } = await readLatestBlock(ledger)
  vi.useFakeTimers({ toFake: ['Date'], now: timestamp * 1_000 })
  const result = await resolver.resolve(did)
  expect(result.didResolutionMetadata).not.toHaveProperty('error')
  return result
}

async function resolveAfter(did: string, seconds: bigint): Promise<DIDResolutionResult> {
  await advanceTo(ledger, (await readLatestBlock(ledger)).timestamp + Number(seconds))
  return resolve(did)
}

function methodsOf({ didDocument }: DIDResolutionResult): VerificationMethod[] {
  return didDocument?.verificationMethod ?? []
}

function controllerOf(did: string, owner: string): VerificationMethod {
  return recoveryMethodOf(did, 'controller', owner)
}

function recoveryMethodOf(did: string, fragment: string, address: string): VerificationMethod {
  const blockchainAccountId = `eip155:${ledger.chainId}:${getAddress(address)}`
  return method(did, fragment, 'EcdsaSecp256k1RecoveryMethod2020', { blockchainAccountId })
}

function method(did: string, fragment: string, type: string, key: object): VerificationMethod {
  return { id: `${did}#${fragment}`, type, controller: did, ...key }
}

function hexOf(text: string): string {
  return `0x${Buffer.from(text).toString('hex')}`
}
