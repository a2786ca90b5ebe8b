import { describe, expect, test } from 'vitest'
import { createCouncil } from './council.ts'
import { eventForTest } from './event-for-test.ts'

/** Two of three members, with a proposal of the first that stands until 2,000. */
function councilWithProposal() {
  const council = createCouncil()
  const see = (name: string, values: object, time = 1_000) =>
    council.see(eventForTest('council', name, values as never, { time }))
  see('MembersChanged', { epoch: 1n, members: ['0xa', '0xb', '0xc'], threshold: 2n })
  see('ProposalMade', { proposalId: 1n, proposer: '0xa', expiry: 2_000 })
  const approve = (member: string, time?: number) => see('ProposalApproved', { proposalId: 1n, member }, time)
  const execute = (time?: number) => see('ProposalExecuted', { proposalId: 1n, executor: '0xz' }, time)
  approve('0xa')
  return { see, approve, execute }
}

describe('createCouncil', () => {
  test('lets be executed what enough members approved, once', () => {
    const { approve, execute } = councilWithProposal()
    approve('0xb')
    execute(1_999)
    expect(() => execute()).toThrow('was executed already')
  })

  test('finds what too few approved, or do not approve any more', () => {
    const { see, approve, execute } = councilWithProposal()
    expect(() => execute()).toThrow('1 members approved what was executed, and 2 had to')
    approve('0xb')
    see('ApprovalWithdrawn', { proposalId: 1n, member: '0xa' })
    expect(() => execute()).toThrow('1 members approved')
  })

  test('finds what is over, void, or was never made', () => {
    const { see, approve, execute } = councilWithProposal()
    approve('0xb')
    expect(() => execute(2_000)).toThrow('was over')
    expect(() => see('ProposalExecuted', { proposalId: 2n })).toThrow('proposal 2 was never made')
    see('MembersChanged', { epoch: 2n, members: ['0xa', '0xb'], threshold: 1n })
    expect(() => execute()).toThrow('was void')
  })

  test('finds strangers, and members that count twice', () => {
    const { see, approve } = councilWithProposal()
    expect(() => approve('0xd')).toThrow('0xd is no member')
    expect(() => approve('0xa')).toThrow('0xa approved or withdrew twice')
    expect(() => see('ProposalMade', { proposalId: 2n, proposer: '0xd', expiry: 2_000 })).toThrow('0xd is no member')
    expect(() => see('MembersChanged', { epoch: 3n, members: ['0xa'], threshold: 1n })).toThrow('is missing')
    expect(() => see('MembersChanged', { epoch: 2n, members: ['0xa'], threshold: 2n })).toThrow('cannot decide')
  })
})
