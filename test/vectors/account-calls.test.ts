import { bytesToHex } from '@noble/hashes/utils.js'
import { Interface } from 'ethers'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { abis } from '../../services/chain/generated/contracts.ts'
import { energyWh, price } from '../../services/domain/units.ts'
import {
  delegateTradingCall,
  executionDigest,
  replaceTradingKeyCall,
  revokeDelegationCall,
  type AccountCall,
} from '../../web/src/lib/account-calls.ts'

const registry = new Interface(abis.memberRegistry)
const REGISTRY = `0x${'4e'.repeat(20)}`
const KEY = `0x${'ab'.repeat(20)}`

const encoded = (name: string, values: readonly unknown[]) => registry.encodeFunctionData(name, values)

test('the calls are those of the member registry, negative prices among them', () => {
  const delegation = {
    key: KEY,
    mayBid: true,
    mayOffer: true,
    quantityLimit: energyWh(2_500n),
    lowestPrice: price(-50_000n),
    highestPrice: price(300_000n),
    expiry: 1_800_000_000,
  }
  expect(delegateTradingCall(REGISTRY, 7, delegation)).toEqual({
    target: REGISTRY,
    data: encoded('delegateTrading', [7, [KEY, 3, 2_500, -50_000, 300_000, 1_800_000_000]]),
  })
  expect(delegateTradingCall(REGISTRY, 7, { ...delegation, mayOffer: false }).data).toBe(
    encoded('delegateTrading', [7, [KEY, 1, 2_500, -50_000, 300_000, 1_800_000_000]]),
  )
  expect(revokeDelegationCall(REGISTRY, 7).data).toBe(encoded('revokeDelegation', [7]))
  expect(replaceTradingKeyCall(REGISTRY, 7, KEY).data).toBe(encoded('replaceTradingKey', [7, KEY]))
})

test('what a passkey signs is what its account takes', () => {
  const file = new URL('passkey.json', import.meta.url)
  const { account: vector } = JSON.parse(readFileSync(file, 'utf8')) as {
    account: { chainId: number; account: string; calls: AccountCall[]; nonce: number; deadline: number; digest: string }
  }
  const { chainId, account, calls, nonce, deadline, digest } = vector
  const turn = { nonce: BigInt(nonce), deadline: BigInt(deadline) }
  expect(`0x${bytesToHex(executionDigest(BigInt(chainId), account, calls, turn))}`).toBe(digest)
  expect(`0x${bytesToHex(executionDigest(1n, account, calls, turn))}`).not.toBe(digest)
})
