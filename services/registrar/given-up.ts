import { readCredentialRecord } from '../chain/credentials.ts'
import { issueCall, revokeCall } from '../chain/registrations.ts'
import { outboxOf } from '../store/outbox.ts'
import { eraseRegistration, listIssuedCredentials } from '../store/registrations.ts'
import type { Registrar } from './joining-steps.ts'

/**
 * Takes back what was vouched for of an account that gave its joining up, and erases what is kept of it; again without
 * effect. What was said of the meter stays: somebody else may join with it. Throws what the ledger refuses.
 */
export async function undoJoining({ store, ledger, dso, log }: Registrar, account: string): Promise<void> {
  const outbox = outboxOf(store, 'registrar')
  const issued = await listIssuedCredentials(store, account)
  for (const { credentialId, issuance } of issued.filter(({ role }) => role === 'connection-point')) {
    const purpose = `issue:${credentialId}`
    // What was signed and not sent would be recorded some time: before it can be revoked it has to be.
    if ((await outbox.find(purpose)) !== null) await dso.sender.send(purpose, issueCall(issuance))
    const { status } = await readCredentialRecord(ledger, credentialId)
    // One that is suspended could be reinstated, for a home that nobody has any more.
    if (status !== 'active' && status !== 'suspended') continue
    await dso.sender.send(`revoke:${credentialId}`, revokeCall(credentialId))
    log.info({ credentialId }, 'the credential of a joining that was given up is revoked')
  }
  await eraseRegistration(store, account)
}
