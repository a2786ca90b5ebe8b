import { describe, expect, test } from 'vitest'
import { accessRowsOf, formatAccessTable, refusalsIn, roleNamesIn, type AccessSources } from './access-rows.ts'

const functionOf = (name: string, stateMutability = 'nonpayable') => ({
  type: 'function',
  name,
  stateMutability,
  inputs: [
    { name: 'area', type: 'uint32', internalType: 'AreaId' },
    {
      name: 'order',
      type: 'tuple',
      internalType: 'struct IShop.Order',
      components: [{ name: 'price', type: 'int24' }],
    },
  ],
})
const ofShop = (name: string) => `${name}(uint32,(int24))`

/** A shop that a keeper opens, a grocer stocks and anyone visits; who owns it is inherited. */
function sourcesOf(changes: Partial<AccessSources> = {}): AccessSources {
  return {
    contracts: [
      {
        contract: 'Shop',
        abi: [
          functionOf('visit'),
          functionOf('open'),
          functionOf('isOpen', 'view'),
          functionOf('sell'),
          functionOf('stock'),
        ],
        access: new Map([
          [ofShop('open'), 'role KEEPER'],
          [ofShop('stock'), 'credential Grocer of the area'],
          [ofShop('visit'), 'anyone: it costs nothing'],
        ]),
        credentials: new Map([[ofShop('stock'), 'Grocer']]),
      },
    ],
    roles: [{ contract: 'Shop', name: 'open', role: 3n }],
    roleNames: new Map([[3n, 'KEEPER']]),
    labels: new Map([[3n, 'keeper']]),
    refusals: new Map([
      ['Shop.open', { file: 'test/Shop.t.sol', test: 'test_open' }],
      ['Shop.stock', { file: 'test/Shop.t.sol', test: 'test_stock' }],
      ['Owned.sell', { file: 'test/Shop.t.sol', test: 'test_sell' }],
    ]),
    inherited: { [ofShop('sell')]: { who: 'the owner', refusedBy: 'Owned.sell' } },
    ...changes,
  }
}

const SHOP = sourcesOf().contracts[0]!

describe('accessRowsOf', () => {
  test('has a row for every function that changes something, with its role and its test', () => {
    expect(accessRowsOf(sourcesOf())).toEqual([
      {
        contract: 'Shop',
        function: 'open(AreaId, Order)',
        who: 'role 3, keeper',
        test: { file: 'test/Shop.t.sol', test: 'test_open' },
      },
      {
        contract: 'Shop',
        function: 'sell(AreaId, Order)',
        who: 'the owner',
        test: { file: 'test/Shop.t.sol', test: 'test_sell' },
      },
      {
        contract: 'Shop',
        function: 'stock(AreaId, Order)',
        who: 'credential Grocer of the area',
        test: { file: 'test/Shop.t.sol', test: 'test_stock' },
      },
      { contract: 'Shop', function: 'visit(AreaId, Order)', who: 'anyone: it costs nothing', test: null },
    ])
  })

  test.each<[string, Partial<AccessSources>, string]>([
    [
      'a function that does not say who may call it',
      { inherited: {}, refusals: new Map([['Shop.open', { file: 'f', test: 't' }]]) },
      'Shop.sell does not say who may call it',
    ],
    [
      'a restricted function without a test',
      { refusals: new Map([['Owned.sell', { file: 'f', test: 't' }]]) },
      'no test shows that Shop.open refuses outsiders',
    ],
    [
      'a role that it is not set up with',
      { roles: [] },
      'Shop.open is said to need the role KEEPER, and is given none',
    ],
    [
      'another role than it is set up with',
      { roleNames: new Map([[3n, 'OWNER']]) },
      'Shop.open is given the role OWNER, and is said to be for: role KEEPER',
    ],
    [
      'a credential that it does not ask for',
      { contracts: [{ ...SHOP, credentials: new Map() }] },
      'Shop.stock is said to need a credential as Grocer, and asks for none',
    ],
    [
      'another credential than it asks for',
      { contracts: [{ ...SHOP, credentials: new Map([[ofShop('stock'), 'Baker']]) }] },
      'Shop.stock asks for a credential as Baker, and is said to be for: credential Grocer of the area',
    ],
    [
      'a credential that it asks for and does not say',
      { contracts: [{ ...SHOP, credentials: new Map([...SHOP.credentials, [ofShop('visit'), 'Guest']]) }] },
      'Shop.visit asks for a credential as Guest, and is said to be for: anyone: it costs nothing',
    ],
    [
      'a role of a function that is not there',
      { roles: [...sourcesOf().roles, { contract: 'Shop', name: 'close', role: 3n }] },
      'role 3 is given for Shop.close, which is not there',
    ],
    [
      'a test about nothing restricted',
      { refusals: new Map([...sourcesOf().refusals, ['Shop.visit', { file: 'f', test: 'test_visit' }]]) },
      'test_visit in f is about Shop.visit, which is no restricted function',
    ],
    [
      'a function of ours among the inherited ones',
      { inherited: { ...sourcesOf().inherited, [ofShop('visit')]: { who: 'anyone: why not' } } },
      'Shop.visit is ours',
    ],
  ])('refuses %s', (_, changes, problem) => {
    expect(() => accessRowsOf(sourcesOf(changes))).toThrow(problem)
  })
})

describe('refusalsIn', () => {
  test('finds tests by the tags above them', () => {
    const source = [
      '    /// @custom:refuses Shop.open',
      '    /// @custom:refuses Shop.close',
      '    function test_open_refusesOutsiders() public {}',
      '    function test_visit() public {}',
      '    /// @custom:refuses Shop.sell',
      '    /// @dev As it is inherited.',
      '    function test_sell_refusesOutsiders() public {}',
    ].join('\n')
    expect([...refusalsIn([{ file: 'Shop.t.sol', source }])]).toEqual([
      ['Shop.open', { file: 'Shop.t.sol', test: 'test_open_refusesOutsiders' }],
      ['Shop.close', { file: 'Shop.t.sol', test: 'test_open_refusesOutsiders' }],
      ['Shop.sell', { file: 'Shop.t.sol', test: 'test_sell_refusesOutsiders' }],
    ])
    const twice = {
      file: 'Other.t.sol',
      source: '    /// @custom:refuses Shop.open\n    function test_too() public {}',
    }
    expect(() => refusalsIn([{ file: 'Shop.t.sol', source }, twice])).toThrow('are both tagged')
  })
})

test('roleNamesIn reads the constants', () => {
  const source = '/// @dev One.\nuint64 constant KEEPER = 3;\nuint64 constant SHOP_OWNER = 12;\n'
  expect([...roleNamesIn(source)]).toEqual([
    [3n, 'KEEPER'],
    [12n, 'SHOP_OWNER'],
  ])
})

test('formatAccessTable links tests and says where there need be none', () => {
  const text = formatAccessTable(accessRowsOf(sourcesOf()))
  expect(text).toContain('| `open(AreaId, Order)` | role 3, keeper | [test_open](../test/Shop.t.sol) |')
  expect(text).toContain('| `visit(AreaId, Order)` | anyone: it costs nothing | – |')
})
