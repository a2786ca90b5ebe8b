import { randomBytes } from 'node:crypto'
import type { Ledger } from '../chain/ledger.ts'
import { claimDomain } from '../chain/meter-claims.ts'
import type { ServiceContext } from '../runtime/service.ts'
import type { Store } from '../store/connect.ts'
import { answerMeterClaim, listClaimedMeters, writeMeterClaim } from '../store/meter-claims.ts'
import { connectClaims, type ClaimConnection } from './adapters/mqtt/claim-connection.ts'
import { createClaimDesk } from './claim-desk.ts'
import type { Patiently } from './database-patience.ts'
import type { LedgerTime } from './ledger-time.ts'
import { repeat } from './repeating.ts'

/** A meter is asked so often whose it is, until it has answered. */
const CLAIM_MS = 1_000

/** Has meters that somebody joins with say whose they are. */
export async function startClaims(
  broker: ServiceContext['broker'],
  parts: {
    readonly ledger: Ledger
    readonly onDefect: (error: unknown) => void
    readonly patiently: Patiently
    readonly store: Store
    readonly time: Pick<LedgerTime, 'now'>
  },
  onRefused: Parameters<typeof connectClaims>[0]['onRefused'],
): Promise<() => Promise<void>> {
  const { ledger, onDefect, patiently, store, time } = parts
  let connection: ClaimConnection | null = null
  const desk = createClaimDesk({
    domain: claimDomain(ledger),
    now: time.now,
    newNonce: () => `0x${randomBytes(32).toString('hex')}`,
    listClaimed: () => patiently(() => listClaimedMeters(store)),
    write: (claim) => patiently(() => writeMeterClaim(store, claim)),
    answer: (answered) => patiently(() => answerMeterClaim(store, answered)),
    ask: (claim) => connection?.ask(claim),
  })
  connection = await connectClaims({ broker, receive: desk.receive, onRefused, onDefect })
  const stopAsking = repeat(CLAIM_MS, desk.look, onDefect)
  const { close } = connection
  return async () => {
    stopAsking()
    await close()
  }
}
