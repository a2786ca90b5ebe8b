import { AbiCoder, Interface, type Result } from 'ethers'
import { expect, test } from 'vitest'
import { sourceHashOf, type FlexAsset } from '../domain/flexibility/settlement/flex-leaves.ts'
import { deliveryPeriod, energyWh, money, signedW, signedWh, tradingDay } from '../domain/units.ts'
import {
  challengeAssetCall,
  challengeEntryCall,
  challengeFlexStatementCall,
  challengeReadingCall,
  READING_PROOF,
  type ChallengedCall,
} from './flex-challenges.ts'
import { abis } from './generated/contracts.ts'
import type { Ledger } from './ledger.ts'

const abi = new Interface(abis.flexChallenges)
const ledger = {
  addresses: { flexChallenges: `0x${'AB'.repeat(20)}` },
  contracts: { flexChallenges: { interface: abi } },
} as unknown as Ledger
const salt = `0x${'5a'.repeat(32)}`
const root = `0x${'cd'.repeat(32)}`
const period = deliveryPeriod(1_950_000)
const day = tradingDay(20_312)
const leaf: FlexAsset = {
  memberId: 3,
  baseline: signedWh(900n),
  realised: signedWh(500n),
  quality: 'metered',
  readingVersion: 1,
  asked: energyWh(400n),
  attributed: 100n,
  before: energyWh(7n),
  missingBefore: energyWh(8n),
  delivered: energyWh(300n),
  revenue: money(9n),
  penalty: money(10n),
  source: sourceHashOf('0x00'),
  salt,
}
const asset = { leaf, position: 2, siblings: [] }
const call: ChallengedCall = {
  ...{ challenger: 3, area: 1, day, direction: 'consume-less', position: 0 },
  deliveries: [{ orderId: 1, period, moved: energyWh(300n), opposed: energyWh(0n), assetCount: 3, assetsRoot: root }],
  periods: [{ period, power: signedW(-2_000n) }],
}
const statement = {
  leaf: { memberId: 3, day, entriesRoot: root, charges: money(10n), credits: money(9n), salt },
  ...{ position: 0, siblings: [] },
}
const entry = {
  leaf: { delivered: energyWh(300n), revenue: money(9n), penalty: money(10n), correction: money(-5n), salt },
  ...{ position: 12, siblings: [] },
}

/** What the contract reads out of the calldata. */
const decoded = (calldata: string, name: string) => abi.decodeFunctionData(name, calldata).toObject(true)

test('a challenge of an asset has the leaf, its sums and the packed call', () => {
  const { contract, calldata } = challengeAssetCall(ledger, call, asset, asset)
  expect(contract).toBe(`0x${'ab'.repeat(20)}`)
  const values = decoded(calldata, 'challengeAsset')
  expect(values).toMatchObject({ challenger: 3n, area: 1n, day: BigInt(day), call: { position: 0n } })
  expect(values.asset).toMatchObject({
    leaf: { memberId: 3n, baseline: 900n, realised: 500n, quality: 0n, attributed: 100n, source: leaf.source, salt },
    ...{ a: 300n, b: 0n, position: 2n },
  })
})

test('a challenge of a reading says so where there is none', () => {
  const { calldata } = challengeReadingCall(ledger, call, asset, { version: 1, placed: null })
  const evidence = decoded(calldata, 'challengeReading').evidence as string
  const [proof] = AbiCoder.defaultAbiCoder().decode([READING_PROOF], evidence) as unknown as [Result]
  expect(proof.toObject(true)).toMatchObject({ version: 1n, a: 0n, reading: { memberId: 0n } })
})

test('challenges of an entry and of a statement have their sums, charged and credited', () => {
  const evidence = { assets: [{ ...asset, direction: 'consume-less' as const }], fills: ['0x'] }
  const ofEntry = decoded(challengeEntryCall(ledger, call, statement, entry, evidence).calldata, 'challengeEntry')
  expect(ofEntry.entry).toMatchObject({ leaf: { correction: -5n }, a: 10n, b: 14n, position: 12n })
  const committed = { nodes: '0x', availability: '0x', payments: '0x' }
  const ofStatement = challengeFlexStatementCall(ledger, call, statement, committed)
  expect(decoded(ofStatement.calldata, 'challengeStatement').statement).toMatchObject({
    leaf: { memberId: 3n, entriesRoot: root, charges: 10n, credits: 9n },
    ...{ a: 1n, b: 0n },
  })
})
