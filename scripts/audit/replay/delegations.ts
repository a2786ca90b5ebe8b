import { NO_ADDRESS, NO_HASH } from '../abi.ts'
import { differ, requireSame, type Place } from '../difference.ts'
import type { Callers } from './callers.ts'
import type { Credentials } from './credentials.ts'
import type { Dids } from './dids.ts'
import { placeOf, type LedgerEvent } from './ledger-event.ts'

/** What an identity lets another do in its place, by the contracts' numbers. */
export const PURPOSES = ['readings', 'flexibility'] as const
export type Purpose = (typeof PURPOSES)[number]

export type Delegation = {
  readonly delegationId: bigint
  readonly identity: string
  readonly delegate: string
  readonly purpose: Purpose
  readonly area: number
  readonly deviceCount: number
  /** Unix seconds, not included. */
  readonly validUntil: number
  readonly place: Place
  isRevoked: boolean
}

/** Replays delegations among identities, and checks that readings are committed by who may: an operator, or its delegate. */
export function createDelegations({
  credentials,
  dids,
  callers,
  meterReadings,
}: {
  readonly credentials: Credentials
  readonly dids: Dids
  readonly callers: Callers
  /** Its contract, which says by which delegation a delegate commits. */
  readonly meterReadings: string
}) {
  const delegations = new Map<bigint, Delegation>()
  const latest = new Map<string, bigint>()
  /** By which a delegate commits an area's readings. */
  const readings = new Map<string, bigint>()
  let used: { readonly delegation: Delegation; readonly place: Place } | null = null
  let checkedCalls = 0

  const isOperator = (account: string, area: number, now: number): boolean =>
    credentials.holds(account, 'metering-operator', area, now)

  const isValid = (delegation: Delegation, now: number): boolean =>
    delegation.validUntil > now && !delegation.isRevoked && latest.get(kindOf(delegation)) === delegation.delegationId

  const delegate = (event: LedgerEvent): void => {
    const { fields, time } = event
    const [identity, other, area] = [fields.text('identity'), fields.text('delegate'), fields.number('area')]
    const place = { ...placeOf(event), area }
    const delegationId = fields.big('delegationId')
    requireSame('delegations', 'its number', delegationId, BigInt(delegations.size + 1), place)
    const purpose =
      PURPOSES[fields.number('purpose')] ?? differ('delegations', 'it is for no purpose that exists', place)
    const who = `who does not own ${identity}`
    callers.requireMay(event, { check: 'delegations', name: 'delegate', who, place }, (account) => {
      return dids.ownerOf(identity) === account
    })
    const [deviceCount, validUntil] = [fields.number('deviceCount'), fields.number('validUntil')]
    const isEmpty = deviceCount === 0 || fields.text('devicesRoot') === NO_HASH || validUntil <= time
    if (isEmpty || other === NO_ADDRESS || other === identity) {
      differ('delegations', `${identity} delegated nothing, or to nobody else`, place)
    }
    if (purpose === 'readings') requireForReadings(event, identity, other, place)
    const made = { delegationId, identity, delegate: other, purpose, area, deviceCount, validUntil, place }
    delegations.set(delegationId, { ...made, isRevoked: false })
    latest.set(kindOf(made), delegationId)
    if (purpose === 'readings') readings.set(`${other}:${area}`, delegationId)
  }

  /** Nobody takes a delegate from another metering operator whose delegation holds. */
  const requireForReadings = ({ fields, time }: LedgerEvent, identity: string, other: string, place: Place): void => {
    const area = fields.number('area')
    if (!isOperator(identity, area, time)) {
      differ('delegations', `${identity} delegated readings without the role of the metering-operator`, place)
    }
    const held = delegations.get(readings.get(`${other}:${area}`) ?? 0n)
    if (held === undefined || held.identity === identity || !isValid(held, time)) return
    if (!isOperator(held.identity, area, time)) return
    differ('delegations', `${other} was taken from ${held.identity}, whose delegation held`, place)
  }

  const revoke = (event: LedgerEvent): void => {
    const delegation = delegationIn(event)
    const by = event.fields.text('by')
    const place = { ...placeOf(event), area: delegation.area }
    callers.requireSaid(event, 'delegations', by, place)
    if (by !== delegation.delegate && by !== dids.ownerOf(delegation.identity)) {
      differ('delegations', `it was revoked by ${by}, who has no part in it`, place)
    }
    if (delegation.isRevoked) differ('delegations', 'it was revoked twice', place)
    delegation.isRevoked = true
  }

  const use = (event: LedgerEvent): void => {
    const delegation = delegationIn(event)
    const { area, identity } = delegation
    const place = { ...placeOf(event), area }
    if (!isValid(delegation, event.time) || !isOperator(identity, area, event.time)) {
      differ('delegations', 'a delegation was used that did not hold', place)
    }
    requireSame(
      'delegations',
      'the delegation for readings',
      delegation.delegationId,
      readings.get(`${delegation.delegate}:${area}`),
      place,
    )
    // Anybody may ask whether a delegate may: only what the contract of readings asks comes to anything.
    if (event.fields.text('by') === meterReadings) used = { delegation, place }
  }

  const delegationIn = (event: LedgerEvent): Delegation =>
    delegations.get(event.fields.big('delegationId')) ?? differ('delegations', 'it was never made', placeOf(event))

  /** By an operator, of which nothing is said, or by the delegate of which was said before by which delegation it acts. */
  const requireReader = (event: LedgerEvent): void => {
    const { fields, time } = event
    const area = fields.number('area')
    const delegation = used?.delegation ?? null
    used = null
    const name = event.calls.find(({ contract }) => contract === 'meterReadings')?.name ?? 'commitReadings'
    const who = 'who did not hold the role of the metering-operator, nor commits for one who does'
    const isSeen = callers.requireMay(event, { check: 'roles', name, who, place: { area } }, (account) =>
      delegation === null ? isOperator(account, area, time) : delegation.delegate === account,
    )
    if (isSeen) checkedCalls += 1
    if (delegation === null) return
    requireSame('delegations', 'its area', delegation.area, area, placeOf(event))
    if (fields.number('count') <= delegation.deviceCount) return
    const message = `${fields.number('count')} readings were committed for ${delegation.deviceCount} meters`
    differ('delegations', message, { ...placeOf(event), area })
  }

  const handlers: Readonly<Record<string, (event: LedgerEvent) => void>> = {
    Delegated: delegate,
    DelegationRevoked: revoke,
    DelegationUsed: use,
  }

  return {
    checkedCalls: () => checkedCalls,
    see: (event: LedgerEvent): void => {
      if (event.contract === 'delegations') handlers[event.name]?.(event)
      if (event.name === 'ReadingsCommitted') requireReader(event)
    },
    endTransaction: (): void => {
      if (used !== null) differ('delegations', 'a delegation was used for readings that are not there', used.place)
    },
    isValid,
    all: delegations as ReadonlyMap<bigint, Delegation>,
  }
}

export type Delegations = ReturnType<typeof createDelegations>

function kindOf({ identity, delegate, purpose, area }: Omit<Delegation, 'isRevoked'>): string {
  return `${identity}:${delegate}:${purpose}:${area}`
}
