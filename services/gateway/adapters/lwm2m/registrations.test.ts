import { expect, test } from 'vitest'
import type { CoapPeer } from '../coap/endpoint.ts'
import { contentChoicesOf } from './content-choice.ts'
import { createRateLimits } from './rate-limits.ts'
import { createRegistrations, type Registration } from './registrations.ts'

const peerAt = (address: string): CoapPeer => ({
  transport: 'udp',
  address,
  identity: null,
  request: () => Promise.reject(new Error('it is not asked')),
  observe: () => Promise.reject(new Error('it is not asked')),
})
const registrationOf = (id: string, endpoint: string, address: string): Registration => ({
  id,
  endpoint,
  version: '1.1',
  peer: peerAt(address),
  offered: { root: '', formats: [], objects: new Map() },
  lifetimeMs: 1,
  expiresAtMs: 1,
  isQueued: false,
  heardAtMs: 0,
})

test('a registration is found by its id, its endpoint and where it is, until another one replaces it', () => {
  const registrations = createRegistrations({ most: 2 })
  const [one, other] = [registrationOf('1', 'a', 'x:1'), registrationOf('2', 'a', 'x:2')]
  expect(registrations.put(one)).toBeNull()
  expect(registrations.byPeer(peerAt('x:1'))).toBe(one)
  expect(registrations.put(other)).toBe(one)
  expect([registrations.byId('1'), registrations.byPeer(peerAt('x:1'))]).toEqual([null, null])
  expect([...registrations.all()]).toEqual([other])
  registrations.remove(one)
  expect(registrations.byEndpoint('a')).toBe(other)
})

test('a registration that moves is found where it is now, and takes nothing from who is where it was', () => {
  const registrations = createRegistrations({ most: 2 })
  const [one, other] = [registrationOf('1', 'a', 'x:1'), registrationOf('2', 'b', 'x:1')]
  registrations.put(one)
  registrations.put(other)
  registrations.move(one, peerAt('x:3'))
  expect(registrations.byPeer(peerAt('x:1'))).toBe(other)
  expect(registrations.byPeer(peerAt('x:3'))).toBe(one)
  registrations.remove(one)
  expect(registrations.byPeer(peerAt('x:3'))).toBeNull()
})

test('where all places are taken only an endpoint that has one may register', () => {
  const registrations = createRegistrations({ most: 1 })
  registrations.put(registrationOf('1', 'a', 'x:1'))
  expect(() => registrations.put(registrationOf('2', 'b', 'x:2'))).toThrow(
    expect.objectContaining({ code: 'lwm2m-full' }) as Error,
  )
  expect(registrations.put(registrationOf('3', 'a', 'x:3'))?.id).toBe('1')
})

test('rates are counted by name, of as many names as there is room for', () => {
  const limits = createRateLimits({ rate: { burst: 1, perSecond: 1 }, most: 2 })
  expect([limits.take('a', 0), limits.take('a', 0), limits.take('b', 0)]).toEqual([true, false, true])
  expect(limits.take('a', 1_000)).toBe(true)
  expect(limits.take('c', 1_000)).toBe(true)
  // The one of b was used least recently.
  expect([limits.take('a', 1_000), limits.take('b', 1_000)]).toEqual([false, true])
})

test('content formats that a device told come first, the richest before the others', () => {
  expect(contentChoicesOf('1.0', [])).toEqual([11_542, 11_543, 1_542])
  expect(contentChoicesOf('1.1', [11_542, 110, 60])).toEqual([110, 11_542, 112, 11_543])
})
