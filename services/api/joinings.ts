import type { Request } from 'express'
import { isTradingKeyOf } from '../chain/trading-key-statements.ts'
import type { Ledger } from '../chain/ledger.ts'
import { DomainError } from '../domain/errors.ts'
import { requireWishes, type Wishes } from '../domain/joining/wishes.ts'
import { energyWh, price } from '../domain/units.ts'
import type { Store } from '../store/connect.ts'
import { findInvitation, useInvitation } from '../store/invitations.ts'
import { findStockedMeter, isMeterWithdrawn, readConnectionPoint } from '../store/joining-registers.ts'
import {
  chooseConnectionPoint,
  chooseMeter,
  chooseTradingKey,
  giveBackTry,
  giveUpJoining,
  noteCredentialsTaken,
  readJoining,
  takeTry,
  wasHousehold,
  writeWishes,
  type Choosing,
  type Joining,
} from '../store/joinings.ts'
import { listIssuedCredentials, readRegistration } from '../store/registrations.ts'
import { listHouseholdsOf } from '../store/views/accounts.ts'
import type { Access } from './access/access.ts'
import { hashOfCode, hashOfSecret, isSameHash } from './access/secrets.ts'
import { createRateLimit } from './client-rate.ts'
import { stateOf } from './invitations.ts'
import { joiningAnswerOf } from './joining-answer.ts'
import type { WishesAnswer } from './schemas/joining.ts'
import type { ApiDeps } from './server.ts'

type JoiningDeps = Pick<
  ApiDeps,
  | 'beginJoining'
  | 'readJoining'
  | 'chooseConnectionPoint'
  | 'chooseMeter'
  | 'chooseWishes'
  | 'chooseTradingKey'
  | 'takeCredentials'
  | 'giveUpJoining'
>

type Options = {
  readonly store: Store
  readonly ledger: Ledger
  readonly access: Pick<Access, 'requirePerson'>
  /** Whether calls of the account were relayed that cannot be read back yet. */
  readonly isUnderway: (account: string) => Promise<boolean>
  /** Unix seconds: of the ledger, and of the wall. */
  readonly ledgerNow: () => number
  readonly now: () => number
}

const MOST_TRIES = 5
const TRY_SECONDS = 3_600

