import { connectAsync, type MqttClient } from 'mqtt'
import { z } from 'zod'
import { claimDomain, signClaim } from '../../services/chain/meter-claims.ts'
import { addressOfKey, type SigningDomain } from '../../services/chain/typed-data.ts'
import { sendAtOnce } from '../../services/runtime/send-at-once.ts'
import { listHouseholds } from '../../services/store/households.ts'
import { isStoreUnreachable } from '../../services/store/unreachable.ts'
import type { Platform } from '../platform.ts'
import { AREA } from '../setup/neighbourhood.ts'
import type { Spare } from '../setup/spares.ts'
import { withoutCredentials } from './device-url.ts'

const LOOK_MS = 500
/** The gateway knows a new meter after 2 s. */
const KNOWN_MS = 2_500

const claim = z.object({ account: z.string(), nonce: z.string(), deadline: z.number() })

/** What became of a spare: the member of the home in which it hangs now. */
export type ClaimedSpare = {
  readonly spare: Spare
  readonly position: number
  readonly memberId: number
  readonly name: string
}

/**
 * Connects meters that nobody has yet: they say nothing but whose they are, when they are asked. `onRegistered` hears of
 * each once its home is a member and the gateway knows it; the connection is given up by then. Resolves to how to stop.
 */
export async function startSpareMeters(options: {
  readonly platform: Pick<Platform, 'brokerUrl' | 'ledger' | 'store'>
  readonly spares: readonly Spare[]
  readonly onRegistered: (claimed: ClaimedSpare) => Promise<void>
  readonly onFailure: (error: unknown) => void
}): Promise<() => Promise<void>> {
  const { platform, onRegistered, onFailure } = options
  const brokerUrl = withoutCredentials(platform.brokerUrl)
  const domain = claimDomain(platform.ledger)
  const waiting = new Map<string, { spare: Spare; position: number; client: MqttClient }>()
  for (const [position, spare] of options.spares.entries()) {
    waiting.set(addressOfKey(spare.meterKey), { spare, position, client: await connectSpare(brokerUrl, domain, spare) })
  }
  const stopped = new AbortController()

  const look = async (): Promise<void> => {
    const households = await listHouseholds(platform.store, AREA)
    for (const { memberId, name, meterKey } of households) {
      const found = waiting.get(meterKey)
      if (found === undefined) continue
      waiting.delete(meterKey)
      await found.client.endAsync(true)
      await pause(KNOWN_MS, stopped.signal)
      if (!stopped.signal.aborted) {
        await onRegistered({ spare: found.spare, position: found.position, memberId, name })
      }
    }
  }
  const run = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      await look().catch((error: unknown) => {
        if (!isStoreUnreachable(error)) throw error
      })
      await pause(LOOK_MS, stopped.signal)
    }
  }
  const ended = run().catch(onFailure)
  return async () => {
    stopped.abort()
    await ended
    await Promise.all([...waiting.values()].map(({ client }) => client.endAsync(true)))
  }
}

async function connectSpare(brokerUrl: string, domain: SigningDomain, { meterKey }: Spare): Promise<MqttClient> {
  const meter = addressOfKey(meterKey)
  const topics = `commonwatt/v1/meters/${meter}`
  const client = await connectAsync(brokerUrl, { clientId: meter, clean: true, reconnectPeriod: 500 }, false)
  sendAtOnce(client)
  client.on('error', () => undefined)
  client.on('message', (_, payload) => {
    const { account, nonce, deadline } = claim.parse(JSON.parse(payload.toString()))
    const signature = signClaim(domain, { meter, account, nonce, deadline }, meterKey)
    client.publish(`${topics}/claim-answers`, JSON.stringify({ nonce, signature }), { qos: 1 })
  })
  await client.subscribeAsync(`${topics}/claims`, { qos: 1 })
  return client
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds)
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true })
  })
}
