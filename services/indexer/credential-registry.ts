import { ROLES, type Role } from '../domain/identity/role.ts'
import type { ProjectionBatch } from '../store/projections.ts'
import type { LedgerEvent } from './projection-batch.ts'

const NO_COMMITMENT = /^0x0{64}$/
/** In the sequence of the contract's numbers; null for a removed accreditation. */
const ACCREDITATIONS = [null, 'active', 'suspended'] as const
const STATUSES = ['unknown', 'active', 'suspended', 'revoked'] as const

/** Who may issue credentials, who holds them, and what became of each. */
export function projectCredentialRegistry(batch: ProjectionBatch, event: LedgerEvent): void {
  const { name, arguments: values, block, transaction, logIndex } = event
  const changed = { changedBlock: block.number, changedTransaction: transaction.hash }
  switch (name) {
    case 'AccreditationChanged': {
      const [issuer, role, area] = [values.issuer as string, roleOf(values.role), values.area as bigint]
      const status = ACCREDITATIONS[Number(values.accreditation)] ?? null
      batch.accreditations.set(`${issuer}:${role}:${area}`, { issuer, role, area, status, ...changed })
      break
    }
    case 'CredentialIssued': {
      const connectionPoint = values.connectionPoint as string
      batch.credentials.push({
        id: values.credentialId as string,
        issuer: values.issuer as string,
        subject: values.subject as string,
        role: roleOf(values.role),
        area: values.area as bigint,
        connectionPoint: NO_COMMITMENT.test(connectionPoint) ? null : connectionPoint,
        digest: values.digest as string,
        validFrom: values.validFrom as bigint,
        validUntil: values.validUntil as bigint,
        status: 'active',
        issuedBlock: block.number,
        issuedLogIndex: logIndex,
        issuedTransaction: transaction.hash,
        ...changed,
        changedBy: values.issuer as string,
      })
      break
    }
    case 'CredentialStatusChanged': {
      const id = values.credentialId as string
      const status = STATUSES[Number(values.status)] ?? 'unknown'
      batch.credentialChanges.set(id, { id, status, changedBy: values.by as string, ...changed })
      break
    }
  }
}

/** The contract knows no roles but those of the table. */
function roleOf(number: unknown): Role {
  return ROLES[Number(number)] ?? 'none'
}
