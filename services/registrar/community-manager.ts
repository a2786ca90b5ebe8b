import type { Ledger } from '../chain/ledger.ts'
import { readMembers, type LedgerMember } from '../chain/members.ts'
import { readCreditLine, readHouseholdOf, registerHouseholdCall, setCreditLineCall } from '../chain/registrations.ts'
import { DomainError } from '../domain/errors.ts'
import { connectionPointCommitmentOf } from '../domain/grid/connection-point.ts'
import { quantityLimitOf, type Membership } from '../domain/joining/wishes.ts'
import { money } from '../domain/units.ts'
import type { Issuer } from './issuer.ts'

/** A home of which everything is there that its membership rests on. */
export type Home = {
  readonly account: string
  readonly area: number
  readonly name: string
  readonly membership: Membership
  readonly creditLineMicroEuro: bigint
  readonly tradingKey: string
  readonly meter: string
  readonly connectionPoint: { readonly identifier: string; readonly salt: string; readonly capacityW: number }
}

const COMMUNITY = 'Commonwatt'

/** The community manager admits the home: a credential, its registration and its credit line. Resolves to the member. */
export async function admit(ledger: Ledger, manager: Issuer, home: Home): Promise<LedgerMember> {
  const { account, area, name, membership, creditLineMicroEuro } = home
  const claims = { name, community: COMMUNITY }
  await manager.certify({ account, subject: account, role: membership, area, connectionPoint: null, claims })
  const member = await register(ledger, manager, home)
  const { memberId } = member
  if ((await readCreditLine(ledger, memberId)) !== creditLineMicroEuro) {
    const call = setCreditLineCall(memberId, money(creditLineMicroEuro))
    await manager.sender.send(`credit-line:${memberId}:${creditLineMicroEuro}`, call)
  }
  return member
}

async function register(ledger: Ledger, manager: Issuer, home: Home): Promise<LedgerMember> {
  const { account, area, tradingKey, meter, connectionPoint } = home
  if ((await readHouseholdOf(ledger, account, area)) === null) {
    const call = registerHouseholdCall(area, {
      account,
      tradingKey,
      meterKey: meter,
      quantityLimitWh: quantityLimitOf(connectionPoint.capacityW),
      connectionPoint: connectionPointCommitmentOf(connectionPoint.identifier, connectionPoint.salt),
    })
    await manager.sender.send(`register:${area}:${account}`, call)
  }
  const memberId = await readHouseholdOf(ledger, account, area)
  const member = (await readMembers(ledger, area)).find((other) => other.memberId === memberId)
  if (member?.meterKey === meter) return member
  throw new DomainError('member-differs', 'the ledger has this account as a member already, with another meter')
}
