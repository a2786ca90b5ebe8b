import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { hexToBytes } from '@noble/hashes/utils.js'
import { validityFromToday } from '../../services/chain/credentials.ts'
import type { MemberIssuances } from '../../services/chain/deploy.ts'
import type { Ledger } from '../../services/chain/ledger.ts'
import { addressOfKey } from '../../services/chain/typed-data.ts'
import {
  issueCredential,
  type CredentialDraft,
  type IssuedCredential,
} from '../../services/credentials/issue-credential.ts'
import { keySigner } from '../../services/credentials/signed-jwt.ts'
import { didOf } from '../../services/domain/identity/did.ts'
import type { Household } from '../../services/store/households.ts'
import type { KeySource, RoleKeys } from './keys.ts'

/** What a household keeps of itself, each in both forms. */
export type HouseholdCredentials = {
  readonly account: string
  readonly credentials: readonly Pick<IssuedCredential, 'credentialId' | 'jwt' | 'sdJwt'>[]
}

type NewHousehold = Omit<Household, 'memberId' | 'area'>
type Issuer = keyof MemberIssuances

const SOURCE_BYTES = 32
const COMMUNITY = 'Commonwatt demonstration'
const GRID_AREA = 'demonstration'

/**
 * Each household's membership, connection point, meter and, where it has one, PV system, signed by who vouches for them:
 * the documents for the household, and what the ledger is to record of them.
 */
export async function issueHouseholdCredentials(
  ledger: Ledger,
  roleKeys: RoleKeys,
  area: number,
  households: readonly NewHousehold[],
  keySource: KeySource,
): Promise<{ readonly issuances: MemberIssuances; readonly documents: readonly HouseholdCredentials[] }> {
  const validity = await validityFromToday(ledger)
  const registry = ledger.addresses.credentialRegistry.toLowerCase()
  const signerOf = (key: string) => keySigner(didOf(ledger.chainId, addressOfKey(key)), 'ES256K', key)
  const signers = {
    communityManager: signerOf(roleKeys['community-manager']),
    dso: signerOf(roleKeys.dso),
    meteringOperator: signerOf(roleKeys['metering-operator']),
  }
  const random = randomFrom(keySource)
  const issue = (issuer: Issuer, draft: CredentialDraft) =>
    issueCredential(draft, {
      ledger: { chainId: ledger.chainId, registry },
      issuer: signers[issuer],
      random,
    })

  const issuances: Record<Issuer, IssuedCredential['issuance'][]> = {
    communityManager: [],
    dso: [],
    meteringOperator: [],
  }
  const documents: HouseholdCredentials[] = []
  for (const household of households) {
    const issued: IssuedCredential[] = []
    for (const [issuer, draft] of draftsOf(ledger.chainId, area, household, validity)) {
      const credential = await issue(issuer, draft)
      issuances[issuer].push(credential.issuance)
      issued.push(credential)
    }
    documents.push({
      account: household.account,
      credentials: issued.map(({ credentialId, jwt, sdJwt }) => ({ credentialId, jwt, sdJwt })),
    })
  }
  return { issuances, documents }
}

/** Salts of a seeded set-up are the same every time, as its keys are. */
function randomFrom(keySource: KeySource): (byteCount: number) => Uint8Array {
  let count = 0
  return (byteCount) => {
    if (byteCount > SOURCE_BYTES) throw new RangeError(`at most ${SOURCE_BYTES} random bytes at a time`)
    return hexToBytes(keySource(`credential:${(count += 1)}`).slice(2)).subarray(0, byteCount)
  }
}

/** Puts every household's credentials into a file of its own, which nobody else can read. */
export async function writeHouseholdCredentials(
  dataFolder: string,
  documents: readonly HouseholdCredentials[],
): Promise<void> {
  const folder = path.join(dataFolder, 'credentials')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  for (const { account, credentials } of documents) {
    const file = path.join(folder, `${account.toLowerCase()}.json`)
    await writeFile(file, `${JSON.stringify(credentials, null, 2)}\n`, { mode: 0o600 })
  }
}

function draftsOf(
  chainId: bigint,
  area: number,
  household: NewHousehold,
  validity: { readonly validFrom: number; readonly validUntil: number },
): (readonly [Issuer, CredentialDraft])[] {
  const { name, account, meterKey, connectionCapacityW, pvCapacityW } = household
  const connectionPoint = { identifier: household.connectionPoint, salt: household.connectionPointSalt }
  const subject = didOf(chainId, account)
  const common = { area, connectionPoint: null, ...validity }
  return [
    ['communityManager', { ...common, subject, role: 'prosumer', claims: { name, community: COMMUNITY } }],
    [
      'dso',
      {
        ...common,
        subject,
        role: 'connection-point',
        connectionPoint,
        claims: { gridArea: GRID_AREA, capacityW: connectionCapacityW },
      },
    ],
    [
      'meteringOperator',
      {
        ...common,
        subject: didOf(chainId, meterKey),
        role: 'meter',
        claims: { serialNumber: meterKey, certified: true, certificate: 'simulated' },
      },
    ],
    ...(pvCapacityW === 0
      ? []
      : [
          [
            'meteringOperator',
            {
              ...common,
              subject,
              role: 'pv-inverter',
              claims: {
                serialNumber: `pv-${household.connectionPoint}`,
                capacityW: pvCapacityW,
                certified: true,
                certificate: 'simulated',
              },
            },
          ] as const,
        ]),
  ]
}
