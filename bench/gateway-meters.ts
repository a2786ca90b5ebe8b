import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { FIRST_PERIOD, type GatewayWorld } from '../test/integration/gateway-world.ts'

/** What the process of the meters is told first; periods before the area's first, which are not committed. */
export type LoadPlan = {
  readonly brokerUrl: string
  readonly chainId: string
  readonly contract: string
  readonly meterKeys: readonly string[]
  readonly firstPeriod: number
  readonly readingsPerMeter: number
}

export type LoadOrder = 'start' | 'await-accepted' | 'stop'

export type LoadReport = {
  readonly seconds: number
  readonly acknowledged: number
  /** From sending a reading first to its receipt. */
  readonly p50Ms: number
  readonly p99Ms: number
  readonly longestMs: number
  readonly cpuSeconds: number
  /** Receipts that accept a reading which was accepted before. */
  readonly acceptedTwice: number
  /** The sequence of each meter's last acknowledged reading, in the order of the keys; all before are acknowledged too. */
  readonly lastAcknowledged: readonly number[]
}

export type LoadMeters = {
  readonly start: () => void
  /** Resolves at the next reading that is accepted. */
  readonly accepted: () => Promise<void>
  /** Sends no more, and resolves when nothing waits for a receipt. */
  readonly stop: () => Promise<LoadReport>
  readonly kill: () => void
}

/** Starts the process of the meters; resolves when they are connected and their readings signed. */
export async function prepareMeters(world: GatewayWorld, readingsPerMeter: number): Promise<LoadMeters> {
  const child = fork(fileURLToPath(new URL('gateway-load.ts', import.meta.url)), [], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const { chainId, addresses } = world.ledger
  const plan: LoadPlan = {
    brokerUrl: world.broker.url,
    chainId: String(chainId),
    contract: addresses.meterReadings,
    meterKeys: world.households.map(({ meterKey }) => meterKey),
    firstPeriod: FIRST_PERIOD - 2 * readingsPerMeter,
    readingsPerMeter,
  }
  child.send(plan)
  await answerOf(child)
  return {
    start: () => void child.send('start'),
    async accepted() {
      child.send('await-accepted')
      await answerOf(child)
    },
    async stop() {
      child.send('stop')
      return (await answerOf(child)) as LoadReport
    },
    kill: () => void child.kill('SIGKILL'),
  }
}

async function answerOf(child: ChildProcess): Promise<unknown> {
  const ended = once(child, 'exit').then(([status]) => {
    throw new Error(`the meters' process ended with status ${String(status)}`)
  })
  const [answer] = (await Promise.race([once(child, 'message'), ended])) as [unknown]
  return answer
}
