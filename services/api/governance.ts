import { describeCall } from '../chain/call-words.ts'
import { readCouncil } from '../chain/council.ts'
import type { Ledger } from '../chain/ledger.ts'
import type { Store } from '../store/connect.ts'
import { listLatestPauses, listPauses, type PauseView } from '../store/views/pauses.ts'
import type { CouncilView } from './schemas/governance.ts'
import type { ApiDeps } from './server.ts'

const PAUSES_SHOWN = 50

type Options = {
  readonly store: Store
  readonly ledger: Ledger
  /** Of the ledger's latest block. */
  readonly clock: { readonly now: () => number; readonly blockNumber: () => number }
}

/** Who administers the ledger, by the ledger itself, and where trading is paused, by what the indexer has read. */
export function governanceOf({ store, ledger, clock }: Options): Pick<ApiDeps, 'readCouncil' | 'readPauses'> {
  let known: { readonly blockNumber: number; readonly council: Promise<CouncilView> } | null = null
  return {
    /** Once a block, however many ask. */
    readCouncil() {
      const blockNumber = clock.blockNumber()
      if (known?.blockNumber !== blockNumber) {
        const council = readView(ledger)
        known = { blockNumber, council }
        council.catch(() => (known = null))
      }
      return known.council
    },
    async readPauses() {
      const [items, latest] = await Promise.all([listPauses(store, PAUSES_SHOWN), listLatestPauses(store)])
      const now = clock.now()
      return { now: latest.flatMap((pause) => pausedAt(pause, now)), items }
    },
  }
}

async function readView(ledger: Ledger): Promise<CouncilView> {
  const { members, threshold, proposals } = await readCouncil(ledger)
  return {
    members: members.map(lower),
    threshold,
    proposals: proposals.map(({ calls, proposer, approvers, ...proposal }) => ({
      ...proposal,
      proposer: lower(proposer),
      approvers: approvers.map(lower),
      calls: calls.map((call) => ({ target: lower(call.target), data: call.data, words: describeCall(ledger, call) })),
    })),
  }
}

function pausedAt({ area, effectiveAt, until }: PauseView, now: number): { area: number; until: number }[] {
  // What ends a pause takes effect with the next second, as what begins one does.
  const end = until ?? effectiveAt
  return now < end ? [{ area, until: end }] : []
}

function lower(address: string): string {
  return address.toLowerCase()
}
