import { z } from 'zod'
import { commandDomain, signActivation } from '../chain/device-commands.ts'
import type { Ledger } from '../chain/ledger.ts'
import { limitsUnlessSet } from '../domain/devices/device-limits.ts'
import { DomainError } from '../domain/errors.ts'
import { readCommandOutcome } from '../store/command-outcomes.ts'
import type { Store } from '../store/connect.ts'
import { readLatestCommand } from '../store/device-commands.ts'
import { readDeviceLimits } from '../store/device-limits.ts'
import { readDevice } from '../store/devices.ts'
import type { ActivationWish, CommandDesk } from './command-desk.ts'

const REQUEST_TIMEOUT_MS = 30_000
const TOO_MANY = 429

const problem = z.object({ code: z.string(), detail: z.string() })

/** Tells devices through the api, in the name of the portfolio's aggregator, and reads what became of it where the gateway notes it. */
export function apiDeskOf({
  store,
  ledger,
  apiUrl,
  privateKey,
}: {
  readonly store: Store
  readonly ledger: Pick<Ledger, 'chainId' | 'addresses'>
  /** Without a slash at its end. */
  readonly apiUrl: string
  /** Of the key that owns the aggregator's account, 0x-hex. */
  readonly privateKey: string
}): CommandDesk {
  const domain = commandDomain(ledger)
  return {
    async readDevice(address) {
      const device = await readDevice(store, address)
      if (device === null || device.memberId === null) return null
      return { device, limits: (await readDeviceLimits(store, address, device.memberId)) ?? limitsUnlessSet(device) }
    },
    async hasOwnerCommanded(device, memberId, since) {
      const latest = await readLatestCommand(store, device, memberId, 'owner')
      return latest !== null && latest.createdAt >= since
    },
    async send({ id, device, portfolioId, orderId, action, expiresAt }) {
      const signed = { id, device, portfolioId, orderId, action: JSON.stringify(action), expiresAt }
      const signature = signActivation(domain, signed, privateKey)
      await post(apiUrl, device, { id, action, expiresAt, aggregator: { portfolioId, orderId, signature } })
    },
    stateOf: (commandId) => readCommandOutcome(store, commandId),
  }
}

type CommandBody = Pick<ActivationWish, 'id' | 'action' | 'expiresAt'> & {
  readonly aggregator: { readonly portfolioId: number; readonly orderId: number; readonly signature: string }
}

async function post(apiUrl: string, device: string, body: CommandBody): Promise<void> {
  let status: number
  let text: string
  try {
    const response = await fetch(`${apiUrl}/api/devices/${device}/commands`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    })
    status = response.status
    text = await response.text()
  } catch {
    throw new DomainError('api-unreachable', 'the api does not answer')
  }
  if (status < 300) return
  const refusal = problem.safeParse(parseJson(text)).data
  if (status >= 500) throw new DomainError('api-unreachable', `the api answered with status ${status}`)
  if (status === TOO_MANY) throw new DomainError('too-many-requests', 'commands come faster than the api takes them')
  throw new DomainError(
    refusal?.code ?? `status-${status}`,
    refusal?.detail ?? `the api answered with status ${status}`,
  )
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
