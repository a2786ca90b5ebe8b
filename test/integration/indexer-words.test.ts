import { Interface, type EventFragment } from 'ethers'
import { expect, test } from 'vitest'
import { abis } from '../../services/chain/generated/contracts.ts'
import { eventWordsOf } from '../../web/src/features/ledger/event-words.ts'

/** Of the libraries that the contracts are built on: they tell of their own working, and are named rather than told. */
const NAMED = new Set(['AuthorityUpdated', 'EIP712DomainChanged', 'Initialized'])

const events = Object.entries(abis)
  .filter(([contract]) => contract !== 'accessManager')
  .flatMap(([contract, abi]) => {
    const found: EventFragment[] = []
    new Interface(abi).forEachEvent((event) => found.push(event))
    return found.map((event): [string, string, EventFragment] => [contract, event.name, event])
  })
  .filter(([, name]) => !NAMED.has(name))

test.each(events)('%s tells %s in a sentence of its own', (contract, name, event) => {
  const given = Object.fromEntries(event.inputs.map((input) => [input.name, exampleOf(input.baseType)]))
  const phrases = eventWordsOf({ contract, name, arguments: given })
  // An event without a sentence is only named, in a single piece.
  expect(phrases.length).toBeGreaterThan(1)
})

/** As the indexer keeps a value of that type. */
function exampleOf(type: string): unknown {
  if (type === 'bool') return true
  if (type === 'array') return []
  return /^u?int/.test(type) ? '1' : `0x${'11'.repeat(32)}`
}
