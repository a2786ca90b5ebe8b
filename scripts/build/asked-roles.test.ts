import { expect, test } from 'vitest'
import { askedRoles } from './asked-roles.ts'

const identifier = (name: string) => ({ nodeType: 'Identifier', name })
const roleOf = (memberName: string) => ({ nodeType: 'MemberAccess', memberName, expression: identifier('Role') })
const area = identifier('area')
const functionOf = (functionSelector: string, facts: object) => ({
  nodeType: 'FunctionDefinition',
  functionSelector,
  implemented: true,
  modifiers: [],
  body: { nodeType: 'Block', statements: [] },
  ...facts,
})
const asking = (role: string) => ({
  modifiers: [
    { nodeType: 'ModifierInvocation', modifierName: identifier('onlyRole'), arguments: [roleOf(role), area] },
  ],
})
const calling = (name: string, role: string) => ({
  body: {
    nodeType: 'Block',
    statements: [
      {
        nodeType: 'ExpressionStatement',
        expression: { nodeType: 'FunctionCall', expression: identifier(name), arguments: [roleOf(role), area] },
      },
    ],
  },
})

test('askedRoles finds modifiers and calls, of what is inherited as well, and not what is overridden', () => {
  const shop = {
    nodeType: 'ContractDefinition',
    id: 1,
    name: 'Shop',
    linearizedBaseContracts: [1, 2],
    nodes: [
      functionOf('0a', asking('Grocer')),
      functionOf('0b', calling('_requireRole', 'Baker')),
      functionOf('0c', calling('_greet', 'Guest')),
      functionOf('0d', {}),
    ],
  }
  const base = {
    nodeType: 'ContractDefinition',
    id: 2,
    name: 'Base',
    linearizedBaseContracts: [2],
    nodes: [
      functionOf('0d', asking('Owner')),
      functionOf('0e', asking('Cleaner')),
      { ...functionOf('0f', asking('Nobody')), implemented: false },
    ],
  }
  const roles = askedRoles([
    { nodeType: 'SourceUnit', nodes: [shop] },
    { nodeType: 'SourceUnit', nodes: [base] },
  ])
  expect([...roles.get('Shop')!]).toEqual([
    ['0a', 'Grocer'],
    ['0b', 'Baker'],
    ['0e', 'Cleaner'],
  ])
})
