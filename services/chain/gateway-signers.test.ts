import { mkdtemp, rm, mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { keepSigningKeys, signerRoleOf } from './gateway-signers.ts'
import { keepKey } from './role-keys.ts'

test('areas are divided by number over the keys, and with one key all are of the gateway', () => {
  expect([1, 2, 3, 4, 5].map((area) => signerRoleOf(area, 3))).toEqual([
    'gateway',
    'gateway-2',
    'gateway-3',
    'gateway',
    'gateway-2',
  ])
  expect([1, 2, 3].map((area) => signerRoleOf(area, 1))).toEqual(['gateway', 'gateway', 'gateway'])
})

test('keys beyond the first are made once, and the first is never made', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'commonwatt-signers-'))
  try {
    await mkdir(path.join(folder, 'keys'))
    await expect(keepSigningKeys(folder, [1], 2)).rejects.toMatchObject({ code: 'key-missing' })
    await keepKey(folder, 'gateway', () => `0x${'11'.repeat(32)}`)
    const addressesOf = async (areas: readonly number[]) =>
      [...(await keepSigningKeys(folder, areas, 2))].map(([area, { address }]) => [area, address] as const)
    const [first, second, third] = await addressesOf([1, 2, 3])
    expect(third![1]).toBe(first![1])
    expect(second![1]).not.toBe(first![1])
    expect(await addressesOf([2])).toEqual([second])
  } finally {
    await rm(folder, { recursive: true })
  }
})
