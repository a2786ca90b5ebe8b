import { AbiCoder, Interface } from 'ethers'
import { expect, test } from 'vitest'
import { decodeEvent } from './events.ts'
import { abis } from './generated/contracts.ts'
import { CONTRACT_NAMES, type Ledger } from './ledger.ts'

const address = `0x${'12'.repeat(20)}`
const abi = new Interface(abis.flexPortfolios)
const ledger = {
  addresses: Object.fromEntries(
    CONTRACT_NAMES.map((name) => [name, name === 'flexPortfolios' ? address : `0x${'34'.repeat(20)}`]),
  ),
  contracts: { flexPortfolios: { interface: abi } },
} as unknown as Pick<Ledger, 'addresses' | 'contracts'>

const numbered = (value: number) => `0x${value.toString(16).padStart(64, '0')}`
const opened = (name: string) => ({
  address,
  topics: [abi.getEvent('PortfolioOpened')!.topicHash, numbered(1), numbered(2), numbered(3)],
  data: AbiCoder.defaultAbiCoder().encode(['bytes', 'uint16', 'uint8'], [name, 100, 0]),
})

test.each([
  ['UTF-8 as it is', '0x426c75c3a9', 'Blué'],
  ['what is no UTF-8 as U+FFFD', '0x41ff42', 'A\uFFFDB'],
  ['zeros as U+FFFD', '0x410042', 'A\uFFFDB'],
])('decodeEvent shows %s', (_, bytes, name) => {
  expect(decodeEvent(ledger, opened(bytes))).toEqual({
    contract: 'flexPortfolios',
    name: 'PortfolioOpened',
    arguments: { portfolioId: 1n, area: 2n, aggregator: 3n, name, feePermille: 100n, split: 0n },
  })
})
