import { describe, expect, test } from 'vitest'
import { addressOfKey, digestOf, hashText, signDigest, signingDomainOf } from '../../../services/chain/typed-data.ts'
import { NO_ADDRESS, type AbiValue } from '../abi.ts'
import { bytesOf, concat } from '../ledger/hex.ts'
import { eventForTest } from './event-for-test.ts'
import { ADDRESSES, addressOf, identityForTest } from './identity-for-test.ts'
import { fieldsOf } from './ledger-event.ts'

const IDENTITY = addressOf(0x10)
const [FIRST, SECOND] = [addressOf(0x21), addressOf(0x22)]
const DOMAIN = signingDomainOf(31_337n, ADDRESSES.didRegistry)

type Facts = { readonly from?: string; readonly to?: string; readonly block?: number; readonly time?: number }
type Call = { readonly name: string; readonly values: Readonly<Record<string, AbiValue>> }

function registry() {
  const { dids, hidden } = identityForTest()
  const change = (owner: string, facts: Facts, previousChange = 0n, call?: Call, identity = IDENTITY) => {
    const event = eventForTest(
      'didRegistry',
      'DIDOwnerChanged',
      { identity, owner, previousChange },
      { to: ADDRESSES.didRegistry, ...facts, calls: call === undefined ? [] : [call.name] },
    )
    const calls = event.calls.map((each) => ({ ...each, fields: fieldsOf(call!.values) }))
    dids.see({ ...event, calls })
  }
  return { dids, hidden, change }
}

describe('createDids', () => {
  test('gives an identity to itself until its owner says otherwise', () => {
    const { dids, change } = registry()
    expect(dids.ownerOf(IDENTITY)).toBe(IDENTITY)
    change(FIRST, { from: IDENTITY, block: 5 })
    expect(dids.ownerOf(IDENTITY)).toBe(FIRST)
    expect(() => change(SECOND, { from: IDENTITY }, 5n)).toThrow(`was called by ${IDENTITY}, who does not own`)
    change(SECOND, { from: FIRST, block: 6 }, 5n)
    expect(dids.ownerOf(IDENTITY)).toBe(SECOND)
    expect(dids.changesOf(IDENTITY)).toBe(2)
  })

  test('wants each change to name the block of the one before', () => {
    const { change } = registry()
    change(FIRST, { from: IDENTITY, block: 5 })
    expect(() => change(SECOND, { from: FIRST, block: 6 }, 4n)).toThrow('is 4, and should be 5')
  })

  test('changes nothing of an identity that was deactivated', () => {
    const { change } = registry()
    change(NO_ADDRESS, { from: IDENTITY, block: 5 })
    expect(() => change(IDENTITY, { from: IDENTITY }, 5n)).toThrow('and was deactivated')
  })

  test('compares what was called with what it came to', () => {
    const { change } = registry()
    const call = { name: 'changeOwner', values: { identity: IDENTITY, newOwner: SECOND } }
    expect(() => change(FIRST, { from: IDENTITY }, 0n, call)).toThrow('the new owner is')
  })

  test('takes the owner that the contract for recovery gave, and no other', () => {
    const { dids, change } = registry()
    const recovered = eventForTest('recovery', 'OwnerRecovered', { identity: IDENTITY, newOwner: FIRST })
    dids.expectRecovered(recovered)
    expect(() => dids.endTransaction()).toThrow('and the registry does not say so')
    expect(() => change(SECOND, { from: SECOND, to: ADDRESSES.recovery })).toThrow('says something else')
    dids.expectRecovered(recovered)
    change(FIRST, { from: SECOND, to: ADDRESSES.recovery })
    expect(dids.ownerOf(IDENTITY)).toBe(FIRST)
    expect(() => change(SECOND, { from: SECOND, to: ADDRESSES.recovery }, 7n)).toThrow('who does not own')
  })

  test('says of whom it cannot see that it is the owner', () => {
    const { change, hidden } = registry()
    change(FIRST, { from: SECOND, to: addressOf(0x77) })
    expect(hidden).toEqual(['didRegistry.DIDOwnerChanged'])
  })

  describe('with a signed call', () => {
    const key = `0x${'42'.repeat(32)}`
    const owner = addressOfKey(key)
    const type = hashText('ChangeOwner(address identity,address newOwner,uint256 nonce,uint256 deadline)')
    const signedCall = (nonce: number, newOwner = FIRST, deadline = 2_000): Call => {
      const members = [owner, newOwner, nonce, deadline].map(BigInt)
      const compact = bytesOf(signDigest(digestOf(DOMAIN, type, members), key))
      const parity = compact[32]! >> 7
      compact[32]! &= 0x7f
      const signature = concat([compact, Uint8Array.of(27 + parity)])
      const authorization = { nonce: BigInt(nonce), deadline: BigInt(deadline), signature }
      return { name: 'changeOwnerSigned', values: { identity: owner, newOwner, authorization } }
    }

    test('takes whoever sends what the owner signed', () => {
      const { dids, change } = registry()
      change(FIRST, { from: SECOND }, 0n, signedCall(0), owner)
      expect(dids.ownerOf(owner)).toBe(FIRST)
      expect(dids.contractOwners.size).toBe(0)
    })

    test('refuses what was signed with another nonce, or has expired', () => {
      const { change } = registry()
      expect(() => change(FIRST, { from: SECOND }, 0n, signedCall(1), owner)).toThrow('the nonce of')
      const expired = { from: SECOND, time: 2_001 }
      expect(() => change(FIRST, expired, 0n, signedCall(0), owner)).toThrow('by what had expired')
    })

    test('knows an owner that did not sign to be a contract, or nobody', () => {
      const { dids, change } = registry()
      const other = { ...signedCall(0), values: { ...signedCall(0).values, newOwner: SECOND } }
      change(SECOND, { from: SECOND }, 0n, other, owner)
      expect([...dids.contractOwners.keys()]).toEqual([owner])
    })
  })
})
