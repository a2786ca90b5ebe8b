import { readFileSync } from 'node:fs'
import { Interface } from 'ethers'
import { describe, expect, test } from 'vitest'
import {
  addressOfDid,
  didCallData,
  didCallOf,
  encodeDidName,
  recoveryCallData,
  signTypedData,
  typedDataDigest,
  type DidCall,
  type RecoveryCall,
} from './dids.ts'
import { didOf } from '../domain/identity/did.ts'
import { abis } from './generated/contracts.ts'
import type { LedgerAddresses } from './ledger.ts'

type Vector = {
  readonly type: string
  readonly message: Readonly<Record<string, unknown>>
  readonly nonce: number
  readonly digest: string
  readonly signature: string
}

const vectors = JSON.parse(readFileSync(new URL('../../test/vectors/did-calls.json', import.meta.url), 'utf8')) as {
  domain: { chainId: number; didRegistry: string; recovery: string }
  privateKey: string
  deadline: number
  cases: (Vector & { readonly transaction: string })[]
  recovery: Vector[]
}

const { didRegistry, recovery } = vectors.domain
const addresses = { didRegistry, recovery } as LedgerAddresses
const ledger = { chainId: BigInt(vectors.domain.chainId), addresses }
const ADDRESS = '0xfb6916095ca1df60bb79ce92ce3ea74c37c5d359'
const CHECKSUMMED = '0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359'

/** Amounts are decimal text in JSON. */
function callOf<Call extends DidCall | RecoveryCall>({ type, message }: Vector): Call {
  const revive = (values: object): object =>
    Object.fromEntries(
      Object.entries(values).map(([name, value]: [string, unknown]) => {
        if (name === 'attributes') return [name, (value as object[]).map(revive)]
        return [name, name === 'validity' ? BigInt(value as string) : value]
      }),
    )
  return { type, ...revive(message) } as Call
}

const turnOf = ({ nonce }: Vector) => ({ nonce: BigInt(nonce), deadline: BigInt(vectors.deadline) })

describe('didOf', () => {
  test('names the chain in hex and the address in lower case', () => {
    expect(didOf(31_337n, CHECKSUMMED)).toBe(`did:ethr:0x7a69:${ADDRESS}`)
  })
})

describe('addressOfDid', () => {
  test.each([ADDRESS, CHECKSUMMED])('reads back what was named: %s', (address) => {
    expect(addressOfDid(31_337n, `did:ethr:0x7a69:${address}`)).toBe(ADDRESS)
  })

  test.each([
    ['no identifier', ADDRESS],
    ['another method', `did:web:0x7a69:${ADDRESS}`],
    ['no chain', `did:ethr:${ADDRESS}`],
    ['a chain with a leading zero, which would be a second name', `did:ethr:0x07a69:${ADDRESS}`],
    ['a chain beyond 64 bits', `did:ethr:0x1${'0'.repeat(16)}:${ADDRESS}`],
    ['a short address', `did:ethr:0x7a69:${ADDRESS.slice(0, -1)}`],
    ['a public key', `did:ethr:0x7a69:0x02${'11'.repeat(32)}`],
    ['a wrong checksum', `did:ethr:0x7a69:${CHECKSUMMED.replace('fB', 'FB')}`],
    ['a fragment', `did:ethr:0x7a69:${ADDRESS}#controller`],
    ['a line break', `did:ethr:0x7a69:${ADDRESS}\n`],
  ])('refuses %s', (_, did) => {
    expect(() => addressOfDid(31_337n, did)).toThrow(expect.objectContaining({ code: 'did-invalid' }) as Error)
  })

  test('refuses an identifier of another ledger, and says which', () => {
    expect(() => addressOfDid(1n, didOf(31_337n, ADDRESS))).toThrow('of chain 0x7a69, and this ledger is chain 0x1')
  })
})

describe('encodeDidName', () => {
  test('fills up with zeros', () => {
    expect(encodeDidName('sigAuth')).toBe(`0x73696741757468${'00'.repeat(25)}`)
  })

  test.each(['', 'x'.repeat(33), 'größe', 'a b', 'a\0'])('refuses %j', (name) => {
    expect(() => encodeDidName(name)).toThrow(expect.objectContaining({ code: 'did-name-invalid' }) as Error)
  })
})

describe('calls of the registry', () => {
  test.each(vectors.cases)('$type is signed and encoded as a wallet does it', (vector) => {
    const call = callOf<DidCall>(vector)
    const data = didCallData(ledger, call, turnOf(vector))
    expect(typedDataDigest(data)).toBe(vector.digest)
    const signature = signTypedData(data, vectors.privateKey)
    expect(signature).toBe(vector.signature)
    const { function: name, arguments: parameters } = didCallOf(call, turnOf(vector), signature)
    expect(new Interface(abis.didRegistry).encodeFunctionData(name, parameters)).toBe(vector.transaction)
  })

  test('are others on another ledger, with another registry or at another turn', () => {
    const vector = vectors.cases[0]!
    const call = callOf<DidCall>(vector)
    const others = [
      didCallData({ ...ledger, chainId: 1n }, call, turnOf(vector)),
      didCallData({ ...ledger, addresses: { ...addresses, didRegistry: recovery } }, call, turnOf(vector)),
      didCallData(ledger, call, { ...turnOf(vector), nonce: 9n }),
      didCallData(ledger, call, { ...turnOf(vector), deadline: 9n }),
    ]
    for (const other of others) expect(typedDataDigest(other)).not.toBe(vector.digest)
  })
})

describe('calls of the Recovery contract', () => {
  test.each(vectors.recovery)('$type is signed as a wallet does it', (vector) => {
    const data = recoveryCallData(ledger, callOf<RecoveryCall>(vector), turnOf(vector))
    expect(typedDataDigest(data)).toBe(vector.digest)
    expect(signTypedData(data, vectors.privateKey)).toBe(vector.signature)
  })
})
