import { sleep } from '../chain/ledger-clock.ts'
import { addressOfKey } from '../chain/typed-data.ts'
import type { Log } from '../runtime/log.ts'
import { listWantedKeys, removeIdleKeys, writeAgentKeys } from '../store/agent-keys.ts'
import type { Store } from '../store/connect.ts'
import { isStoreUnreachable } from '../store/unreachable.ts'
import type { DelegatedKeyOf } from './delegated-keys.ts'

const LOOK_MS = 500

/** Tells every account that joins to which key it may delegate its trading. Stops with `stop`. */
export function startProvidingKeys(
  store: Store,
  keyOf: DelegatedKeyOf,
  log: Log,
): { readonly stop: () => Promise<void> } {
  const stopped = new AbortController()

  const look = async () => {
    const wanted = await listWantedKeys(store)
    const keys = wanted.map((want) => ({ ...want, key: addressOfKey(keyOf(want.account, want.generation)) }))
    if (keys.length > 0) await writeAgentKeys(store, keys)
    await removeIdleKeys(store)
  }
  const run = async () => {
    while (!stopped.signal.aborted) {
      try {
        await look()
      } catch (error) {
        if (stopped.signal.aborted) return
        if (!isStoreUnreachable(error)) throw error
        log.warn('the database does not answer; trying again')
      }
      await sleep(LOOK_MS, stopped.signal)
    }
  }
  const ended = run()
  return {
    async stop() {
      stopped.abort()
      await ended
    },
  }
}
