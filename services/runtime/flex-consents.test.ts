import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { rate } from '../domain/units.ts'
import { eraseFlexConsents, readFlexConsents, writeFlexConsents, type HeldConsent } from './flex-consents.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'commonwatt-consents-'))
})
afterEach(() => rm(folder, { recursive: true }))

const consentOf = (memberId: number): HeldConsent => ({
  ...{ memberId, portfolioId: 1, productId: 1, until: 2 ** 31, mode: 'commandable', devices: null },
  ...{ ask: rate(100_000n), salt: `0x${String(memberId).repeat(64)}` },
})

test('consents of members are taken out, once, and others are kept as they were', async () => {
  expect(await eraseFlexConsents(folder, [5])).toBe(false)
  await writeFlexConsents(folder, [consentOf(5), consentOf(6), consentOf(5)])
  expect(await eraseFlexConsents(folder, [])).toBe(false)
  expect(await eraseFlexConsents(folder, [5, 7])).toBe(true)
  expect(await readFlexConsents(folder)).toEqual([consentOf(6)])
  expect(await eraseFlexConsents(folder, [5, 7])).toBe(false)
})
