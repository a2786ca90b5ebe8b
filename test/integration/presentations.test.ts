import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { presentCredential } from '../../scripts/present.ts'
import { madeApiKey } from '../../services/api/schemas/api-keys.ts'
import { presentation, type PresentationView } from '../../services/api/schemas/presentations.ts'
import { validityFromNow } from '../../services/chain/credentials.ts'
import { LONGEST_HISTORY } from '../../services/chain/did-documents.ts'
import { addressOfKey } from '../../services/chain/typed-data.ts'
import { withGreaterS } from '../../services/credentials/example-market.ts'
import { parsePresentationRequest } from '../../services/credentials/presentation-request.ts'
import { bodyOf, postTo, problemOf } from './api-answers.ts'
import { ACTOR_KEYS, AREA } from './api-market.ts'
import { signIn } from './api-signed-in.ts'
import {
  startPresentationWorld,
  STRANGER_KEY,
  VERIFIER_KEY,
  WISH,
  type PresentationWorld,
} from './presentation-world.ts'

let world: PresentationWorld

beforeAll(async () => {
  world = await startPresentationWorld(18_900)
})
afterAll(async () => {
  await world.api.stopApi()
  await world.api.stop()
})

const wallNow = () => Math.floor(Date.now() / 1_000)
const rowOf = (id: string) => world.api.store.client.presentation.findUniqueOrThrow({ where: { id } })
const change = (id: string, data: { expiresAt?: number; answers?: number }) =>
  world.api.store.client.presentation.update({ where: { id }, data })

/** Refused with the code, told to the world.verifier, and nothing of it kept. */
async function expectRefused(asked: PresentationView, response: Response, code: string, status: number): Promise<void> {
  expect(await problemOf(response)).toMatchObject({ code, status })
  const after = await world.read(asked)
  expect(after).toMatchObject({
    state: 'refused',
    refusal: { code, reason: expect.any(String) as string },
    outcome: null,
  })
  const { id, answers, refusal, refusedAt, ...kept } = await rowOf(asked.id)
  expect({ id, answers, refusal, refusedAt: refusedAt! > 0 }).toEqual({
    id: asked.id,
    answers: 1,
    refusal: code,
    refusedAt: true,
  })
  expect(kept).toMatchObject({ verifiedAt: null, issuer: null, area: null, disclosed: null })
}

