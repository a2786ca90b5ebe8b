import { differ } from '../difference.ts'
import { placeOf, type LedgerEvent } from './ledger-event.ts'

type Proposal = {
  readonly epoch: bigint
  readonly expiry: number
  readonly approvals: Set<string>
  isExecuted: boolean
}

/** Replays the council: that its members alone decided, and that nothing was done that too few of them approved. */
export function createCouncil() {
  const proposals = new Map<bigint, Proposal>()
  let members = new Set<string>()
  let threshold = 0
  let epoch = 0n

  const openProposalOf = (event: LedgerEvent): Proposal => {
    const id = event.fields.big('proposalId')
    const proposal = proposals.get(id) ?? differ('council', `proposal ${id} was never made`, placeOf(event))
    const problem = proposal.isExecuted
      ? 'executed already'
      : proposal.epoch !== epoch
        ? 'void'
        : event.time >= proposal.expiry
          ? 'over'
          : null
    if (problem !== null) differ('council', `proposal ${id} was ${problem} when ${event.name}`, placeOf(event))
    return proposal
  }

  const requireMember = (account: string, event: LedgerEvent): void => {
    if (!members.has(account)) differ('council', `${account} is no member of the council`, placeOf(event))
  }

  return {
    see: (event: LedgerEvent): void => {
      const { contract, name, fields } = event
      if (contract !== 'council') return
      if (name === 'MembersChanged') {
        if (fields.big('epoch') !== epoch + 1n) differ('council', 'a change of its members is missing', placeOf(event))
        epoch += 1n
        members = new Set(fields.value('members') as readonly string[])
        threshold = Number(fields.big('threshold'))
        if (threshold < 1 || threshold > members.size)
          differ('council', `${threshold} of ${members.size} members cannot decide`, placeOf(event))
      } else if (name === 'ProposalMade') {
        requireMember(fields.text('proposer'), event)
        const expiry = fields.number('expiry')
        proposals.set(fields.big('proposalId'), { epoch, expiry, approvals: new Set(), isExecuted: false })
      } else if (name === 'ProposalApproved' || name === 'ApprovalWithdrawn') {
        const { approvals } = openProposalOf(event)
        const member = fields.text('member')
        requireMember(member, event)
        if (approvals.has(member) === (name === 'ProposalApproved'))
          differ('council', `${member} approved or withdrew twice`, placeOf(event))
        if (name === 'ProposalApproved') approvals.add(member)
        else approvals.delete(member)
      } else if (name === 'ProposalExecuted') {
        const proposal = openProposalOf(event)
        if (proposal.approvals.size < threshold) {
          const message = `${proposal.approvals.size} members approved what was executed, and ${threshold} had to`
          differ('council', message, placeOf(event))
        }
        proposal.isExecuted = true
      }
    },
  }
}
