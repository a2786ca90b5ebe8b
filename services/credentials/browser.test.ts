import { createContext, runInContext } from 'node:vm'
import { fileURLToPath } from 'node:url'
import { build, type Rolldown } from 'vite'
import { describe, expect, test } from 'vitest'
import { documentOf, household, NOW, REQUEST, setUpMarket } from './example-market.ts'
import { verifyPresentation, type createPresentation } from './presentation.ts'
import type { JwtSigner } from './signed-jwt.ts'

/** The module as a browser loads it: in one script, without anything of Node. */
async function loadInBrowser(): Promise<typeof createPresentation> {
  const entry = fileURLToPath(new URL('presentation.ts', import.meta.url))
  const lib = { entry, formats: ['iife' as const], name: 'presentation' }
  const [{ output }] = (await build({
    configFile: false,
    logLevel: 'silent',
    build: { write: false, lib },
  })) as [Rolldown.RolldownOutput]
  const context = createContext({ crypto, TextEncoder, TextDecoder, atob, btoa })
  return runInContext(`${output[0].code}\npresentation.createPresentation`, context) as typeof createPresentation
}

describe('createPresentation', () => {
  test('runs without Node, with a key that cannot be read', async () => {
    const { sdJwt, deps, documents } = await setUpMarket()
    const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
    const { privateKey, publicKey } = await crypto.subtle.generateKey(algorithm, false, ['sign', 'verify'])
    const { x, y } = await crypto.subtle.exportKey('jwk', publicKey)
    const method = { ...household.method, publicKeyJwk: { kty: 'EC', crv: 'P-256', x: x!, y: y! } }
    documents.set(household.did, documentOf({ ...household, method }))
    const holder: JwtSigner = {
      did: household.did,
      alg: 'ES256',
      signer: async (text) => {
        const signature = await crypto.subtle.sign(algorithm, privateKey, new TextEncoder().encode(text as string))
        return Buffer.from(signature).toString('base64url')
      },
    }

    const createInBrowser = await loadInBrowser()
    const presentation = await createInBrowser(sdJwt, REQUEST, holder, NOW)
    const { claims } = await verifyPresentation(presentation, REQUEST, deps)
    expect(claims).toEqual({ area: 7, certified: true })
  })
})
