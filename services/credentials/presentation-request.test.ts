import { describe, expect, test } from 'vitest'
import { REQUEST } from './example-market.ts'
import { formatPresentationRequest, parsePresentationRequest } from './presentation-request.ts'

const json = formatPresentationRequest(REQUEST)
const [query] = json.dcql_query.credentials

function withQuery(change: object): unknown {
  return { ...json, dcql_query: { credentials: [{ ...query, ...change }] } }
}

describe('a presentation request', () => {
  test('is an OpenID4VP request with a DCQL query', () => {
    expect(json).toEqual({
      client_id: 'https://dso.example/flex',
      nonce: REQUEST.nonce,
      exp: REQUEST.expiresAt,
      dcql_query: {
        credentials: [
          {
            id: 'credential',
            format: 'dc+sd-jwt',
            meta: { vct_values: ['urn:commonwatt:credential:pv-inverter:1'] },
            claims: [
              { path: ['area'], values: [7] },
              { path: ['certified'], values: [true] },
            ],
          },
        ],
      },
    })
  })

  test('is read back as it was', () => {
    const open = { ...REQUEST, claims: [{ name: 'area', values: undefined }] }
    expect(parsePresentationRequest(JSON.parse(JSON.stringify(json)))).toEqual(REQUEST)
    expect(parsePresentationRequest(formatPresentationRequest(open))).toEqual(open)
  })

  test.each([
    ['no object', 'dcql'],
    ['a nonce that can be guessed', { ...json, nonce: '1' }],
    ['no audience', { ...json, client_id: '' }],
    ['no end', { ...json, exp: undefined }],
    ['two credentials', { ...json, dcql_query: { credentials: [query, query] } }],
    ['a format that is not offered', withQuery({ format: 'mso_mdoc' })],
    ['a type of others', withQuery({ meta: { vct_values: ['urn:other'] } })],
    ['no role', withQuery({ meta: { vct_values: ['urn:commonwatt:credential:None:1'] } })],
    ['a path into a claim', withQuery({ claims: [{ path: ['area', 'name'] }] })],
    ['a claim twice', withQuery({ claims: [{ path: ['area'] }, { path: ['area'] }] })],
    ['seventeen claims', withQuery({ claims: [...'abcdefghijklmnopq'].map((name) => ({ path: [name] })) })],
    ['what is not understood', withQuery({ claim_sets: [['area']] })],
  ])('is refused with %s', (_, request) => {
    expect(() => parsePresentationRequest(request)).toThrow(
      expect.objectContaining({ code: 'presentation-request-malformed' }),
    )
  })
})
