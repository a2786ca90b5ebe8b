/** A node of the compiler's syntax tree, as far as it matters here. */
export type Syntax = { readonly nodeType?: string; readonly [field: string]: unknown }

const ASKING = new Set(['onlyRole', '_requireRole'])

/**
 * Which role of the market the functions of each contract, by its name, ask their caller for, by selector without 0x:
 * those that do by the modifier `onlyRole` or a call of `_requireRole` in their own body.
 */
export function askedRoles(sources: readonly Syntax[]): Map<string, Map<string, string>> {
  const contracts = sources.flatMap(({ nodes }) => nodesIn(nodes)).filter(isOf('ContractDefinition'))
  const byId = new Map(contracts.map((contract) => [contract.id, contract]))
  return new Map(
    contracts.map((contract) => {
      const roles = new Map<string, string>()
      const decided = new Set<string>()
      // From the contract itself up to what it inherits: the first that has a body is the one that is called.
      for (const id of contract.linearizedBaseContracts as readonly unknown[]) {
        for (const each of nodesIn(byId.get(id)?.nodes).filter(isOf('FunctionDefinition'))) {
          const selector = each.functionSelector
          if (typeof selector !== 'string' || each.implemented !== true || decided.has(selector)) continue
          decided.add(selector)
          const role = roleAskedIn(each)
          if (role !== null) roles.set(selector, role)
        }
      }
      return [contract.name as string, roles]
    }),
  )
}

function roleAskedIn({ modifiers, body }: Syntax): string | null {
  const asked = [...everyNodeIn(modifiers), ...everyNodeIn(body)].flatMap((node) => {
    const callee = (node.nodeType === 'ModifierInvocation' ? node.modifierName : node.expression) as Syntax | undefined
    const isAsking =
      /^(ModifierInvocation|FunctionCall)$/.test(node.nodeType ?? '') && ASKING.has(callee?.name as string)
    return isAsking ? [(nodesIn(node.arguments)[0] as Syntax).memberName as string] : []
  })
  return asked[0] ?? null
}

function everyNodeIn(value: unknown): Syntax[] {
  if (typeof value !== 'object' || value === null) return []
  const inner = Object.values(value).flatMap(everyNodeIn)
  return Array.isArray(value) ? inner : [value as Syntax, ...inner]
}

function nodesIn(value: unknown): readonly Syntax[] {
  return (value ?? []) as readonly Syntax[]
}

function isOf(nodeType: string) {
  return (node: Syntax): boolean => node.nodeType === nodeType
}
