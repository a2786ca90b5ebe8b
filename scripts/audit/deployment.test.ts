import { describe, expect, test } from 'vitest'
import { createContractFinder, deploymentOf, type Creation } from './deployment.ts'
import type { Transaction } from './ledger/verified-block.ts'

const NAMES = ['accessManager', 'accounts', 'settlement', 'challenges'] as const

function creationOf(
  contract: Creation['contract'],
  address: string,
  told: readonly string[],
  creator = '0xdeployer',
): Creation {
  const names = ['first', 'second', 'third']
  return {
    contract,
    address,
    block: 1,
    transaction: `0xtx${address}`,
    creator,
    arguments: Object.fromEntries(told.map((each, place) => [names[place]!, each])),
  }
}

/** A settlement that is told of its manager and accounts; challenges are told of it. */
const whole = (suffix: string) => [
  creationOf('accessManager', `0xa${suffix}`, ['0xperson']),
  creationOf('accounts', `0xb${suffix}`, [`0xa${suffix}`]),
  creationOf('settlement', `0xc${suffix}`, [`0xa${suffix}`, `0xb${suffix}`]),
  creationOf('challenges', `0xd${suffix}`, [`0xb${suffix}`, `0xc${suffix}`]),
]

describe('deploymentOf', () => {
  test('ties contracts by what their constructors were told', () => {
    const { addresses } = deploymentOf(whole('1'), NAMES, undefined)
    expect(addresses).toEqual({ accessManager: '0xa1', accounts: '0xb1', settlement: '0xc1', challenges: '0xd1' })
  })

  test('asks which one is meant where there are several, and takes the one that is named', () => {
    const both = [...whole('1'), ...whole('2')]
    expect(() => deploymentOf(both, NAMES, undefined)).toThrow('choose one with --settlement, out of 0xc1, 0xc2')
    expect(deploymentOf(both, NAMES, '0xC2').addresses.challenges).toBe('0xd2')
  })

  test('takes for what is tied to nothing the first that the same person created behind the access manager', () => {
    const factory = (address: string, creator?: string) => creationOf('passkeyAccounts', address, [], creator)
    const all = [factory('0xe0'), ...whole('1'), factory('0xe9', '0xstranger'), factory('0xe1'), factory('0xe2')]
    const names = [...NAMES, 'passkeyAccounts'] as const
    expect(deploymentOf(all, names, undefined).addresses.passkeyAccounts).toBe('0xe1')
    expect(() => deploymentOf(whole('1'), names, undefined)).toThrow('no passkeyAccounts belongs to')
  })

  test('takes no copy of a stranger for one of them', () => {
    const copies = [
      creationOf('settlement', '0xc9', ['0xa1', '0xb1'], '0xstranger'),
      creationOf('challenges', '0xd9', ['0xb1', '0xc1'], '0xstranger'),
      creationOf('challenges', '0xd8', ['0xb1', '0xc9'], '0xstranger'),
    ]
    for (const settlement of [undefined, '0xc1']) {
      const { addresses, creations } = deploymentOf([...whole('1'), ...copies], NAMES, settlement)
      expect(addresses).toMatchObject({ settlement: '0xc1', challenges: '0xd1' })
      expect(creations).toHaveLength(4)
    }
  })

  test('takes the one that holds the role, where one person created several', () => {
    const all = [...whole('1'), creationOf('challenges', '0xd9', ['0xb1', '0xc1'])]
    expect(() => deploymentOf(all, NAMES, undefined)).toThrow('several contracts could be the challenges: 0xd1, 0xd9')
    const { addresses } = deploymentOf(all, NAMES, undefined, (manager, role, account) => {
      return manager === '0xa1' && role === 9n && account === '0xd9'
    })
    expect(addresses.challenges).toBe('0xd9')
  })

  test('names a contract that is not ours', () => {
    const [manager, , settlement, challenges] = whole('1') as [Creation, Creation, Creation, Creation]
    expect(() => deploymentOf([manager, settlement, challenges], NAMES, undefined)).toThrow(
      'settlement at 0xc1 (transaction 0xtx0xc1) relies on second at 0xb1, whose code is not ours',
    )
  })

  test('says so where there is none of ours', () => {
    expect(() => deploymentOf([], NAMES, undefined)).toThrow('no contract on this ledger has the code')
  })
})

describe('createContractFinder', () => {
  test('knows our code by its beginning, and keeps what is not ours', () => {
    const abi = [{ type: 'constructor', inputs: [{ name: 'authority', type: 'address' }] }]
    const finder = createContractFinder({ abis: { settlement: abi }, bytecodes: { settlement: '0x600160' } })
    const transactionOf = (created: string, input: string): Transaction => ({
      hash: `0xtx${created}`,
      from: '0xfrom',
      to: null,
      nonce: 0,
      authorities: [],
      created,
      input: Buffer.from(input, 'hex'),
      succeeded: true,
      gasUsed: 0,
      logs: [],
    })
    finder.see(1, transactionOf('0xours', `600160${'00'.repeat(12)}${'ab'.repeat(20)}`))
    finder.see(2, transactionOf('0xtheirs', '600161'))
    expect(finder.creations).toMatchObject([
      { contract: 'settlement', address: '0xours', arguments: { authority: `0x${'ab'.repeat(20)}` } },
    ])
    expect(finder.foreign).toEqual([{ address: '0xtheirs', block: 2, transaction: '0xtx0xtheirs' }])
  })
})
