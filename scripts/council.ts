import { describeCall } from '../services/chain/call-words.ts'
import {
  approveProposal,
  councilWayOf,
  executeProposal,
  proposeCalls,
  readCouncil,
  readProposal,
  type CouncilWay,
  type Proposal,
} from '../services/chain/council.ts'
import type { Ledger } from '../services/chain/ledger.ts'
import { parseWrittenCall } from '../services/chain/written-calls.ts'
import { DomainError } from '../services/domain/errors.ts'
import type { Role } from '../services/chain/role-keys.ts'
import { readCommandArguments } from './command-arguments.ts'
import { MARKET_FLAGS, MARKET_HELP, withMarket, type RunningMarket } from './running-ledger.ts'

const HELP = `usage: commonwatt council list
       commonwatt council propose <contract>.<function> [<value> …] --reason <text> [--as <member>]
       commonwatt council approve <number> [--as <member>]
       commonwatt council execute <number> [--as <member>]

Decides as members of the council with the keys council-1, council-2 and council-3 of the data folder; <member> is one of
them [council-1]. Values are addresses or DIDs, roles such as market-operator, whole numbers, yes or no, 0x-hex, and lists
with commas. What the council may do only after a delay is proposed as scheduling it; once the delay is over the same
words propose its execution. The ledger keeps the hash of the reason alone.

  commonwatt council propose credentialRegistry.suspendIssuer 0x… supplier 1 --reason "bankrupt"

${MARKET_HELP}`

const MEMBERS: readonly Role[] = ['council-1', 'council-2', 'council-3']

const WAYS: Readonly<Record<CouncilWay, string>> = {
  'at-once': 'is done as soon as it is executed',
  schedule: 'schedules it: propose the same again once its delay is over',
  'execute-scheduled': 'was scheduled, and its delay is over: is done as soon as it is executed',
}

/** `commonwatt council`: what is pending, and deciding it. */
export async function council(commandArguments: readonly string[]): Promise<number> {
  if (commandArguments.includes('--help') || commandArguments.length === 0) {
    console.log(HELP)
    return commandArguments.length === 0 ? 2 : 0
  }
  const { words, flags } = readCommandArguments(commandArguments, [...MARKET_FLAGS, 'as', 'reason'])
  const lines = await withMarket(flags, (market) => decide(market, words, flags))
  for (const line of lines) console.log(line)
  return 0
}

/** Does what the words say; the lines say what was done. */
async function decide(
  { ledger, keyOf }: RunningMarket,
  [act, ...words]: readonly string[],
  flags: Readonly<Record<string, string | undefined>>,
): Promise<readonly string[]> {
  if (act === 'list') return linesOfCouncil(ledger)
  const key = await keyOf(memberOf(flags.as))
  if (act === 'propose') {
    const [name, ...values] = words
    if (name === undefined || !flags.reason) {
      throw new DomainError('settings-invalid', 'name the call, and why, with --reason. --help shows how.')
    }
    const { way, call } = await councilWayOf(ledger, parseWrittenCall(ledger, name, values))
    const id = await proposeCalls(ledger, key, [call], flags.reason)
    return [`Proposal ${id}: ${describeCall(ledger, call)}.`, `It ${WAYS[way]}.`]
  }
  const proposal = await readProposal(ledger, numberOf(words))
  const calls = proposal.calls.map((call) => `  ${describeCall(ledger, call)}`)
  if (act === 'approve') {
    await approveProposal(ledger, key, proposal.id)
    return [`Approved proposal ${proposal.id}:`, ...calls]
  }
  if (act === 'execute') {
    await executeProposal(ledger, key, proposal)
    return [`Executed proposal ${proposal.id}:`, ...calls]
  }
  throw new DomainError('settings-invalid', `there is no "council ${act}". --help shows what there is.`)
}

async function linesOfCouncil(ledger: Ledger): Promise<readonly string[]> {
  const { members, threshold, proposals } = await readCouncil(ledger)
  return [
    `${threshold} of ${members.length} members decide: ${members.join(', ')}.`,
    ...(proposals.length === 0 ? ['Nothing is pending.'] : []),
    ...proposals.flatMap((proposal) => linesOf(ledger, proposal, threshold)),
  ]
}

function linesOf(ledger: Ledger, { id, calls, approvers, expiry, isApproved }: Proposal, threshold: number): string[] {
  const state = isApproved ? 'to be executed' : `${approvers.length} of ${threshold} approvals`
  return [
    '',
    `Proposal ${id} (${state}, until ${new Date(expiry * 1_000).toISOString()}), approved by ${approvers.join(', ')}:`,
    ...calls.map((call) => `  ${describeCall(ledger, call)}`),
  ]
}

function memberOf(name: string | undefined): Role {
  const member = MEMBERS.find((known) => known === (name ?? MEMBERS[0]))
  if (member !== undefined) return member
  throw new DomainError('settings-invalid', `--as ${name}: there are ${MEMBERS.join(', ')}`)
}

function numberOf(words: readonly string[]): number {
  const [text, ...more] = words
  if (text !== undefined && /^[1-9]\d{0,8}$/.test(text) && more.length === 0) return Number(text)
  throw new DomainError('settings-invalid', 'name the proposal by its number, which "council list" shows.')
}