describe('a prosumer', () => {
  test('proves a certified PV system in the area, without name and address, by the command', async () => {
    const asked = await world.ask()
    expect(asked).toMatchObject({ state: 'pending', refusal: null, outcome: null })
    const lines: string[] = []
    const presenting = {
      home: world.home.name,
      dataFolder: world.api.dataFolder,
      print: (line: string) => void lines.push(line),
    }
    const confirm = async () => {
      expect(lines.join('\n')).toMatch(
        /Rooftops[\s\S]*area: 1[\s\S]*certified: true[\s\S]*is not: .*ownerName, postalAddress/,
      )
      expect((await world.read(asked)).state).toBe('pending')
      return true
    }
    await expect(
      presentCredential({ ...presenting, source: asked.requestUri, confirm: () => Promise.resolve(false) }),
    ).rejects.toMatchObject({ code: 'presentation-declined' })
    expect((await rowOf(asked.id)).answers).toBe(0)

    lines.length = 0
    await presentCredential({ ...presenting, source: asked.requestUri, confirm })
    const verified = await world.read(asked)
    expect(verified).toMatchObject({
      state: 'verified',
      outcome: {
        role: 'pv-inverter',
        area: AREA,
        issuer: world.didOfKey(ACTOR_KEYS.meteringOperator),
        claims: { area: AREA, certified: true },
      },
    })
    const kept = await world.api.store.client.$queryRaw<
      { row: string }[]
    >`SELECT to_json(p)::text AS row FROM presentations p`
    for (const text of [JSON.stringify(verified), ...kept.map(({ row }) => row)]) {
      expect(text).not.toMatch(/Ada Z|Zonneveld|Sunny L|Greenfield|SN-4711|TUV-2026|eyJ/)
      expect(text).not.toContain(addressOfKey(world.home.accountKey).slice(2).toLowerCase())
    }
  })

  test('answers out of a file too, which somebody else handed on, and to nobody but who asked', async () => {
    const asked = await world.ask()
    const file = path.join(world.api.dataFolder, 'request.json')
    const options = { source: file, home: world.home.name, dataFolder: world.api.dataFolder, print: () => undefined }
    const confirm = () => Promise.resolve(true)
    const forged = { ...asked.request, response_uri: 'http://127.0.0.1:1/answers' }
    for (const [text, code] of [
      [JSON.stringify(forged), 'presentation-for-another-site'],
      [JSON.stringify({ ...asked.request, response_uri: 'http://other.example/x' }), 'presentation-for-another-site'],
      [JSON.stringify({ ...asked.request, purpose: undefined }), 'presentation-request-malformed'],
      ['{', 'presentation-request-malformed'],
    ] as const) {
      await writeFile(file, text)
      await expect(presentCredential({ ...options, confirm }), text).rejects.toMatchObject({ code })
    }
    expect((await rowOf(asked.id)).answers).toBe(0)
    await writeFile(file, JSON.stringify(asked.request))
    await presentCredential({ ...options, confirm })
    expect((await world.read(asked)).state).toBe('verified')
  })

  test.each([
    [{ role: 'battery', claims: [{ name: 'area' }] }, 'credential-missing'],
    [{ claims: [{ name: 'manufacturer' }] }, 'presentation-claim-missing'],
    [{ claims: [{ name: 'area', values: [7] }] }, 'presentation-constraint-unmet'],
  ])('is told by the command what it cannot show: %o', async (change, code) => {
    const { requestUri } = await world.ask({ ...WISH, ...change })
    const confirm = () => Promise.reject(new Error('not to be asked'))
    const options = {
      source: requestUri,
      home: world.home.name,
      dataFolder: world.api.dataFolder,
      print: () => undefined,
      confirm,
    }
    await expect(presentCredential(options)).rejects.toMatchObject({ code })
  })
})

