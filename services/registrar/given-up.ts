import { readCredentialRecord } from '../chain/credentials.ts'
import { issueCall, readHouseholdOf, revokeCall } from '../chain/registrations.ts'
import { DomainError } from '../domain/errors.ts'
import { outboxOf } from '../store/outbox.ts'
import { eraseRegistration, listIssuedCredentials, readRegistration } from '../store/registrations.ts'
import type { Registrar } from './joining-steps.ts'

/**
 * Takes back what was vouched for of an account that gave its joining up, and erases what is kept of it; again without
 * effect. What was said of the meter stays: somebody else may join with it. Throws what the ledger refuses, and
 * `joining-registered`, with nothing taken back, where the ledger has the account as a member: the api lets it go on then.
 */
export async function undoJoining(registrar: Registrar, account: string): Promise<void> {
  const { store, ledger, dso, communityManager, log } = registrar
  const outbox = outboxOf(store, 'registrar')
  const issued = (await listIssuedCredentials(store, account))
    .filter(({ role }) => role !== 'meter')
    .map(({ role, ...credential }) => ({ ...credential, issuer: role === 'connection-point' ? dso : communityManager }))
  for (const { credentialId, issuance, issuer } of issued) {
    const purpose = `issue:${credentialId}`
    // What was signed and not sent would be recorded some time: before it can be revoked it has to be. Whatever else its
    // issuer has signed, as a registration, is brought in with it.
    const sent = await outbox.find(purpose)
    if (sent !== null && sent.status !== 'reverted') await issuer.sender.send(purpose, issueCall(issuance))
  }
  const registration = await readRegistration(store, account)
  const memberId = registration === null ? null : await readHouseholdOf(ledger, account, registration.area)
  if (memberId !== null) throw new DomainError('joining-registered', `the ledger has it as member ${memberId}`)

  for (const { credentialId, issuer } of issued) {
    const { status } = await readCredentialRecord(ledger, credentialId)
    // One that is suspended could be reinstated, for a home that nobody has any more.
    if (status !== 'active' && status !== 'suspended') continue
    await issuer.sender.send(`revoke:${credentialId}`, revokeCall(credentialId))
    log.info({ credentialId }, 'the credential of a joining that was given up is revoked')
  }
  await eraseRegistration(store, account)
}
