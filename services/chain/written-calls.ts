import type { ParamType } from 'ethers'
import { DomainError } from '../domain/errors.ts'
import { ROLES, roleNumberOf } from '../domain/identity/role.ts'
import { isChecksummed } from './dids.ts'
import type { CouncilCall } from './governance.ts'
import { CONTRACT_NAMES, type ContractName, type Ledger } from './ledger.ts'

const DID = /^did:ethr:0x[0-9a-f]+:(0x[0-9a-fA-F]{40})$/

/**
 * A call as people write it: `credentialRegistry.suspendIssuer` and the values of its parameters, each as text: addresses
 * (or their DIDs), roles in the market's words, whole numbers, yes or no, 0x-hex, and lists with commas. Throws `call-malformed`.
 */
export function parseWrittenCall(
  { addresses, contracts }: Pick<Ledger, 'addresses' | 'contracts'>,
  name: string,
  values: readonly string[],
): CouncilCall {
  const [contract, functionName, ...more] = name.split('.')
  if (!CONTRACT_NAMES.some((known) => known === contract) || functionName === undefined || more.length > 0) {
    throw malformed(`"${name}" is no contract.function: there are ${CONTRACT_NAMES.join(', ')}`)
  }
  const { interface: codec } = contracts[contract as ContractName]
  const changing = codec.fragments.flatMap((fragment) =>
    fragment.type === 'function' && 'constant' in fragment && fragment.constant === false ? [fragment] : [],
  )
  const fragment = codec.getFunction(functionName)
  if (fragment === null || fragment.constant) {
    const names = changing.map((one) => ('name' in one ? String(one.name) : '')).join(', ')
    throw malformed(`${contract} has no function ${functionName} that changes something: it has ${names}`)
  }
  if (values.length !== fragment.inputs.length) {
    const wanted = fragment.inputs.map(({ name: input, type }) => `<${input}: ${type}>`).join(' ')
    throw malformed(`${name} takes ${fragment.inputs.length} values, and ${values.length} are given: ${wanted}`)
  }
  const encoded = fragment.inputs.map((input, index) => valueOf(input, values[index]!))
  return { target: addresses[contract as ContractName], data: codec.encodeFunctionData(fragment, encoded) }
}

function valueOf(input: ParamType, text: string): unknown {
  const { name, baseType, type } = input
  if (baseType === 'array') {
    return text === '' ? [] : text.split(',').map((part) => valueOf(input.arrayChildren!, part.trim()))
  }
  if (type === 'address') return addressOf(name, text)
  if (type === 'bool') return booleanOf(name, text)
  if (name === 'role' && type === 'uint8') return roleOf(text)
  if (/^u?int/.test(type) && /^-?\d{1,78}$/.test(text)) return BigInt(text)
  if (/^bytes/.test(type) && /^0x([0-9a-fA-F]{2})*$/.test(text)) return text
  throw malformed(`${name}: "${text.slice(0, 80)}" is no ${type}`)
}

function addressOf(name: string, text: string): string {
  const address = DID.exec(text)?.[1] ?? text
  if (/^0x[0-9a-fA-F]{40}$/.test(address) && isChecksummed(address)) return address
  throw malformed(`${name}: "${text.slice(0, 80)}" is no address, or its checksum is wrong`)
}

function booleanOf(name: string, text: string): boolean {
  if (text === 'yes' || text === 'no') return text === 'yes'
  throw malformed(`${name}: "${text.slice(0, 80)}" is neither yes nor no`)
}

function roleOf(text: string): number {
  const role = ROLES.find((known) => known === text && known !== 'none')
  if (role === undefined)
    throw malformed(`role: "${text.slice(0, 80)}" is none: there are ${ROLES.slice(1).join(', ')}`)
  return roleNumberOf(role)
}

function malformed(why: string): DomainError {
  return new DomainError('call-malformed', `the call is not understood: ${why}`)
}
