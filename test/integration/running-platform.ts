import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { buildForServices } from '../../scripts/build.ts'
import { launchPlatform, type Platform, type PlatformOptions } from '../../scripts/platform.ts'
import { freePorts } from '../../scripts/settings.ts'
import { seededKeys } from '../../scripts/setup/keys.ts'
import { DEFAULT_RATES } from '../../scripts/setup/neighbourhood.ts'
import { deliveryPeriod, startOf, type DeliveryPeriod } from '../../services/domain/units.ts'

export const FIRST_PERIOD: DeliveryPeriod = deliveryPeriod(Date.parse('2026-06-01T10:00:00Z') / 900_000)

/** Everything that `npm start` runs, on free ports, with its clock stepped by the test. */
export async function launchForTest(
  households: readonly string[],
  options: Partial<PlatformOptions> = {},
  plan: Partial<PlatformOptions['plan']> = {},
): Promise<Platform & { readonly notices: string[] }> {
  await buildForServices()
  const dataFolder = mkdtempSync(path.join(tmpdir(), 'commonwatt-platform-'))
  chmodSync(dataFolder, 0o711)
  const notices: string[] = []
  const platform = await launchPlatform({
    dataFolder,
    ports: await freePorts(),
    speed: 'stepped',
    pollMs: 20,
    forecast: 'perfect',
    keySource: seededKeys('a test'),
    genesisTime: startOf(FIRST_PERIOD) - 3600,
    plan: {
      households: households.map((name) => ({ name, connectionCapacityW: 17_250, pvCapacityW: 4_000 })),
      firstPeriod: FIRST_PERIOD,
      lastPeriod: deliveryPeriod(FIRST_PERIOD + 95),
      gateClosureLeadSeconds: 300,
      readingDeadlineSeconds: 300,
      ...DEFAULT_RATES,
      ...plan,
    },
    onStep: () => () => undefined,
    onNotice: (notice) => notices.push(notice),
    onFatal: (reason) => notices.push(reason),
    ...options,
  })
  return {
    ...platform,
    notices,
    async stop() {
      await platform.stop()
      rmSync(dataFolder, { recursive: true, force: true })
    },
  }
}

/** Waits until the condition holds; fails with `what` after a minute. */
export async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + 60_000
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
