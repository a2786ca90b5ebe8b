import { describe, expect, test } from 'vitest'
import type { ContractName } from '../chain/ledger.ts'
import type { LedgerValues } from '../chain/events.ts'
import { projectChallenges } from './challenges.ts'
import { emptyBatch, type PlacedEvent } from './projection-batch.ts'

const HASH = `0x${'11'.repeat(32)}`

function eventOf(contract: ContractName, name: string, values: LedgerValues, logIndex: number): PlacedEvent {
  return { contract, name, arguments: { area: 1n, ...values }, logIndex }
}

/** What the projection keeps of a transaction with these events. */
function challengesOf(...together: PlacedEvent[]) {
  return challengesBy(null, ...together)
}

/** The same, sent by a call of this challenger. */
function challengesBy(challenger: bigint | null, ...together: PlacedEvent[]) {
  const call = { contract: 'challenges', name: 'challengePeriod', arguments: { challenger: challenger ?? 0n } } as const
  const callOf = () => (challenger === null ? null : call)
  const batch = emptyBatch()
  const block = { number: 9, hash: HASH, parentHash: HASH, timestamp: 1, gasUsed: 0n, transactions: [] }
  const transaction = {
    hash: HASH,
    position: 0,
    from: HASH,
    to: HASH,
    input: '0x',
    succeeded: true,
    gasUsed: 0n,
    logs: [],
  }
  for (const event of together) projectChallenges(batch, { ...event, block, transaction, together, callOf })
  return batch.challenges
}

const day = { day: 20_000n, run: 0n }

describe('projectChallenges', () => {
  test('takes who proved a statement wrong from the reward, and a period of zero for the whole day', () => {
    const corrected = { ...day, memberId: 3n, delta: -700n, owed: 0n }
    const rows = challengesOf(
      eventOf('accounts', 'Corrected', { memberId: 3n, moved: -700n }, 1),
      eventOf('challenges', 'StatementCorrected', { ...corrected, period: 1_920_001n }, 2),
      eventOf('accounts', 'Rewarded', { memberId: 8n, amount: 10n }, 3),
      eventOf('challenges', 'StatementCorrected', { ...corrected, period: 0n }, 12),
      eventOf('accounts', 'Rewarded', { memberId: 9n, amount: 10n }, 13),
    )
    const row = { blockNumber: 9, outcome: 'statement-corrected', area: 1, day: 20_000, run: 0, memberId: 3 }
    expect(rows).toMatchObject([
      { ...row, logIndex: 2, period: 1_920_001, challenger: 8, amountMicroEuro: -700n },
      { ...row, logIndex: 12, period: null, challenger: 9, amountMicroEuro: -700n },
    ])
  })

  test('keeps what is owed, and takes who proved it from the call, since only the first correction is rewarded', () => {
    const corrected = { ...day, memberId: 3n, period: 1_920_001n, delta: -200n, owed: 500n }
    expect(challengesBy(8n, eventOf('challenges', 'StatementCorrected', corrected, 2))).toMatchObject([
      { outcome: 'statement-corrected', memberId: 3, challenger: 8, amountMicroEuro: -200n, owedMicroEuro: 500n },
    ])
  })

  test('keeps what of it is paid later', () => {
    expect(
      challengesOf(eventOf('challenges', 'CorrectionPaid', { ...day, memberId: 3n, moved: -500n }, 2)),
    ).toMatchObject([
      { outcome: 'correction-paid', memberId: 3, period: null, amountMicroEuro: -500n, owedMicroEuro: 0n },
    ])
  })

  test('takes what a left-out order cost from the reward, which is less where the bond is', () => {
    const values = { period: 100n, memberId: 4n, orderDigest: HASH, position: 1n }
    const rows = challengesOf(
      eventOf('orderReceipts', 'OrderLeftOut', values, 0),
      eventOf('accounts', 'Rewarded', { memberId: 4n, amount: 55n }, 1),
    )
    expect(rows).toMatchObject([{ outcome: 'order-left-out', memberId: 4, challenger: 4, amountMicroEuro: 55n }])
  })

  test('tells whose statement was right from who challenged it', () => {
    const values = { ...day, memberId: 3n, period: 1_920_001n, challenger: 5n }
    const rows = challengesOf(
      eventOf('accounts', 'Forfeited', { memberId: 6n, amount: 99n }, 0),
      eventOf('challenges', 'ChallengeRejected', values, 5),
      eventOf('accounts', 'Forfeited', { memberId: 5n, amount: 10n }, 6),
    )
    expect(rows).toMatchObject([{ outcome: 'rejected', memberId: 3, challenger: 5, amountMicroEuro: 10n }])
  })
})
