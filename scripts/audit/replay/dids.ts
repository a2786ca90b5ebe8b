import { NO_ADDRESS } from '../abi.ts'
import { differ, requireSame, type Place } from '../difference.ts'
import { ownersConsentOf } from '../market/owner-signer.ts'
import type { Callers } from './callers.ts'
import { placeOf, type LedgerCall, type LedgerEvent } from './ledger-event.ts'

const CHANGES = new Set(['DIDOwnerChanged', 'DIDDelegateChanged', 'DIDAttributeChanged'])

export type OwnerChange = {
  readonly identity: string
  readonly owner: string
  /** Unix seconds. */
  readonly at: number
  readonly place: Place
}

/**
 * Replays the registry of identities: who owns which, and that only its owner, by a call or by a signature, or the contract
 * for recovery changed anything of it.
 */
export function createDids(callers: Callers, domainSeparator: Uint8Array) {
  const owners = new Map<string, OwnerChange>()
  const changeCounts = new Map<string, number>()
  const changedIn = new Map<string, number>()
  /** How many calls were signed or changed the owner; null where what a contract called may have been signed. */
  const nonces = new Map<string, number | null>()
  const contractOwners = new Map<string, Place>()
  /** What the contract for recovery said last, and the registry is to do now. */
  let recovered: { readonly identity: string; readonly newOwner: string; readonly place: Place } | null = null
  let authorizedIn = ''

  const ownerOf = (identity: string): string => owners.get(identity)?.owner ?? identity

  const see = (event: LedgerEvent): void => {
    if (!CHANGES.has(event.name)) return
    const { fields, block, time } = event
    const identity = fields.text('identity')
    const place = placeOf(event)
    if (ownerOf(identity) === NO_ADDRESS) differ('identities', `${identity} changed, and was deactivated`, place)
    const previous = fields.big('previousChange')
    requireSame(
      'identities',
      `the block in which ${identity} changed before`,
      previous,
      BigInt(changedIn.get(identity) ?? 0),
      place,
    )
    requireOwners(event, identity, place)
    changedIn.set(identity, block)
    if (event.name !== 'DIDOwnerChanged') return
    countNonce(identity)
    changeCounts.set(identity, changesOf(identity) + 1)
    owners.set(identity, { identity, owner: fields.text('owner'), at: time, place })
  }

  const changesOf = (identity: string): number => changeCounts.get(identity) ?? 0

  const countNonce = (identity: string): void => {
    const nonce = nonceOf(identity)
    nonces.set(identity, nonce === null ? null : nonce + 1)
  }

  const nonceOf = (identity: string): number | null => {
    const nonce = nonces.get(identity)
    return nonce === undefined ? 0 : nonce
  }

  const requireOwners = (event: LedgerEvent, identity: string, place: Place): void => {
    if (recovered !== null) {
      requireRecovered(event, identity, recovered, place)
      recovered = null
      return
    }
    const [call, other] = event.calls.filter(({ contract }) => contract === 'didRegistry')
    if (other !== undefined) {
      callers.hide(`didRegistry: ${event.name}`, event)
      nonces.set(identity, null)
      return
    }
    if (call !== undefined) requireCalled(event, call, place)
    const consent = call === undefined ? null : ownersConsentOf(domainSeparator, call.name, call.fields)
    if (consent !== null && authorizedIn === event.transaction.hash) return
    if (consent === null) {
      const who = `who does not own ${identity}`
      callers.requireMay(
        event,
        { check: 'identities', name: event.name, who },
        (account) => ownerOf(identity) === account,
      )
      if (call === undefined) nonces.set(identity, null)
      return
    }
    const nonce = nonceOf(identity)
    if (nonce !== null) requireSame('identities', `the nonce of ${identity}`, consent.nonce, BigInt(nonce), place)
    if (consent.deadline < BigInt(event.time))
      differ('identities', `${identity} was changed by what had expired`, place)
    requireSignedBy(ownerOf(identity), consent.signer, place)
    countNonce(identity)
    // A call may change several attributes by one authorization.
    authorizedIn = event.transaction.hash
  }

  /** A key that did not sign must be a contract's, which decides itself what it signed (EIP-1271). */
  const requireSignedBy = (owner: string, signer: string | null, place: Place): void => {
    if (signer !== owner) contractOwners.set(owner, place)
  }

  return {
    see,
    ownerOf,
    /** To be called with what the contract for recovery decided, before the registry does it. */
    expectRecovered: (event: LedgerEvent): void => {
      const [identity, newOwner] = [event.fields.text('identity'), event.fields.text('newOwner')]
      recovered = { identity, newOwner, place: placeOf(event) }
    },
    requireSignedBy,
    endTransaction: (): void => {
      if (recovered === null) return
      differ(
        'identities',
        `the owner of ${recovered.identity} was replaced, and the registry does not say so`,
        recovered.place,
      )
    },
    changesOf,
    /** Owners that signed nothing themselves, so that they must be contracts (EIP-1271), and where. */
    contractOwners: contractOwners as ReadonlyMap<string, Place>,
    /** Identities that changed their owner, with the last change. */
    all: owners as ReadonlyMap<string, OwnerChange>,
  }
}

export type Dids = ReturnType<typeof createDids>

/** What was called directly says which identity it changes, and who owns it then. */
function requireCalled(event: LedgerEvent, { name, fields }: LedgerCall, place: Place): void {
  requireSame('identities', 'the identity that changed', event.fields.text('identity'), fields.text('identity'), place)
  if (event.name !== 'DIDOwnerChanged') return
  if (!name.startsWith('changeOwner')) differ('identities', `an owner was changed by ${name}`, place)
  requireSame('identities', 'the new owner', event.fields.text('owner'), fields.text('newOwner'), place)
}

function requireRecovered(
  event: LedgerEvent,
  identity: string,
  recovered: { readonly identity: string; readonly newOwner: string },
  place: Place,
): void {
  const owner = event.name === 'DIDOwnerChanged' ? event.fields.text('owner') : null
  if (identity === recovered.identity && owner === recovered.newOwner) return
  differ('identities', `the owner of ${recovered.identity} was replaced, and the registry says something else`, place)
}
