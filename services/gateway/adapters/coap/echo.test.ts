import { expect, test } from 'vitest'
import { createCountingRandom, createManualClock } from './channel-world.ts'
import { createEcho } from './echo.ts'

const HERE = '192.0.2.1:5683'

test('a challenge is echoed by its own address alone, for one to two minutes', async () => {
  const clock = createManualClock()
  const echo = createEcho({ clock, random: createCountingRandom() })
  const challenge = echo.challenge(HERE)
  expect(echo.isEchoed(HERE, challenge)).toBe(true)
  expect(echo.isEchoed('192.0.2.1:5684', challenge)).toBe(false)
  expect(echo.isEchoed(HERE, challenge.subarray(1))).toBe(false)
  expect(echo.isEchoed(HERE, Buffer.alloc(8))).toBe(false)
  await clock.pass(119_999)
  expect(echo.isEchoed(HERE, challenge)).toBe(true)
  await clock.pass(1)
  expect(echo.isEchoed(HERE, challenge)).toBe(false)
})
