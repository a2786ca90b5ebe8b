import { randomUUID } from 'node:crypto'
import type { Request } from 'express'
import { DomainError } from '../domain/errors.ts'
import type { Store } from '../store/connect.ts'
import {
  insertInvitation,
  listInvitations,
  readInvitation,
  withdrawInvitation,
  type Invitation,
} from '../store/invitations.ts'
import { readArea } from '../store/views/area.ts'
import type { Access } from './access/access.ts'
import { hashOfSecret, newSecret } from './access/secrets.ts'
import type { InvitationAnswer } from './schemas/invitations.ts'
import type { ApiDeps } from './server.ts'

type Options = {
  readonly store: Store
  readonly access: Pick<Access, 'requirePerson' | 'rolesOf'>
  /** Unix seconds, wall clock. */
  readonly now: () => number
}

const VALID_SECONDS = 14 * 86_400
const MOST_LISTED = 500
const EVERY_AREA = 0

/** What a community manager does with invitations of its area. */
export function invitationsOf({
  store,
  access,
  now,
}: Options): Pick<ApiDeps, 'makeInvitation' | 'listInvitations' | 'withdrawInvitation'> {
  const requireManager = async (request: Request): Promise<{ readonly account: string; readonly area: number }> => {
    const { account } = await access.requirePerson(request)
    const { id: area } = await readArea(store)
    const roles = await access.rolesOf(account)
    const isManager = roles.some(
      ({ role, area: at }) => role === 'community-manager' && (at === area || at === EVERY_AREA),
    )
    if (isManager) return { account, area }
    throw new DomainError('role-missing', 'the community manager invites homes, and nobody else')
  }

  return {
    async makeInvitation(request, { name, membership, creditLineMicroEuro }) {
      const { account, area } = await requireManager(request)
      const [id, code, createdAt] = [randomUUID(), newSecret(), now()]
      const expiresAt = createdAt + VALID_SECONDS
      const invitation = {
        id,
        codeHash: hashOfSecret(code),
        area,
        name,
        membership,
        creditLineMicroEuro: BigInt(creditLineMicroEuro),
        createdBy: account,
        createdAt,
        expiresAt,
      }
      if (!(await insertInvitation(store, invitation, createdAt))) {
        throw new DomainError('home-name-taken', `a home of the area is called ${JSON.stringify(name)}, or will be`)
      }
      return { invitationId: id, code, expiresAt }
    },
    async listInvitations(request) {
      const { area } = await requireManager(request)
      const invitations = await listInvitations(store, area, MOST_LISTED)
      return invitations.map((invitation) => answerOf(invitation, now()))
    },
    async withdrawInvitation(request, invitationId) {
      const { area } = await requireManager(request)
      const invitation = await readInvitation(store, area, invitationId)
      if (invitation === null) throw new DomainError('invitation-unknown', `there is no invitation ${invitationId}`)
      if (invitation.withdrawnAt !== null || (await withdrawInvitation(store, invitationId, now()))) return
      throw new DomainError('invitation-used', 'the invitation was used: who joined with it is not sent away so')
    },
  }
}

/** How an invitation stands at `now`, of the wall clock. */
export function stateOf({ account, withdrawnAt, expiresAt }: Invitation, now: number): InvitationAnswer['state'] {
  if (account !== null) return 'used'
  if (withdrawnAt !== null) return 'withdrawn'
  return now >= expiresAt ? 'expired' : 'open'
}

function answerOf(invitation: Invitation, now: number): InvitationAnswer {
  const { id, name, membership, createdAt, expiresAt } = invitation
  return { invitationId: id, name, membership, state: stateOf(invitation, now), createdAt, expiresAt }
}
