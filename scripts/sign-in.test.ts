import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { signIn, signInCommandOf } from './sign-in.ts'

describe('commonwatt sign-in', () => {
  test('asks whom to sign in', async () => {
    for (const commandArguments of [[], ['--data', 'x'], ['-m']]) {
      await expect(signIn(commandArguments)).rejects.toMatchObject({ code: 'settings-invalid' })
    }
  })

  test('is told with the flags that a system of its own needs', () => {
    const usual = { apiPort: 8420, dataFolder: path.resolve('.commonwatt') }
    expect(signInCommandOf('"Alder 1"', usual)).toBe('npx commonwatt sign-in "Alder 1"')
    expect(signInCommandOf('--manager', { apiPort: 9000, dataFolder: '/data' })).toBe(
      'npx commonwatt sign-in --manager --api-port 9000 --data /data',
    )
  })
})
