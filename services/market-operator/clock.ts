import { isLedgerUnreachable } from '../chain/errors.ts'
import { advanceTo, hasTimeControl } from '../chain/hardhat-time.ts'
import type { LedgerClock } from '../chain/ledger-clock.ts'
import type { Ledger } from '../chain/ledger.ts'
import { DomainError } from '../domain/errors.ts'
import type { ServiceConfiguration } from '../runtime/configuration.ts'
import type { Loop } from '../runtime/loop.ts'

/** A block a second, as a consortium makes them. */
const TICK_MS = 1_000

/**
 * Lets the ledger's time run `speed` times as fast as the wall clock, on from the latest block. Does nothing in real
 * time, and where the time is stepped from outside. Throws `ledger-without-time-control`.
 */
export async function driveClock(
  ledger: Ledger,
  clock: LedgerClock,
  speed: ServiceConfiguration['speed'],
): Promise<Loop> {
  if (speed === 1 || speed === 'stepped') return { stop: async () => undefined }
  if (!(await hasTimeControl(ledger))) {
    throw new DomainError(
      'ledger-without-time-control',
      `the ledger's clock cannot be made to run ${speed} times as fast as real time: use --speed 1`,
      { speed },
    )
  }
  const startedAt = performance.now()
  const startTime = clock.now()
  let ticking = Promise.resolve()
  let isTicking = false
  const tick = async () => {
    const elapsedSeconds = (performance.now() - startedAt) / 1_000
    try {
      await advanceTo(ledger, Math.floor(startTime + speed * elapsedSeconds))
    } catch (error) {
      // The ledger's clock already says that nobody answers; time goes on once somebody does.
      if (!isLedgerUnreachable(error)) throw error
    } finally {
      isTicking = false
    }
  }
  const timer = setInterval(() => {
    if (isTicking) return
    isTicking = true
    ticking = tick()
  }, TICK_MS)
  return {
    async stop() {
      clearInterval(timer)
      await ticking
    },
  }
}
