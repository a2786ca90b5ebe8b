import { claimDomain } from '../chain/meter-claims.ts'
import type { Ledger } from '../chain/ledger.ts'
import { readLatestDelegation } from '../chain/registrations.ts'
import { DomainError } from '../domain/errors.ts'
import type { Log } from '../runtime/log.ts'
import type { Store } from '../store/connect.ts'
import {
  isMeterWithdrawn,
  readConnectionPoint,
  readStockedMeter,
  type ConnectionPoint,
} from '../store/joining-registers.ts'
import { readJoining, type Joining } from '../store/joinings.ts'
import { listConnections } from '../store/readings.ts'
import { readMeterClaim } from '../store/meter-claims.ts'
import {
  beginRegistration,
  listRegisteringMeters,
  noteOpen,
  noteRegistered,
  noteRegistering,
} from '../store/registrations.ts'
import { admit } from './community-manager.ts'
import { certifyConnectionPoint } from './dso.ts'
import type { Issuer } from './issuer.ts'
import { certifyMeter, delegateReadingsOf, isClaimProved } from './metering-operator.ts'

export type Registrar = {
  readonly store: Store
  readonly ledger: Ledger
  /** Each with a key of its own. */
  readonly dso: Issuer
  readonly meteringOperator: Issuer
  readonly communityManager: Issuer
  /** Address of the gateway's key that commits the readings of an area. */
  readonly gatewayOf: (area: number) => string
  /** 32 random bytes, 0x-hex. */
  readonly newSalt: () => string
  /** Unix seconds, wall clock. */
  readonly now: () => number
  readonly log: Log
}

/**
 * Does of a joining what can be done now, from wherever it was left: every step says in the database, or on the ledger,
 * that it is done, and is done once. Throws what the ledger refuses.
 */
export async function advanceJoining(registrar: Registrar, joining: Joining): Promise<void> {
  const { store } = registrar
  const { account, area } = joining
  const connectionPointSalt = registrar.newSalt()
  const begun = await beginRegistration(store, { account, area, connectionPointSalt })
  if (begun === null) return
  const { connectionPointSalt: salt } = begun
  await noteOpen(store, account)

  const point = await certifyPoint(registrar, joining, salt)
  const isMeterCertified = await certifyClaimedMeter(registrar, joining)
  if (point === null || !isMeterCertified || joining.wishes === null || joining.tradingKey === null) return

  await registerHome(registrar, account, { ...point, salt })
}

/** The connection point with its credential recorded; null where none is chosen. */
async function certifyPoint(
  { store, dso }: Registrar,
  { account, area, connectionPoint }: Joining,
  salt: string,
): Promise<ConnectionPoint | null> {
  if (connectionPoint === null) return null
  const point = await readConnectionPoint(store, connectionPoint)
  if (point === null || point.area !== area) {
    throw new DomainError('connection-point-unknown', `the DSO has no connection point ${connectionPoint} any more`)
  }
  await certifyConnectionPoint(dso, account, point, salt)
  return point
}

/** Whether the meter's credential is recorded: not before the meter itself said whose it is. */
async function certifyClaimedMeter(
  { store, ledger, meteringOperator }: Registrar,
  { account, area, meter: address }: Joining,
): Promise<boolean> {
  if (address === null) return false
  const claim = await readMeterClaim(store, account, address)
  if (!isClaimProved(claimDomain(ledger), claim)) return false
  const meter = await readStockedMeter(store, address)
  if (meter === null || meter.area !== area || meter.certificate === null) {
    throw new DomainError('meter-uncertified', `the metering operator does not vouch for meter ${address}`)
  }
  // A code that opens the meter does not give back what was taken from it.
  if (await isMeterWithdrawn(store, meter)) {
    throw new DomainError('meter-uncertified', `the credential of meter ${address} is suspended or revoked`)
  }
  await certifyMeter(meteringOperator, account, { ...meter, certificate: meter.certificate })
  return true
}

async function registerHome(
  registrar: Registrar,
  account: string,
  point: ConnectionPoint & { readonly salt: string },
): Promise<void> {
  const { store, ledger, meteringOperator, communityManager, log } = registrar
  await noteRegistering(store, account, registrar.now())
  // What was chosen last counts: from here on it stays.
  const joining = await readJoining(store, account)
  if (joining === null || joining.meter === null || joining.tradingKey === null) return

  const { area, name, membership, creditLineMicroEuro, meter, tradingKey } = joining
  // Those of all, also of homes that fail: else each that is tried again would take back what the other was given.
  const meters = await listRegisteringMeters(store, area)
  await delegateReadingsOf(ledger, meteringOperator, { area, meters, gateway: registrar.gatewayOf(area) })
  const home = { account, area, name, membership, creditLineMicroEuro, meter, tradingKey, connectionPoint: point }
  const member = await admit(ledger, communityManager, home)
  const { memberId } = member
  await noteRegistered(store, {
    memberId,
    area,
    name,
    account,
    tradingKey: member.tradingKey,
    meterKey: meter,
    connectionPoint: point.identifier,
    connectionPointSalt: point.salt,
    connectionCapacityW: point.capacityW,
    pvCapacityW: point.pvCapacityW,
  })
  log.info({ memberId, area }, `member ${memberId} joined`)
}

/** Has the keys among which the areas are divided commit the readings of areas that another key committed before. */
export async function delegateToSigners({ store, ledger, meteringOperator, gatewayOf }: Registrar): Promise<void> {
  const areas = new Set((await listConnections(store)).map(({ area }) => area))
  for (const area of areas) {
    const gateway = gatewayOf(area)
    const of = { meteringOperator: meteringOperator.address, gateway, area }
    if ((await readLatestDelegation(ledger, of)) > 0n) continue
    const meters = await listRegisteringMeters(store, area)
    await delegateReadingsOf(ledger, meteringOperator, { area, meters, gateway })
  }
}
