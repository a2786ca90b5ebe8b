import { randomBytes } from 'node:crypto'
import { verifyCredential as verifyWithDidJwtVc } from 'did-jwt-vc'
import { Resolver } from 'did-resolver'
import { getResolver } from 'ethr-did-resolver'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  isAccredited,
  issueCredentials,
  readCredentialRecord,
  validityFromNow,
} from '../../services/chain/credentials.ts'
import { readContract } from '../../services/chain/ledger.ts'
import { readLatestBlock } from '../../services/chain/ledger-clock.ts'
import { sendSetUpCalls } from '../../services/chain/set-up-transactions.ts'
import { addressOfKey } from '../../services/chain/typed-data.ts'
import { issueCredential, type CredentialDraft } from '../../services/credentials/issue-credential.ts'
import type { VerificationDeps } from '../../services/credentials/ledger-record.ts'
import { keySigner } from '../../services/credentials/signed-jwt.ts'
import { verifyCredential } from '../../services/credentials/verify-credential.ts'
import { didOf } from '../../services/domain/identity/did.ts'
import { didJwtVcResolver } from '../../services/credentials/example-market.ts'
import {
  accountKeyOf,
  AREA,
  HOUSEHOLDS,
  KEYS,
  setUpMarket,
  startLedger,
  type Market,
  type RunningLedger,
} from './ledger-fixture.ts'

let running: RunningLedger
let market: Market
let resolver: Resolver

beforeAll(async () => {
  running = await startLedger(18_132)
  market = await setUpMarket(running.url)
  const { chainId, addresses } = market.ledger
  resolver = new Resolver(
    getResolver({
      networks: [{ name: 'commonwatt', chainId, rpcUrl: running.url, registry: addresses.didRegistry }],
    }),
  )
})

afterAll(async () => {
  market.ledger.close()
  await running.stop()
})

describe('a credential on a real ledger', () => {
  test('is believed once its issuer has recorded it, and as long as the ledger says so', async () => {
    const issued = await issue(KEYS.meteringOperator)
    await expect(verify(issued.jwt)).rejects.toMatchObject({ code: 'credential-not-recorded' })
    await issueCredentials(market.ledger, KEYS.meteringOperator, [issued.issuance])
    expect(await verify(issued.jwt)).toMatchObject({ role: 'pv-inverter', claims: { capacityW: 5_400 } })

    await change('suspendCredentials', issued.credentialId)
    await expect(verify(issued.jwt)).rejects.toMatchObject({ code: 'credential-suspended' })
    await change('reinstateCredentials', issued.credentialId)
    await verify(issued.jwt)
    await change('revokeCredentials', issued.credentialId)
    await expect(verify(issued.jwt)).rejects.toMatchObject({ code: 'credential-revoked' })
  })

  test('has the number that the registry computes', async () => {
    const issued = await issue(KEYS.meteringOperator)
    await issueCredentials(market.ledger, KEYS.meteringOperator, [issued.issuance])
    const { status, subject } = await readCredentialRecord(market.ledger, issued.credentialId)
    expect({ status, subject }).toEqual({ status: 'active', subject: addressOfKey(accountKeyOf(HOUSEHOLDS[0])) })
    const [held] = await readContract(market.ledger, 'credentialRegistry', 'heldBy', subject, 23, AREA)
    expect(held).toBe(issued.credentialId)
  })

  test('of an issuer whom nobody accredited is not recorded, and not believed', async () => {
    const issued = await issue(KEYS.supplier)
    await expect(issueCredentials(market.ledger, KEYS.supplier, [issued.issuance])).rejects.toMatchObject({
      code: 'credential-registry-not-accredited',
    })
    await expect(verify(issued.jwt)).rejects.toMatchObject({ code: 'credential-issuer-unknown' })
  })

  test('is verified by did-jwt-vc with the public resolver of did:ethr', async () => {
    const issued = await issue(KEYS.meteringOperator)
    const { verified, issuer } = await verifyWithDidJwtVc(issued.jwt, didJwtVcResolver(resolver), {
      policies: { now: (await readLatestBlock(market.ledger)).timestamp },
    })
    expect({ verified, issuer }).toEqual({
      verified: true,
      issuer: didOf(market.ledger.chainId, addressOfKey(KEYS.meteringOperator)),
    })
  })
})

async function issue(issuerKey: string) {
  const { ledger } = market
  const draft: CredentialDraft<'pv-inverter'> = {
    subject: didOf(ledger.chainId, addressOfKey(accountKeyOf(HOUSEHOLDS[0]))),
    role: 'pv-inverter',
    area: AREA,
    connectionPoint: null,
    ...(await validityFromNow(ledger)),
    claims: { serialNumber: 'SN-1', capacityW: 5_400, certified: true, certificate: 'TEST-1' },
  }
  const issuer = keySigner(didOf(ledger.chainId, addressOfKey(issuerKey)), 'ES256K', issuerKey)
  return issueCredential(draft, { ledger: (await deps()).ledger, issuer, random: randomBytes })
}

async function verify(jwt: string) {
  return verifyCredential(jwt, await deps())
}

async function deps(): Promise<VerificationDeps> {
  const { ledger } = market
  return {
    ledger: { chainId: ledger.chainId, registry: ledger.addresses.credentialRegistry.toLowerCase() },
    resolver,
    readStatus: (credentialId) => readCredentialRecord(ledger, credentialId),
    isAccredited: (issuer, role, area) => isAccredited(ledger, issuer, role, area),
    now: (await readLatestBlock(ledger)).timestamp,
  }
}

async function change(name: string, credentialId: string): Promise<void> {
  const { ledger } = market
  const data = ledger.contracts.credentialRegistry.interface.encodeFunctionData(name, [[credentialId]])
  await sendSetUpCalls(ledger.provider, KEYS.meteringOperator, [{ to: ledger.addresses.credentialRegistry, data }])
}
