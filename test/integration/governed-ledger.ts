import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import {
  actorKeysOf,
  consortiumOf,
  makeHouseholdKeys,
  prepareRoleKeys,
  seededKeys,
  writeHouseholdKeys,
  type NewHouseholdKeys,
  type RoleKeys,
} from '../../scripts/setup/keys.ts'
import { AREA, DEFAULT_DEADLINES } from '../../scripts/setup/neighbourhood.ts'
import { deployContracts, openArea, registerMembers } from '../../services/chain/deploy.ts'
import { handOver } from '../../services/chain/governance.ts'
import { connectLedger, type Ledger } from '../../services/chain/ledger.ts'
import { addressOfKey } from '../../services/chain/typed-data.ts'
import { deliveryPeriod } from '../../services/domain/units.ts'
import { startLedger, stopChild } from './operator-processes.ts'

const START = 1_755_000_000
const CALENDAR = {
  firstPeriod: deliveryPeriod(START / 900 + 100),
  lastPeriod: deliveryPeriod(START / 900 + 200),
  gateClosureLeadSeconds: 300,
  readingDeadlineSeconds: 300,
}
const SUPPLIER = 1

/** A ledger of which two of three operators decide, with all keys in a data folder. */
export type GovernedLedger = {
  readonly folder: string
  readonly keys: RoleKeys
  readonly ledger: Ledger
  readonly homes: readonly NewHouseholdKeys[]
  readonly stop: () => Promise<void>
}

/** With an area, its supplier and these homes as members. */
export async function startGovernedLedger(port: number, names: readonly string[] = []): Promise<GovernedLedger> {
  const folder = await mkdtemp(path.join(tmpdir(), 'commonwatt-governance-'))
  const keySource = seededKeys('governance')
  const keys = await prepareRoleKeys(folder, keySource)
  const actorKeys = actorKeysOf(keys)
  const node = await startLedger(port, START, Object.values(keys))
  const url = `http://127.0.0.1:${port}`
  const { addresses } = await deployContracts({ url, keys: actorKeys, consortium: consortiumOf(keys) })
  const ledger = await connectLedger({ url, addresses })
  await openArea(ledger, actorKeys, AREA, { ...DEFAULT_DEADLINES, ...CALENDAR })

  const homes = makeHouseholdKeys(names, keySource)
  const none = { tradingKey: null, meterKey: null, quantityLimitWh: 0n, connectionPoint: `0x${'00'.repeat(32)}` }
  const supplier = { ...none, kind: 'supplier' as const, account: addressOfKey(keys.supplier) }
  const households = homes.map(({ accountKey, tradingKey, meterKey }, index) => ({
    kind: 'household' as const,
    account: addressOfKey(accountKey),
    tradingKey: addressOfKey(tradingKey),
    meterKey: addressOfKey(meterKey),
    quantityLimitWh: 1_000n,
    connectionPoint: `0x${(index + 1).toString(16).padStart(64, '0')}`,
  }))
  await registerMembers(ledger, actorKeys, AREA, [supplier, ...households])
  await writeHouseholdKeys(
    folder,
    homes.map((home, index) => ({ ...home, memberId: SUPPLIER + 1 + index })),
  )
  await handOver(ledger, keys.administrator)
  return {
    folder,
    keys,
    ledger,
    homes,
    async stop() {
      ledger.close()
      await stopChild(node, 'SIGTERM')
      await rm(folder, { recursive: true, force: true })
    },
  }
}
