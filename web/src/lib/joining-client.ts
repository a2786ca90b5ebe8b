import { change } from './account-client.ts'
import { api, getJson } from './api-client.ts'
import type { components } from './generated/api.ts'
import { ApiError } from './problem.ts'

type Schemas = components['schemas']
export type Invitation = Schemas['Invitation']
export type MadeInvitation = Schemas['MadeInvitation']
export type Joining = Schemas['Joining']
export type Wishes = Schemas['Wishes']
export type IssuedCredentials = Schemas['IssuedCredentials']
type RelayedCalls = Schemas['RelayedCalls']

const INVITATIONS = '/api/invitations'
const JOINING = '/api/joining'

/** What managers do to let homes in. */
export const invitations = {
  list: (signal: AbortSignal) => getJson<Invitation[]>(INVITATIONS, signal),
  make: (wish: Schemas['InvitationRequest']) => change<MadeInvitation>('POST', INVITATIONS, wish),
  withdraw: (invitationId: string) => change('DELETE', `${INVITATIONS}/${invitationId}`),
} as const

/** How whoever is signed in comes into the market. */
export const joining = {
  /** Null for whoever has not used an invitation. */
  read: (signal: AbortSignal) => getJson<Joining>(JOINING, signal).catch(nullWhereNotJoining),
  redeem: (code: string) => change<Joining>('POST', JOINING, { code }),
  nameConnectionPoint: (wish: Schemas['ConnectionPointRequest']) =>
    change<Joining>('PUT', `${JOINING}/connection-point`, wish),
  claimMeter: (claimCode: string) => change<Joining>('PUT', `${JOINING}/meter`, { claimCode }),
  setWishes: (wishes: Wishes) => change<Joining>('PUT', `${JOINING}/wishes`, wishes),
  registerTradingKey: (key: Schemas['TradingKeyRequest']) => change<Joining>('PUT', `${JOINING}/trading-key`, key),
  giveUp: () => change('DELETE', JOINING),
  credentials: (signal: AbortSignal) => getJson<IssuedCredentials>(`${JOINING}/credentials`, signal),
} as const

/** Gives calls that a passkey signed to the ledger. */
export function relayAccountCalls(calls: Schemas['AccountCallsRequest']): Promise<RelayedCalls> {
  return change<RelayedCalls>('POST', '/api/ledger/account-calls', calls)
}

/** The chain, and the addresses of the market's contracts by name. */
export async function readLedgerIdentity(): Promise<{ chainId: bigint; contracts: Readonly<Record<string, string>> }> {
  const { chainId, contracts } = await api.ledger(new AbortController().signal)
  return { chainId: BigInt(chainId), contracts }
}

function nullWhereNotJoining(error: unknown): null {
  if (error instanceof ApiError && error.problem.code === 'not-joining') return null
  throw error
}
