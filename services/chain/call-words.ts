import { roleWordsOf } from '../domain/identity/role-words.ts'
import type { CouncilCall } from './governance.ts'
import { decodeCall, type LedgerValue, type LedgerValues } from './events.ts'
import type { Ledger } from './ledger.ts'

type Contracts = Pick<Ledger, 'addresses' | 'contracts'>
type Words = (values: LedgerValues, ledger: Contracts) => string

const EVERY_AREA = 0n
const SHOWN_BYTES = 10

const issuerOf =
  (verb: string): Words =>
  (v) =>
    `${verb} ${textOf(v.issuer)} ${verb === 'accredit' ? 'to issue' : 'as an issuer of'} ${roleOf(v.role)} credentials in ${areaOf(v.area)}`
const credentialsOf =
  (verb: string): Words =>
  (v) =>
    `${verb} ${listOf(v.credentialIds)}`
const innerOf = (v: LedgerValues, ledger: Contracts) =>
  describeCall(ledger, { target: textOf(v.target), data: textOf(v.data) })

/** What the council does most, in words. */
const WORDS: Readonly<Record<string, Words>> = {
  'credentialRegistry.accreditIssuer': issuerOf('accredit'),
  'credentialRegistry.suspendIssuer': issuerOf('suspend'),
  'credentialRegistry.removeIssuer': issuerOf('remove'),
  'credentialRegistry.suspendCredentials': credentialsOf('suspend the credentials'),
  'credentialRegistry.reinstateCredentials': credentialsOf('reinstate the credentials'),
  'credentialRegistry.revokeCredentials': credentialsOf('revoke, for good, the credentials'),
  'tradingPause.extendPause': (v) => `keep trading paused in ${areaOf(v.area)} until ${timeOf(v.until)}`,
  'tradingPause.endPause': (v) => `let trading go on in ${areaOf(v.area)}`,
  'accessManager.grantRole': (v) => `give ${textOf(v.account)} role ${textOf(v.roleId)} of the access manager`,
  'accessManager.revokeRole': (v) => `take role ${textOf(v.roleId)} of the access manager from ${textOf(v.account)}`,
  'accessManager.schedule': (v, ledger) => `schedule, to be done once its delay is over: ${innerOf(v, ledger)}`,
  'accessManager.execute': (v, ledger) => `do, as it was scheduled: ${innerOf(v, ledger)}`,
  'accessManager.cancel': (v, ledger) => `cancel what was scheduled: ${innerOf(v, ledger)}`,
  'council.changeMembers': (v) => `make ${listOf(v.members)} the council, of whom ${textOf(v.threshold)} decide`,
}

/** A call of one of our contracts as people say it; of others that it is one, with how it begins. */
export function describeCall(ledger: Contracts, { target, data }: CouncilCall): string {
  const call = decodeCall(ledger, { to: target, input: data })
  if (call === null)
    return `a call of ${target} that is none of this market's contracts': ${data.slice(0, SHOWN_BYTES)}…`
  const name = `${call.contract}.${call.name}`
  const words = WORDS[name]
  if (words !== undefined) return words(call.arguments, ledger)
  const values = Object.entries(call.arguments).map(([key, value]) => `${key} ${textOf(value)}`)
  return `${name}(${values.join(', ')})`
}

function roleOf(value: LedgerValue | undefined): string {
  return roleWordsOf(Number(value))
}

function areaOf(value: LedgerValue | undefined): string {
  return value === EVERY_AREA ? 'every area' : `area ${textOf(value)}`
}

function timeOf(value: LedgerValue | undefined): string {
  return new Date(Number(value) * 1_000).toISOString()
}

function listOf(value: LedgerValue | undefined): string {
  return Array.isArray(value) ? value.map(textOf).join(', ') : textOf(value)
}

function textOf(value: LedgerValue | undefined): string {
  if (typeof value !== 'object') return String(value)
  if (Array.isArray(value)) return `[${value.map(textOf).join(', ')}]`
  return `{${Object.entries(value)
    .map(([key, inner]) => `${key} ${textOf(inner)}`)
    .join(', ')}}`
}
