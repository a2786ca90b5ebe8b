import { describe, expect, test } from 'vitest'
import type { CoapRequest } from '../coap/endpoint.ts'
import { parseRegistration, parseUpdate } from './registration-request.ts'

const LINKS = '</>;rt="oma.lwm2m";ct=112,</3/0>,</3421/0>;ver=2.0'
const request = (query: readonly string[], payload = LINKS, contentFormat: number | null = 40): CoapRequest => ({
  method: 'POST',
  path: ['rd'],
  query,
  contentFormat,
  accept: null,
  observe: null,
  payload: Buffer.from(payload),
})
const refused = (code: string, words: string) =>
  expect.objectContaining({ code, message: expect.stringContaining(words) as string }) as Error

describe('parseRegistration', () => {
  test('reads what a client says of itself', () => {
    const { offered, ...rest } = parseRegistration(request(['lwm2m=1.1', 'ep=urn:dev:mac:00=1', 'b=U', 'lt=60']))
    expect(rest).toEqual({ endpoint: 'urn:dev:mac:00=1', version: '1.1', lifetimeMs: 60_000, isQueued: false })
    expect([...offered!.objects]).toEqual([
      [3, { version: '1.0', instances: [0] }],
      [3421, { version: '2.0', instances: [0] }],
    ])
  })

  test('of 1.2 need say no binding, and its objects need no content format', () => {
    expect(parseRegistration(request(['lwm2m=1.2', 'ep=a'], LINKS, null))).toMatchObject({
      lifetimeMs: null,
      isQueued: null,
    })
  })

  test.each([
    [['lwm2m=1.0', 'ep=a', 'b=UQ'], true],
    [['lwm2m=1.1', 'ep=a', 'b=U', 'Q'], true],
    [['lwm2m=1.1', 'ep=a', 'Q'], true],
    [['lwm2m=1.1', 'ep=a', 'b=U'], false],
  ])('takes %j for a sleepy device or not', (query, isQueued) => {
    expect(parseRegistration(request(query)).isQueued).toBe(isQueued)
  })

  test('with a lifetime of 0 lasts for ever', () => {
    expect(parseRegistration(request(['lwm2m=1.2', 'ep=a', 'lt=0'])).lifetimeMs).toBe(Infinity)
  })

  test.each([
    [['lwm2m=1.1'], 'endpoint'],
    [['lwm2m=1.1', 'ep='], 'endpoint'],
    [['lwm2m=1.1', `ep=${'a'.repeat(129)}`], 'endpoint'],
    [['lwm2m=1.1', 'ep=a b'], 'endpoint'],
    [['ep=a'], 'version'],
    [['lwm2m=1.1', 'ep=a', 'ep=b'], 'twice'],
    [['lwm2m=1.1', 'ep=a', 'lt=1h'], 'lifetime'],
    [['lwm2m=1.1', 'ep=a', 'lt=-1'], 'lifetime'],
    [['lwm2m=1.1', 'ep=a', 'b=X'], 'binding'],
    [Array.from({ length: 17 }, (_, at) => `x${at}`), 'parameters'],
  ])('refuses the query %j', (query, words) => {
    expect(() => parseRegistration(request(query))).toThrow(refused('lwm2m-bad-request', words))
  })

  test('refuses another version, another format, and objects that are none', () => {
    const query = ['lwm2m=1.1', 'ep=a']
    expect(() => parseRegistration(request(['lwm2m=2.0', 'ep=a']))).toThrow(refused('lwm2m-version-unknown', '2.0'))
    expect(() => parseRegistration(request(query, LINKS, 50))).toThrow(refused('lwm2m-format-unknown', '50'))
    expect(() => parseRegistration(request(query, '</3/0'))).toThrow(refused('lwm2m-malformed', 'no link'))
    expect(() => parseRegistration(request(query, ''))).toThrow(refused('lwm2m-bad-request', 'no object'))
    expect(() => parseRegistration(request(query, '</>;rt="oma.lwm2m"'))).toThrow(
      refused('lwm2m-bad-request', 'no object'),
    )
  })
})

test('an update leaves out what stays as it is', () => {
  expect(parseUpdate(request([], ''))).toEqual({ lifetimeMs: null, isQueued: null, offered: null })
  expect(parseUpdate(request(['lt=30', 'b=UQ'], ''))).toEqual({ lifetimeMs: 30_000, isQueued: true, offered: null })
  expect([...parseUpdate(request([], '</3306/1>')).offered!.objects.keys()]).toEqual([3306])
})
