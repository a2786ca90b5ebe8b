import type { ContractName } from '../../services/chain/ledger.ts'
import { readSession, type LedgerSession } from '../../services/chain/sessions.ts'
import { sendSetUpCalls } from '../../services/chain/set-up-transactions.ts'
import type { DeliveryPeriod } from '../../services/domain/units.ts'
import {
  AREA,
  HOUSEHOLDS,
  placeOrder,
  runServiceOf,
  until,
  type Neighbourhood,
  type Platform,
  type RunningService,
} from './operator-neighbourhood.ts'

const [BUYER, SELLER] = HOUSEHOLDS

type Call = { readonly contract: ContractName; readonly name: string; readonly parameters: readonly unknown[] }

/** Has the key make a call of a contract, in a block of its own. */
export function sendTo(
  { ledger: { contracts, addresses, provider } }: Neighbourhood,
  privateKey: string,
  { contract, name, parameters }: Call,
): Promise<unknown> {
  const data = contracts[contract].interface.encodeFunctionData(name, parameters)
  return sendSetUpCalls(provider, privateKey, [{ to: addresses[contract], data }])
}

export async function untilCleared({ ledger }: Neighbourhood, period: DeliveryPeriod): Promise<LedgerSession> {
  return until(`period ${period} is cleared`, async () => {
    const session = await readSession(ledger, AREA, period)
    return session.state === 'cleared' && session
  })
}

/** 500 Wh that one home wants and another has, at prices that meet. */
export async function placeBoth(neighbourhood: Neighbourhood, period: DeliveryPeriod): Promise<void> {
  await placeOrder(neighbourhood, BUYER, period, 'bid', 500n, 300_000n)
  await placeOrder(neighbourhood, SELLER, period, 'offer', 500n, 80_000n)
}

/** Runs services until they have started, and kills all of them at once. */
export function createServiceRunner(of: () => { platform: Platform; neighbourhood: Neighbourhood }) {
  const running: RunningService[] = []
  const start = async (name: 'agent' | 'indexer' | 'market-operator'): Promise<RunningService> => {
    const { platform, neighbourhood } = of()
    const service = runServiceOf(platform, neighbourhood, `services/${name}/main.ts`)
    running.push(service)
    await until(`the ${name} has started`, () => service.lines.some(({ msg }) => msg === 'started'))
    return service
  }
  const killAll = async (): Promise<void> => {
    for (const service of running.splice(0)) await service.kill('SIGKILL')
  }
  return { start, killAll }
}
