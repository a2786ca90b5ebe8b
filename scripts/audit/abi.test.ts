// eslint-disable-next-line no-restricted-imports -- what another library writes is the measure here
import { AbiCoder, Interface } from 'ethers'
import { describe, expect, test } from 'vitest'
import { abiOf, decodeLog, decodeParameters, type AbiItem } from './abi.ts'
import { bytesOf } from './ledger/hex.ts'

const items: readonly AbiItem[] = [
  {
    type: 'function',
    name: 'clear',
    inputs: [
      { name: 'area', type: 'uint32' },
      {
        name: 'claim',
        type: 'tuple',
        components: [
          { name: 'price', type: 'int24' },
          { name: 'bids', type: 'uint64' },
        ],
      },
      { name: 'orders', type: 'bytes' },
      { name: 'chunks', type: 'bytes[]' },
      {
        name: 'people',
        type: 'tuple[]',
        components: [
          { name: 'key', type: 'address' },
          { name: 'name', type: 'string' },
          { name: 'active', type: 'bool' },
        ],
      },
      { name: 'pair', type: 'int256[2]' },
    ],
  },
  {
    type: 'event',
    name: 'Cleared',
    inputs: [
      { name: 'area', type: 'uint32', indexed: true },
      { name: 'fills', type: 'bytes', indexed: false },
      { name: 'by', type: 'address', indexed: true },
      { name: 'price', type: 'int24', indexed: false },
    ],
  },
]
const contract = new Interface(items)
const key = `0x${'ab'.repeat(20)}`

describe('decodeParameters', () => {
  test('reads what ethers writes: tuples, arrays, dynamic and fixed', () => {
    const people = [
      [key, 'Anna', true],
      [key, 'Ben with a name that is longer than one word of thirty-two bytes', false],
    ]
    const data = contract.encodeFunctionData('clear', [7, [-100, 5n], '0x0102', ['0x', '0xff'], people, [-1n, 2n]])
    const clear = abiOf(items).functions.get(data.slice(0, 10))!
    expect(clear.name).toBe('clear')
    expect(decodeParameters(clear.inputs, bytesOf(data).subarray(4))).toEqual({
      area: 7,
      claim: { price: -100, bids: 5n },
      orders: Uint8Array.of(1, 2),
      chunks: [new Uint8Array(), Uint8Array.of(255)],
      people: [
        { key, name: 'Anna', active: true },
        { key, name: people[1]![1], active: false },
      ],
      pair: [-1n, 2n],
    })
  })

  test.each([
    ['bytes that end too early', ['bytes'], ['0x0102'], 33],
    ['an array longer than the data', ['uint32[]'], [[1, 2, 3]], 64],
  ])('refuses %s', (_, types, values, length) => {
    const data = bytesOf(AbiCoder.defaultAbiCoder().encode(types, values)).subarray(0, length)
    expect(() => decodeParameters([{ name: 'value', type: types[0]! }], data)).toThrow(SyntaxError)
  })
})

describe('decodeLog', () => {
  test('puts topics and data together again', () => {
    const { data, topics } = contract.encodeEventLog('Cleared', [3, '0xaabb', key, -500])
    const event = abiOf(items).events.get(topics[0]!)!
    expect(decodeLog(event, topics, bytesOf(data))).toEqual({
      area: 3,
      fills: Uint8Array.of(0xaa, 0xbb),
      by: key,
      price: -500,
    })
  })
})