describe('an answer', () => {
  test.each<[code: string, status: number, what: string, make: (asked: PresentationView) => Promise<string>]>([
    [
      'credential-issuer-unknown',
      422,
      'of an issuer whom nobody accredits',
      async (asked) => world.presented(asked, await world.issued({}, STRANGER_KEY)),
    ],
    [
      'credential-not-recorded',
      422,
      'of a credential that its issuer did not record',
      async (asked) => world.presented(asked, await world.issued()),
    ],
    [
      'credential-not-yet-valid',
      422,
      'of a credential of the future',
      async (asked) => {
        const { validFrom, validUntil } = await validityFromNow(world.api.ledger)
        return world.presented(asked, await world.issued({ validFrom: validFrom + 1_000, validUntil }))
      },
    ],
    [
      'presentation-wrong-role',
      422,
      'with a credential of another role',
      async (asked) => {
        const change = { role: 'heat-pump' as const, claims: { serialNumber: 'HP-1', powerW: 3_000 } }
        const pump = await world.issued(change as unknown as Parameters<typeof world.issued>[0])
        return world.presented(asked, pump, { role: 'heat-pump', claims: [{ name: 'area', values: undefined }] })
      },
    ],
    [
      'presentation-other-nonce',
      422,
      'to another request',
      async (asked) => world.presented(asked, world.system, { nonce: (await world.ask()).request.nonce }),
    ],
    [
      'presentation-other-audience',
      422,
      'to somebody else',
      async (asked) => world.presented(asked, world.system, { audience: 'https://dso.example/flex' }),
    ],
    [
      'signature-invalid',
      403,
      'by the key of another holder',
      async (asked) => world.presented(asked, world.system, {}, STRANGER_KEY),
    ],
    [
      'presentation-discloses-too-much',
      422,
      'that says more than was asked for',
      async (asked) => {
        const { claims } = parsePresentationRequest(asked.request)
        return world.presented(asked, world.system, { claims: [...claims, { name: 'ownerName', values: undefined }] })
      },
    ],
    [
      'presentation-claim-missing',
      422,
      'that says less',
      async (asked) => world.presented(asked, world.system, { claims: [{ name: 'area', values: [AREA] }] }),
    ],
    [
      'signature-malleable',
      403,
      'whose signature somebody wrote in its other form',
      async (asked) => withGreaterS(await world.presented(asked, world.system)),
    ],
    ['presentation-too-large', 413, 'that is too large', async () => `${'A'.repeat(65_536)}~`],
    ['presentation-malformed', 422, 'that is none', async () => 'presentation'],
    [
      'did-history-too-long',
      422,
      'of an issuer of whom too much would have to be read',
      async (asked) => {
        await world.writeHistory(STRANGER_KEY, LONGEST_HISTORY + 1)
        return world.presented(asked, await world.issued({}, STRANGER_KEY))
      },
    ],
  ])('is refused as %s (%i) %s, and nothing of it is kept', async (code, status, _, make) => {
    const asked = await world.ask()
    await expectRefused(asked, await world.answer(asked, await make(asked)), code, status)
  })

  test('is refused while the credential is suspended, accepted once it is not, and refused as soon as it is revoked', async () => {
    const credential = await world.recorded()
    const asked = await world.ask()
    await world.changeStatus('suspendCredentials', credential)
    await expectRefused(
      asked,
      await world.answer(asked, await world.presented(asked, credential)),
      'credential-suspended',
      422,
    )
    await world.changeStatus('reinstateCredentials', credential)
    expect((await world.answer(asked, await world.presented(asked, credential))).status).toBe(204)
    expect(await world.read(asked)).toMatchObject({ state: 'verified', refusal: null })

    const other = await world.ask()
    const made = await world.presented(other, credential)
    await world.changeStatus('revokeCredentials', credential)
    await expectRefused(other, await world.answer(other, made), 'credential-revoked', 422)
  })

  test('counts once, however many come at the same time', async () => {
    const asked = await world.ask()
    const shown = await world.presented(asked, world.system)
    const responses = await Promise.all([1, 2, 3].map(() => world.answer(asked, shown)))
    expect(responses.map(({ status }) => status).sort()).toEqual([204, 409, 409])
    const { outcome } = await world.read(asked)
    expect(await problemOf(await world.answer(asked, shown))).toMatchObject({
      status: 409,
      code: 'presentation-replayed',
    })
    expect((await world.read(asked)).outcome).toEqual(outcome)
  })

  test('is refused once the request has expired, or was answered ten times in vain', async () => {
    const asked = await world.ask()
    const shown = await world.presented(asked, world.system)
    await change(asked.id, { expiresAt: wallNow() })
    expect(await problemOf(await world.answer(asked, shown))).toMatchObject({
      status: 410,
      code: 'presentation-request-expired',
    })
    expect((await world.read(asked)).state).toBe('expired')

    const other = await world.ask()
    await change(other.id, { answers: 10 })
    const refused = await problemOf(await world.answer(other, await world.presented(other, world.system)))
    expect(refused).toMatchObject({ status: 429, code: 'presentation-answers-used-up' })
  })

  test('that is no JSON with a presentation, or larger than is read, changes nothing', async () => {
    const asked = await world.ask()
    const send = (body: unknown) => postTo(asked.request.response_uri, body)
    expect(await problemOf(await send({}))).toMatchObject({ status: 400, code: 'request-malformed' })
    expect(await problemOf(await send({ presentation: 'A'.repeat(90_000) }))).toMatchObject({ code: 'body-too-large' })
    const elsewhere = asked.request.response_uri.replace(asked.id, 'A'.repeat(43))
    expect(await problemOf(await postTo(elsewhere, { presentation: 'x' }))).toMatchObject({
      code: 'presentation-unknown',
    })
    expect(await world.read(asked)).toEqual(asked)
  })
})

