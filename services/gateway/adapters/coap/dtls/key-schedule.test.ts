import { expect, test } from 'vitest'
import { premasterSecretOf, prf } from './key-schedule.ts'

test('the pseudo-random function gives the output of the known vector for SHA-256', () => {
  const secret = Buffer.from('9bbe436ba940f017b17652849a71db35', 'hex')
  const seed = Buffer.from('a0ba9f936cda311827a6f796ffd5198c', 'hex')
  expect(prf(secret, 'test label', seed, 100).toString('hex')).toBe(
    'e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a' +
      '6b301791e90d35c9c9a46b4e14baf9af0fa022f7077def17abfd3797c0564bab' +
      '4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff70187347b66',
  )
})

test('the premaster secret is as many zeros as the key has bytes, and the key, each with its length', () => {
  expect(premasterSecretOf(Buffer.from('0a0b0c', 'hex')).toString('hex')).toBe('000300000000030a0b0c')
})
