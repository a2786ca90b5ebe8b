import { readAccountNonce } from '../chain/account-calls.ts'
import type { Ledger } from '../chain/ledger.ts'
import { delegationOf, isSameDelegation, type Wishes } from '../domain/joining/wishes.ts'
import type { Delegation } from '../domain/market/trading-key.ts'
import { readAgentKey, readDelegation } from '../store/agent-keys.ts'
import type { Store } from '../store/connect.ts'
import { readConnectionPoint } from '../store/joining-registers.ts'
import type { Joining } from '../store/joinings.ts'
import { readMeterClaim } from '../store/meter-claims.ts'
import { hasPasskey } from '../store/passkeys.ts'
import { listIssuedCredentials, readRegistration } from '../store/registrations.ts'
import { readFirstFill, type FirstFill } from '../store/views/first-fill.ts'
import type { JoiningAnswer, StepAnswer, WishesAnswer } from './schemas/joining.ts'

type Sources = {
  readonly store: Store
  readonly ledger: Ledger
  readonly isUnderway: (account: string) => Promise<boolean>
}

/** How far the joining is, out of what person, registrar, gateway, agent and ledger say of it. */
export async function joiningAnswerOf(
  { store, ledger, isUnderway }: Sources,
  joining: Joining,
): Promise<JoiningAnswer> {
  const { account, name, membership, connectionPoint, meter, wishes, tradingKey } = joining
  // Before the projection is read: what is known to be in it is found there then.
  const isCallUnderway = await isUnderway(account)
  const [registration, credentials, point, claim, agentKey, isPasskey] = await Promise.all([
    readRegistration(store, account),
    listIssuedCredentials(store, account),
    connectionPoint === null ? null : readConnectionPoint(store, connectionPoint),
    meter === null ? null : readMeterClaim(store, account, meter),
    readAgentKey(store, account),
    hasPasskey(store, account),
  ])
  const memberId = registration?.memberId ?? null
  const [delegation, firstFill, nonce] = await Promise.all([
    memberId === null ? null : readDelegation(store, memberId),
    memberId === null ? null : readFirstFill(store, memberId),
    isPasskey ? readAccountNonce(ledger, account) : null,
  ])
  const isRecorded = (role: string) => credentials.some((issued) => issued.role === role && issued.isRecorded)
  const wanted = wishes === null || agentKey === null ? null : delegationOf(wishes, membership, agentKey)

  return {
    name,
    membership,
    state: registration?.state ?? 'open',
    ...(registration?.reason ? { reason: registration.reason } : {}),
    account,
    memberId,
    connectionPoint: {
      ...stepOf(connectionPoint !== null, isRecorded('connection-point')),
      ...(point === null ? {} : { identifier: point.identifier, capacityW: point.capacityW }),
    },
    meter: {
      ...stepOf(meter !== null, isRecorded('meter')),
      ...(meter === null ? {} : { address: meter }),
      ...(meter !== null && claim?.signature === null ? { reason: METER_SILENT } : {}),
    },
    wishes: wishes === null ? null : formatWishes(wishes),
    tradingKey,
    agentKey,
    accountNonce: nonce === null ? null : nonce.toString(),
    delegation: delegationStepOf(delegation, wanted, isCallUnderway),
    firstFill: firstFill === null ? null : formatFill(firstFill),
  }
}

const METER_SILENT = {
  code: 'meter-silent',
  message: 'the meter was asked and has not answered yet: is it connected?',
}

function stepOf(isChosen: boolean, isDone: boolean): StepAnswer {
  if (!isChosen) return { state: 'missing' }
  return { state: isDone ? 'done' : 'waiting' }
}

function delegationStepOf(now: Delegation | null, wanted: Delegation | null, isUnderway: boolean): StepAnswer {
  if (now !== null && wanted !== null && isSameDelegation(now, wanted)) return { state: 'done' }
  if (isUnderway) return { state: 'waiting' }
  if (now === null) return { state: 'missing' }
  const message = 'the agent may trade by the ledger, but not as the wishes are now: sign the delegation anew'
  return { state: 'missing', reason: { code: 'delegation-differs', message } }
}

function formatWishes({ buyUpTo, sellFrom, quantity, until }: Wishes): WishesAnswer {
  return {
    buyUpToMicroEuroPerKwh: buyUpTo.toString(),
    sellFromMicroEuroPerKwh: sellFrom === null ? null : sellFrom.toString(),
    quantityWh: quantity.toString(),
    until,
  }
}

function formatFill({ deliveryPeriod, side, quantityWh, priceMicroEuroPerKwh }: FirstFill) {
  return {
    deliveryPeriod,
    side,
    quantityWh: quantityWh.toString(),
    priceMicroEuroPerKwh: priceMicroEuroPerKwh.toString(),
  }
}
