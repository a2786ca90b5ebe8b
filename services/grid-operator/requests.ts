import { requestFlexibilityCall } from '../chain/flex-requests.ts'
import { readEventValue } from '../chain/mined-events.ts'
import { firstRequestedOf } from '../domain/flexibility/trading/flex-request.ts'
import { startOf } from '../domain/units.ts'
import type { RequestProposal } from '../store/flexibility/proposals.ts'
import type { Operation } from './operation.ts'

/** Puts approved proposals on the ledger, one after the other; resolves to whether there was any. */
export async function makeRequests(operation: Operation): Promise<boolean> {
  const approved = await operation.records.listApproved()
  for (const proposal of approved) await makeRequest(operation, proposal)
  return approved.length > 0
}

async function makeRequest(operation: Operation, proposal: RequestProposal): Promise<void> {
  const { ledger, clock, sender, market, records, settings, log } = operation
  const { proposalId, pointId, productId, priceCap, periods, day } = proposal
  const product = (await market.listProducts()).find(({ id }) => id === String(productId))
  const lead = (product?.activationLeadSeconds ?? 0) + settings.openingSeconds
  const expiresAt = Math.min(clock.now() + settings.offerSeconds, startOf(firstRequestedOf(proposal)) - lead - 1)
  if (product === undefined || expiresAt <= clock.now()) {
    await records.noteExpired(proposalId)
    log.warn({ proposalId }, `proposal ${proposalId} was approved too late to be requested, or its product is retired`)
    return
  }
  const call = requestFlexibilityCall({
    ...{ pointId, productId, reservationId: null, supersedes: null },
    ...{ expiresAt, revealUntil: expiresAt + settings.openingSeconds, priceCap, periods },
  })
  const { hash } = await sender.send(`request-flexibility:${proposalId}`, call)
  const requestId = Number(await readEventValue(ledger, hash, 'FlexRequested', 'requestId'))
  await records.noteRequested(proposalId, requestId)
  log.info(
    { requestId, day, pointId },
    `flex request ${requestId} is on the ledger; offers are taken until ${expiresAt}`,
  )
}
