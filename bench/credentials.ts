import { createPublicKey, verify, type JsonWebKey } from 'node:crypto'
import { verifyCredential as verifyWithDidJwtVc } from 'did-jwt-vc'
import {
  didJwtVcResolver,
  household,
  NOW,
  operator,
  partyOf,
  PV_DRAFT,
  REQUEST,
  setUpMarket,
  type Party,
} from '../services/credentials/example-market.ts'
import { createPresentation, verifyPresentation } from '../services/credentials/presentation.ts'
import { verifyCredential } from '../services/credentials/verify-credential.ts'
import type { Figure } from './figure.ts'

const COUNT = 300

/** Credentials and presentations verified per second, against did-jwt-vc and against the bare signature. */
export async function measureCredentials(): Promise<Figure[]> {
  const onP256 = partyOf('ES256', `0x${'44'.repeat(32)}`)
  return [
    await credentialFigure('credentials.es256VerifiedPerSecond', onP256),
    await credentialFigure('credentials.es256kVerifiedPerSecond', operator),
    await presentationFigure(onP256),
  ]
}

async function credentialFigure(name: string, issuer: Party): Promise<Figure> {
  const { jwt, deps, resolver } = await setUpMarket(PV_DRAFT, issuer)
  const ours = await perSecond(() => verifyCredential(jwt, deps))
  const theirs = await perSecond(() => verifyWithDidJwtVc(jwt, didJwtVcResolver(resolver), { policies: { now: NOW } }))
  return figure(
    name,
    ours,
    `did-jwt-vc, without a ledger: ${Math.round(theirs)} /s (${(ours / theirs).toFixed(1)} times)`,
  )
}

async function presentationFigure(issuer: Party): Promise<Figure> {
  const { sdJwt, jwt, deps } = await setUpMarket(PV_DRAFT, issuer)
  const presentation = await createPresentation(sdJwt, REQUEST, household.key, NOW)
  const ours = await perSecond(() =>
    verifyPresentation(presentation, REQUEST, { ...deps, takeNonce: async () => true }),
  )

  const end = jwt.lastIndexOf('.')
  const input = Buffer.from(jwt.slice(0, end))
  const signature = Buffer.from(jwt.slice(end + 1), 'base64url')
  const key = createPublicKey({ key: issuer.method.publicKeyJwk as JsonWebKey, format: 'jwk' })
  const bare = await perSecond(async () => verify('sha256', input, { key, dsaEncoding: 'ieee-p1363' }, signature))
  const reference = `node:crypto, the two signatures alone: ${Math.round(bare / 2)} /s (${(ours / (bare / 2)).toFixed(2)} times)`
  return figure('credentials.presentationsVerifiedPerSecond', ours, reference)
}

function figure(name: string, value: number, reference: string): Figure {
  return { name, value: Math.round(value), unit: '/s', target: null, reference }
}

async function perSecond(work: () => Promise<unknown>): Promise<number> {
  await work()
  const began = performance.now()
  for (let run = 0; run < COUNT; run += 1) await work()
  return (COUNT / (performance.now() - began)) * 1000
}
