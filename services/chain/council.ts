import { bytesToHex } from '@noble/hashes/utils.js'
import { DomainError } from '../domain/errors.ts'
import { revertToDomainError } from './errors.ts'
import { decodeEvent, type LedgerValues } from './events.ts'
import type { CouncilCall } from './governance.ts'
import { readLatestBlock } from './ledger-clock.ts'
import { readContract, type Ledger } from './ledger.ts'
import { encodedCall, makeCall, simulate } from './single-call.ts'
import { hashText } from './typed-data.ts'

/** What waits for approvals or for its execution; addresses as the ledger writes them. */
export type Proposal = {
  readonly id: number
  readonly proposer: string
  readonly calls: readonly CouncilCall[]
  readonly descriptionHash: string
  readonly approvers: readonly string[]
  /** Unix seconds, not included. */
  readonly expiry: number
  /** Whether enough approve it: anybody may execute it. */
  readonly isApproved: boolean
}

export type Council = {
  readonly members: readonly string[]
  readonly threshold: number
  /** The latest first. */
  readonly proposals: readonly Proposal[]
}

/** How the council does a call: at once; by scheduling it and, once its delay is over, having it executed. */
export type CouncilWay = 'at-once' | 'schedule' | 'execute-scheduled'

type Standing = { approvals: bigint; expiry: bigint; isExecuted: boolean; epoch: bigint }
type Log = { address: string; topics: string[]; data: string }

/** With which the access manager refuses what has to be scheduled, and to wait then. */
const WAITS = ['access-manager-not-scheduled', 'access-manager-not-ready']
/** Nodes refuse wider ranges (Besu does above 5,000). */
const BLOCKS_PER_REQUEST = 5_000

/** Who decides, and what is to be decided or executed still. */
export async function readCouncil(ledger: Ledger): Promise<Council> {
  const read = async <Value>(name: string, ...values: readonly unknown[]) =>
    (await readContract(ledger, 'council', name, ...values))[0] as Value
  const [members, threshold, epoch, count, { number, timestamp }] = await Promise.all([
    read<string[]>('members'),
    read<bigint>('threshold'),
    read<bigint>('epoch'),
    read<bigint>('proposalCount'),
    readLatestBlock(ledger),
  ])
  const standings = new Map<number, Standing>()
  // Each expires so long after it was made: behind one that is over, all are.
  for (let id = Number(count); id > 0; id -= 1) {
    const standing = await read<Standing>('proposalOf', id)
    if (Number(standing.expiry) <= timestamp) break
    if (!standing.isExecuted && standing.epoch === epoch) standings.set(id, standing)
  }

  const made = await readProposalsMade(ledger, [...standings.keys()], number)
  const proposals = await Promise.all(
    [...standings].map(async ([id, { approvals, expiry }]): Promise<Proposal> => {
      const values = made.get(id)
      if (values === undefined) throw new DomainError('ledger-inconsistent', `proposal ${id} was never made`)
      const approving = await Promise.all(members.map((member) => read<boolean>('hasApproved', id, member)))
      return {
        id,
        proposer: values.proposer as string,
        calls: (values.calls as unknown as CouncilCall[]).map(({ target, data }) => ({ target, data })),
        descriptionHash: values.descriptionHash as string,
        approvers: members.filter((_, index) => approving[index]),
        expiry: Number(expiry),
        isApproved: approvals >= threshold,
      }
    }),
  )
  return { members: [...members], threshold: Number(threshold), proposals }
}

/** What was proposed, as its event has it: looked for from the latest block back. */
async function readProposalsMade(
  ledger: Ledger,
  ids: readonly number[],
  latest: number,
): Promise<Map<number, LedgerValues>> {
  const found = new Map<number, LedgerValues>()
  const { topicHash } = ledger.contracts.council.interface.getEvent('ProposalMade')!
  const topics = [topicHash, ids.map((id) => `0x${id.toString(16).padStart(64, '0')}`)]
  for (let to = latest; to >= 0 && found.size < ids.length; to -= BLOCKS_PER_REQUEST) {
    const from = Math.max(0, to - BLOCKS_PER_REQUEST + 1)
    const [fromBlock, toBlock] = [from, to].map((block) => `0x${block.toString(16)}`)
    const filter = { address: ledger.addresses.council, topics, fromBlock, toBlock }
    for (const log of await readLogs(ledger, filter)) {
      const event = decodeEvent(ledger, log)
      if (event !== null) found.set(Number(event.arguments.proposalId), event.arguments)
    }
  }
  return found
}

