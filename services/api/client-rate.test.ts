import { expect, test } from 'vitest'
import { createRateLimit } from './client-rate.ts'

test('a rate limit counts each client by itself, and says which it is that was exceeded', () => {
  const require = createRateLimit({ perSecond: 0.001, burst: 2 }, 'too-many-sign-ins', (client: string) => client)
  require('one')
  require('one')
  expect(() => require('one')).toThrow(expect.objectContaining({ code: 'too-many-sign-ins' }))
  expect(() => require('other')).not.toThrow()
})