/** The way of a home from its invitation to its first fill, as the person who goes it says and sees it. */
export function joiningsOf(options: Options): JoiningDeps {
  const { store, ledger, access, now } = options
  const requireCodeWelcome = createRateLimit(
    { perSecond: 0.1, burst: 20 },
    'too-many-tries',
    (account: string) => account,
  )

  /** It may be given up at any time, also while something else is asked for. */
  const joiningOf = async (account: string): Promise<Joining> => {
    const joining = await readJoining(store, account)
    if (joining === null) throw notJoining()
    return joining
  }
  const requireJoining = async (request: Request): Promise<Joining> => {
    const { account } = await access.requirePerson(request)
    return joiningOf(account)
  }
  const answerOf = async (account: string) => joiningAnswerOf(options, await joiningOf(account))
  /** Counts the try unless `check` finds that the code was right. */
  const trying = async <Found>(subject: string, check: () => Promise<Found>): Promise<Found> => {
    const at = now()
    const taken = await takeTry(store, subject, { now: at, since: at - TRY_SECONDS, most: MOST_TRIES })
    if (taken === null) throw new DomainError('too-many-tries', `${MOST_TRIES} codes were wrong within an hour`)
    const found = await check()
    await giveBackTry(store, taken)
    return found
  }

  return {
    async beginJoining(request, code) {
      const { account } = await access.requirePerson(request)
      requireCodeWelcome(account)
      const [known, members] = await Promise.all([readJoining(store, account), listHouseholdsOf(store, [account])])
      const invitation = await findInvitation(store, hashOfSecret(code))
      if (invitation === null) throw new DomainError('invitation-unknown', 'no invitation has this code')
      if (known !== null && invitation.account === account) return answerOf(account)
      if (known !== null || members.length > 0 || (await wasHousehold(store, account, invitation.area))) {
        throw new DomainError('already-joining', 'a home has or had this account, or joins with it')
      }
      if (await useInvitation(store, { codeHash: hashOfSecret(code), account, now: now() })) return answerOf(account)
      throw await refusalOf(store, code, now())
    },
    async readJoining(request) {
      return joiningAnswerOf(options, await requireJoining(request))
    },
    async chooseConnectionPoint(request, { identifier, confirmationCode }) {
      const { account, area } = await requireJoining(request)
      const point = await trying(`${account}:connection-point`, async () => {
        const found = await readConnectionPoint(store, identifier)
        if (found === null || found.area !== area) {
          throw new DomainError('connection-point-unknown', `the DSO has no connection point ${identifier} here`)
        }
        const codeHash = hashOfCode(confirmationCode)
        if (codeHash === null || !isSameHash(found.codeHash, codeHash)) {
          throw new DomainError('confirmation-code-wrong', `this is not the confirmation code of ${identifier}`)
        }
        return found
      })
      requireChosen(await chooseConnectionPoint(store, account, point.identifier), 'connection-point')
      return answerOf(account)
    },
    async chooseMeter(request, claimCode) {
      const { account, area } = await requireJoining(request)
      const meter = await trying(`${account}:meter`, async () => {
        const codeHash = hashOfCode(claimCode)
        const found = codeHash === null ? null : await findStockedMeter(store, codeHash)
        if (found !== null && found.area === area) return found
        throw new DomainError('claim-code-wrong', 'no meter of the stock has this claim code')
      })
      if (meter.certificate === null || (await isMeterWithdrawn(store, meter))) {
        throw new DomainError(
          'meter-uncertified',
          `meter ${meter.serialNumber} is not certified, or not any more: nobody can join with it`,
        )
      }
      requireChosen(await chooseMeter(store, account, meter.address), 'meter')
      return answerOf(account)
    },
    async chooseWishes(request, given) {
      const { account, membership, connectionPoint } = await requireJoining(request)
      const point = connectionPoint === null ? null : await readConnectionPoint(store, connectionPoint)
      if (point === null) {
        throw new DomainError(
          'connection-point-first',
          'what it carries bounds the wishes: choose a connection point first',
        )
      }
      const home = { membership, capacityW: point.capacityW, now: options.ledgerNow() }
      await writeWishes(store, account, requireWishes(wishesFrom(given, membership), home))
      return answerOf(account)
    },
    async chooseTradingKey(request, { address, signature }) {
      const { account } = await requireJoining(request)
      if (!isTradingKeyOf(ledger, account, address, signature)) {
        throw new DomainError('trading-key-not-proved', `the key ${address} did not sign that it is of ${account}`)
      }
      requireChosen(await chooseTradingKey(store, account, address), 'trading-key')
      return answerOf(account)
    },
    async giveUpJoining(request) {
      const { account, area } = await requireJoining(request)
      const isMember = await wasHousehold(store, account, area)
      if (!isMember && (await giveUpJoining(store, account, now()))) return
      throw new DomainError('joining-too-far', 'the home is being registered on the ledger, or is registered')
    },
    async takeCredentials(request) {
      const { account } = await requireJoining(request)
      const registration = await readRegistration(store, account)
      if (registration?.state !== 'registered') {
        throw new DomainError('credentials-not-issued', 'they are issued once everything is there that they rest on')
      }
      const items = (await listIssuedCredentials(store, account)).flatMap(({ role, credentialId, jwt, sdJwt }) =>
        jwt === null || sdJwt === null ? [] : [{ role, credentialId, jwt, sdJwt }],
      )
      if (items.length === 0) {
        throw new DomainError('credentials-taken', 'they were fetched before, and are not kept here any more')
      }
      await noteCredentialsTaken(store, account, now())
      return { items }
    },
  }
}

/** Why the invitation could not be used, which it could be neither by somebody at the same time. */
async function refusalOf(store: Store, code: string, now: number): Promise<DomainError> {
  const invitation = await findInvitation(store, hashOfSecret(code))
  switch (invitation === null ? null : stateOf(invitation, now)) {
    case 'used':
      return new DomainError('invitation-used', 'somebody joined with this invitation already')
    case 'withdrawn':
      return new DomainError('invitation-withdrawn', 'the community manager withdrew this invitation')
    case 'expired':
      return new DomainError('invitation-expired', 'the invitation is too old')
    case 'open':
    case null:
      return new DomainError('already-joining', 'a home joins with this account already')
  }
}

function requireChosen(choosing: Choosing, what: 'connection-point' | 'meter' | 'trading-key'): void {
  if (choosing === 'chosen') return
  if (choosing === 'not-joining') throw notJoining()
  if (choosing === 'another-before') {
    throw new DomainError('chosen-before', `the home has another ${what.replaceAll('-', ' ')} already`)
  }
  switch (what) {
    case 'connection-point':
      throw new DomainError('connection-point-in-use', 'another home has this connection point')
    case 'meter':
      throw new DomainError('meter-claimed', 'another home has this meter, or had it')
    case 'trading-key':
      throw new DomainError('trading-key-in-use', 'another home has this trading key')
  }
}

function notJoining(): DomainError {
  return new DomainError('not-joining', 'nobody joins with this account: begin with an invitation')
}

function wishesFrom(given: WishesAnswer, membership: Joining['membership']): Wishes {
  const { buyUpToMicroEuroPerKwh, sellFromMicroEuroPerKwh, quantityWh, until } = given
  const isSelling = membership === 'prosumer' && sellFromMicroEuroPerKwh !== null
  return {
    buyUpTo: price(BigInt(buyUpToMicroEuroPerKwh)),
    sellFrom: isSelling ? price(BigInt(sellFromMicroEuroPerKwh)) : null,
    quantity: energyWh(BigInt(quantityWh)),
    until,
  }
}
