import { randomBytes } from 'node:crypto'
import { expect } from 'vitest'
import { writeHouseholdCredentials } from '../../scripts/setup/credentials.ts'
import { writeHouseholdKeys } from '../../scripts/setup/keys.ts'
import { presentation, type PresentationView } from '../../services/api/schemas/presentations.ts'
import { issueCredentials, validityFromNow } from '../../services/chain/credentials.ts'
import { encodeDidName } from '../../services/chain/dids.ts'
import { sendSetUpCalls } from '../../services/chain/set-up-transactions.ts'
import { addressOfKey } from '../../services/chain/typed-data.ts'
import {
  issueCredential,
  type CredentialDraft,
  type IssuedCredential,
} from '../../services/credentials/issue-credential.ts'
import { parsePresentationRequest, type PresentationRequest } from '../../services/credentials/presentation-request.ts'
import { createPresentation } from '../../services/credentials/presentation.ts'
import { keySigner } from '../../services/credentials/signed-jwt.ts'
import { didOf } from '../../services/domain/identity/did.ts'
import { bodyOf, postTo } from './api-answers.ts'
import { ACTOR_KEYS, AREA, type ApiHousehold } from './api-market.ts'
import { signIn, type Browser } from './api-signed-in.ts'
import { startApiWorld, type ApiWorld } from './api-world.ts'

export const VERIFIER_KEY = `0x${'7e'.repeat(32)}`
export const STRANGER_KEY = `0x${'5f'.repeat(32)}`
/** A certified PV system in the area. */
export const WISH = {
  role: 'pv-inverter',
  claims: [
    { name: 'area', values: [AREA] },
    { name: 'certified', values: [true] },
  ],
  purpose: 'Rooftops of the quarter',
}

type PvDraft = CredentialDraft<'pv-inverter'>

/** A home with a certified PV system, whose credential says name and address too, and somebody who asks for it. */
export type PresentationWorld = {
  readonly api: ApiWorld
  readonly verifier: Browser
  readonly home: ApiHousehold
  readonly system: IssuedCredential
  readonly didOfKey: (key: string) => string
  /** As its metering operator, or whose key it is, signs it. */
  readonly issued: (change?: Partial<PvDraft>, issuerKey?: string) => Promise<IssuedCredential>
  readonly recorded: (change?: Partial<PvDraft>) => Promise<IssuedCredential>
  readonly changeStatus: (name: string, credential: IssuedCredential) => Promise<void>
  /** Has the key's identity say so many things of itself. */
  readonly writeHistory: (key: string, count: number) => Promise<void>
  readonly ask: (wish?: object) => Promise<PresentationView>
  readonly read: (asked: PresentationView) => Promise<PresentationView>
  readonly answer: (asked: PresentationView, shown: string) => Promise<Response>
  /** What the holder makes of a credential; `change` is what it takes the request for. */
  readonly presented: (
    asked: PresentationView,
    credential: Pick<IssuedCredential, 'sdJwt'>,
    change?: Partial<PresentationRequest>,
    key?: string,
  ) => Promise<string>
}

/** Uses `port` and the three after it. */
export async function startPresentationWorld(port: number): Promise<PresentationWorld> {
  const api = await startApiWorld({ port, households: 1 })
  const { ledger } = api
  const verifier = await signIn(api, VERIFIER_KEY)
  const home = api.households[0]!
  const didOfKey = (key: string) => didOf(ledger.chainId, addressOfKey(key))
  const signerOf = (key: string) => keySigner(didOfKey(key), 'ES256K', key)

  const issued = async (change: Partial<PvDraft> = {}, issuerKey = ACTOR_KEYS.meteringOperator) => {
    const draft: PvDraft = {
      subject: didOfKey(home.accountKey),
      role: 'pv-inverter',
      area: AREA,
      connectionPoint: null,
      ...(await validityFromNow(ledger)),
      claims: {
        serialNumber: 'SN-4711',
        ownerName: 'Ada Zonneveld',
        postalAddress: 'Sunny Lane 3, Greenfield',
        capacityW: 5_400,
        certified: true,
        certificate: 'TUV-0815',
      },
      ...change,
    }
    const registry = ledger.addresses.credentialRegistry.toLowerCase()
    const deps = { ledger: { chainId: ledger.chainId, registry }, issuer: signerOf(issuerKey), random: randomBytes }
    return issueCredential(draft, deps)
  }
  const recorded = async (change: Partial<PvDraft> = {}) => {
    const credential = await issued(change)
    await issueCredentials(ledger, ACTOR_KEYS.meteringOperator, [credential.issuance])
    return credential
  }

  const system = await recorded()
  await writeHouseholdKeys(api.dataFolder, [home])
  await writeHouseholdCredentials(api.dataFolder, [{ account: addressOfKey(home.accountKey), credentials: [system] }])
  return {
    api,
    verifier,
    home,
    system,
    didOfKey,
    issued,
    recorded,
    async changeStatus(name, { credentialId }) {
      const data = ledger.contracts.credentialRegistry.interface.encodeFunctionData(name, [[credentialId]])
      const call = { to: ledger.addresses.credentialRegistry, data }
      await sendSetUpCalls(ledger.provider, ACTOR_KEYS.meteringOperator, [call])
    },
    async writeHistory(key, count) {
      const name = encodeDidName('did/svc/Nothing')
      const dataOf = (index: number) =>
        ledger.contracts.didRegistry.interface.encodeFunctionData('setAttribute', [
          addressOfKey(key),
          name,
          `0x${(index + 1).toString(16).padStart(4, '0')}`,
          3_600,
        ])
      const to = ledger.addresses.didRegistry
      await sendSetUpCalls(
        ledger.provider,
        key,
        Array.from({ length: count }, (_, index) => ({ to, data: dataOf(index) })),
      )
    },
    async ask(wish = WISH) {
      const response = await verifier.send('POST', '/api/presentations/requests', wish)
      expect(response.status).toBe(201)
      return bodyOf(response, presentation)
    },
    read: async ({ id }) => bodyOf(await verifier.get(`/api/presentations/requests/${id}`), presentation),
    answer: ({ request }, shown) => postTo(request.response_uri, { presentation: shown }),
    presented: (asked, { sdJwt }, change = {}, key = home.accountKey) => {
      const request = { ...parsePresentationRequest(asked.request), ...change }
      const holder = { ...signerOf(key), did: didOfKey(home.accountKey) }
      return createPresentation(sdJwt, request, holder, Math.floor(Date.now() / 1_000))
    },
  }
}