describe('a verifier', () => {
  test('is a person, or a machine whose key was made for it, and reads what it asked for itself', async () => {
    const make = async (scopes: string[]) => {
      const wish = { name: 'a machine', scopes, days: 1 }
      const { secret } = await bodyOf(await world.verifier.send('POST', '/api/api-keys', wish), madeApiKey)
      return { authorization: `Bearer ${secret}`, 'x-commonwatt': '1', 'content-type': 'application/json' }
    }
    const target = `${world.api.address}/api/presentations/requests`
    const body = JSON.stringify(WISH)
    const send = async (headers: Record<string, string>) => fetch(target, { method: 'POST', headers, body })
    expect(await problemOf(await send(await make(['read:name'])))).toMatchObject({ code: 'api-key-scope-missing' })
    const json = { 'content-type': 'application/json' }
    expect(await problemOf(await send(json))).toMatchObject({ code: 'foreign-page' })
    expect(await problemOf(await send({ ...json, 'x-commonwatt': '1' }))).toMatchObject({ code: 'not-signed-in' })

    const headers = await make(['ask:presentations'])
    const asked = await bodyOf(await send(headers), presentation)
    expect(asked.request.verifier).toBe(world.didOfKey(VERIFIER_KEY))
    expect((await fetch(`${target}/${asked.id}`, { headers })).status).toBe(200)
    const other = await signIn(world.api, STRANGER_KEY)
    expect(await problemOf(await other.get(`/api/presentations/requests/${asked.id}`))).toMatchObject({
      status: 404,
      code: 'presentation-unknown',
    })
  })

  test.each([
    [{ claims: [{ name: 'shoeSize' }] }, 422, 'presentation-claim-unknown'],
    [{ claims: [{ name: 'area' }, { name: 'area' }] }, 400, 'request-malformed'],
    [{ claims: [] }, 400, 'request-malformed'],
    [{ role: 'king' }, 400, 'request-malformed'],
    [{ purpose: '\u001b[31m' }, 400, 'request-malformed'],
    [{ seconds: 86_400 }, 400, 'request-malformed'],
  ])('is told what cannot be asked for: %o', async (change, status, code) => {
    const response = await world.verifier.send('POST', '/api/presentations/requests', { ...WISH, ...change })
    expect(await problemOf(response)).toMatchObject({ status, code })
  })

  test('finds what came of it until a day after the request expired', async () => {
    const [older, newer] = [await world.ask(), await world.ask()]
    const ageTo = (id: string, seconds: number) => change(id, { expiresAt: wallNow() - seconds })
    await ageTo(older.id, 86_401)
    await ageTo(newer.id, 86_000)
    await world.ask()
    expect((await world.verifier.get(`/api/presentations/requests/${older.id}`)).status).toBe(404)
    expect((await world.read(newer)).state).toBe('expired')
  })
})

describe('once the ledger has gone on, or away,', () => {
  test('an expired credential is refused', async () => {
    const { validFrom } = await validityFromNow(world.api.ledger)
    const credential = await world.recorded({ validFrom, validUntil: validFrom + 500 })
    await world.api.advanceTo(validFrom + 500)
    const asked = await world.ask()
    await expectRefused(
      asked,
      await world.answer(asked, await world.presented(asked, credential)),
      'credential-expired',
      422,
    )
  })

  test('nothing is decided without it', async () => {
    const asked = await world.ask()
    const shown = await world.presented(asked, world.system)
    await world.api.stopLedger()
    // More often than one request is answered: none of them counts.
    for (let attempt = 0; attempt < 12; attempt += 1) {
      expect(await problemOf(await world.answer(asked, shown))).toMatchObject({
        status: 503,
        code: 'ledger-unreachable',
      })
    }
    expect((await world.read(asked)).state).toBe('pending')
  })
})
