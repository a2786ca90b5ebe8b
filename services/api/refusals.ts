import { DomainError } from '../domain/errors.ts'
import type { Store } from '../store/connect.ts'
import { listReplays, requestReplay } from '../store/refusal-replays.ts'
import type { ApiDeps } from './server.ts'

const MOST_OPEN = 1_000
const MOST_TRIES = 10

/** Has refused messages decided on anew by the gateway; `now` is the ledger's clock, in unix seconds. */
export function refusalsOf(store: Store, now: () => number): Pick<ApiDeps, 'replayRefusal' | 'listReplays'> {
  return {
    async listReplays(id) {
      const items = await listReplays(store, BigInt(id))
      if (items === null) throw unknown(id)
      return { items }
    },
    async replayRefusal(by, id) {
      const wish = { refusalId: BigInt(id), by, now: now(), mostOpen: MOST_OPEN, mostTries: MOST_TRIES }
      const made = await requestReplay(store, wish)
      switch (made) {
        case 'unknown':
          throw unknown(id)
        case 'not-replayable':
          throw new DomainError(
            'refusal-not-replayable',
            'it was not kept whole, or is not of a kind that can be read again',
          )
        case 'too-many':
          throw new DomainError(
            'too-many-replays',
            `${MOST_OPEN} wait already, or this message was tried ${MOST_TRIES} times`,
          )
        default:
          return made
      }
    },
  }
}

function unknown(id: string): DomainError {
  return new DomainError('refusal-unknown', `no refused message has the number ${id}`)
}