async function readLogs(ledger: Ledger, filter: object): Promise<Log[]> {
  try {
    return (await ledger.provider.send('eth_getLogs', [filter])) as Log[]
  } catch (error) {
    throw revertToDomainError(error)
  }
}

/** Throws `proposal-unknown` for one that nobody can decide or execute any more. */
export async function readProposal(ledger: Ledger, id: number): Promise<Proposal> {
  const { proposals } = await readCouncil(ledger)
  const proposal = proposals.find((one) => one.id === id)
  if (proposal !== undefined) return proposal
  throw new DomainError(
    'proposal-unknown',
    `no proposal ${id} is pending: it was never made, executed, voided or is over`,
  )
}

/**
 * The call in the way in which the council can do it now, by what the ledger says. Throws why it can do it in none.
 */
export async function councilWayOf(
  ledger: Ledger,
  call: CouncilCall,
): Promise<{ readonly way: CouncilWay; readonly call: CouncilCall }> {
  const { accessManager, council } = ledger.addresses
  const managed = (name: 'schedule' | 'execute', ...more: readonly unknown[]): CouncilCall => {
    const values = [call.target, call.data, ...more]
    const { data } = encodedCall(ledger, { contract: 'accessManager', function: name, arguments: values })
    return { target: accessManager, data }
  }
  const atOnce = await refusalOf(ledger, council, call)
  if (atOnce === null) return { way: 'at-once', call }
  if (!WAITS.includes(atOnce.code)) throw atOnce
  const execute = managed('execute')
  if ((await refusalOf(ledger, council, execute)) === null) return { way: 'execute-scheduled', call: execute }
  const schedule = managed('schedule', 0)
  const refusal = await refusalOf(ledger, council, schedule)
  if (refusal !== null) throw refusal
  return { way: 'schedule', call: schedule }
}

/** Null where the ledger would not refuse the call. */
async function refusalOf(ledger: Ledger, from: string, { target, data }: CouncilCall): Promise<DomainError | null> {
  try {
    await simulate(ledger, from, { to: target, data })
    return null
  } catch (error) {
    const refusal = revertToDomainError(error)
    if (refusal.code === 'ledger-unreachable') throw refusal
    return refusal
  }
}

/** Proposes the calls, and approves them thereby; resolves to their number. */
export async function proposeCalls(
  ledger: Ledger,
  memberKey: string,
  calls: readonly CouncilCall[],
  reason: string,
): Promise<number> {
  const values = [calls.map(({ target, data }) => [target, data]), `0x${bytesToHex(hashText(reason))}`]
  const { blockHash } = await makeCall(ledger, memberKey, {
    contract: 'council',
    function: 'propose',
    arguments: values,
  })
  const { topicHash } = ledger.contracts.council.interface.getEvent('ProposalMade')!
  const filter = { address: ledger.addresses.council, topics: [topicHash], blockHash }
  const logs = await readLogs(ledger, filter)
  const ids = logs.map((log) => Number(decodeEvent(ledger, log)!.arguments.proposalId))
  return ids.at(-1)!
}

export async function approveProposal(ledger: Ledger, memberKey: string, id: number): Promise<void> {
  await makeCall(ledger, memberKey, { contract: 'council', function: 'approve', arguments: [id] })
}

/** By whose key it may be; throws the refusal of the call that fails. */
export async function executeProposal(
  ledger: Ledger,
  key: string,
  { id, calls, descriptionHash }: Proposal,
): Promise<void> {
  const values = [id, calls.map(({ target, data }) => [target, data]), descriptionHash]
  await makeCall(ledger, key, { contract: 'council', function: 'execute', arguments: values })
}
